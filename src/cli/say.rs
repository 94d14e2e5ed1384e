//! `changeover say "LINE"`: one line to the running bot.

use std::path::Path;
use std::process::ExitCode;

use events::fact::RunOutcome;

use super::output::{self, Format, coloured};
use super::place::Place;
use crate::clock::SystemClock;
use crate::console::client::{Connection, delivery_id};
use crate::console::{Answer, Request};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What you would type in chat, such as "deploy shop@1.42.0 to production"; `help` lists it all.
    #[arg(required = true, num_args = 1..)]
    line: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// Stay until the run that it begins is over; the exit status says how it ended.
    #[arg(long)]
    wait: bool,
    /// Confirm at once what can't be taken back; without it, the line that confirms it is printed.
    #[arg(long)]
    yes: bool,
    /// Names this line: said again with the same name, it is decided once.
    #[arg(long)]
    id: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let socket = args.place.socket()?;
    let id = args.id.clone().unwrap_or_else(|| delivery_id(&SystemClock::new()));
    let line = args.line.join(" ");
    let manner = Manner { follow: args.wait, is_sure: args.yes, format: args.format };
    super::block_on(async { say(&socket, line, id, manner).await })
}

/// How a line is said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) follow: bool,
    /// Whether what can't be taken back is meant.
    pub(super) is_sure: bool,
    pub(super) format: Format,
}

/// Says one line and prints what comes of it. Success is an answer that is no refusal, leaves nothing to be confirmed
/// and, when waited for, a run that succeeded.
pub(super) async fn say(socket: &Path, line: String, id: String, manner: Manner) -> anyhow::Result<ExitCode> {
    let Manner { follow, is_sure, format } = manner;
    let mut connection = Connection::open(socket).await?;
    connection.ask(&Request::Say { line, id: id.clone(), follow }).await?;
    loop {
        let Some(answer) = connection.next().await? else {
            anyhow::bail!("the bot stopped before it answered; what was decided goes on when it is back: say `status`");
        };
        show(&answer, format);
        match answer {
            Answer::Said { confirm: Some(line), .. } if is_sure => {
                connection.ask(&Request::Say { line, id: format!("{id}/yes"), follow }).await?;
            }
            Answer::Failed { .. }
            | Answer::Waits { .. }
            | Answer::Said { is_refused: true, .. }
            | Answer::Said { confirm: Some(_), .. } => {
                return Ok(ExitCode::FAILURE);
            }
            Answer::Said { run, .. } if !follow || run.is_none() => return Ok(ExitCode::SUCCESS),
            Answer::Said { .. } | Answer::Told { .. } => {}
            Answer::Ended { outcome, .. } => {
                let is_good = outcome == RunOutcome::Succeeded;
                return Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
        }
    }
}

/// Prints one answer.
pub(super) fn show(answer: &Answer, format: Format) {
    if format == Format::Json {
        return output::json(answer);
    }
    match answer {
        Answer::Said { text, .. } => output::line(text),
        Answer::Told { site, told } => {
            let time = told.at.strftime("%H:%M:%S");
            output::line(&format!("{time}  {site}  {}", coloured(&told.sentence)));
        }
        Answer::Ended { .. } => {}
        Answer::Waits { site, run } => output::line(&format!("{site}#{run} waits for a person; say `why` for more")),
        Answer::Failed { sentence } => output::line(sentence),
    }
}
