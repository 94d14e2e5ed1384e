//! `changeover console`: lines to the running bot, and everything that happens as it happens.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::output::{self, Format};
use super::place::Place;
use super::say::show;
use crate::clock::SystemClock;
use crate::console::client::{Connection, delivery_id};
use crate::console::{Answer, Request};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let socket = args.place.socket()?;
    super::block_on(async { talk(socket).await })
}

async fn talk(socket: PathBuf) -> anyhow::Result<ExitCode> {
    let clock = SystemClock::new();
    let mut watching = Connection::open(&socket).await?;
    watching.ask(&Request::Watch).await?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    if std::io::stdin().is_terminal() {
        output::line("Type what you would type in chat; `help` lists it, an empty line or Ctrl-D ends.");
    }
    loop {
        tokio::select! {
            happened = watching.next() => match happened? {
                Some(answer) => show(&answer, Format::Text),
                None => anyhow::bail!("the bot stopped; what is underway goes on when it is back"),
            },
            line = lines.next_line() => match line? {
                Some(line) if !line.trim().is_empty() => {
                    let mut saying = Connection::open(&socket).await?;
                    saying.ask(&Request::Say { line, id: delivery_id(&clock), follow: false }).await?;
                    match saying.next().await? {
                        Some(answer @ (Answer::Said { .. } | Answer::Failed { .. })) => show(&answer, Format::Text),
                        Some(_) | None => output::line("the bot did not answer that"),
                    }
                }
                Some(_) | None => return Ok(ExitCode::SUCCESS),
            },
        }
    }
}
