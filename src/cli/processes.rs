//! `changeover processes status|restart`: the supervisor, asked by people.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::Subcommand;

use crate::control::{ControlError, ask};
use crate::supervisor::control::{Answer, Request, SlotStatus, Status};
use crate::supervisor::slot_id::SlotId;
use crate::supervisor::socket;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show every slot: its port, process, release and last exit.
    Status {
        /// The folder that is supervised.
        #[arg(long)]
        folder: PathBuf,
    },
    /// Replace the process of a slot by a new one of the same release.
    Restart {
        /// The slot, such as green-1.
        slot: SlotId,
        /// The folder that is supervised.
        #[arg(long)]
        folder: PathBuf,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    super::block_on(async {
        match &args.what {
            What::Status { folder } => show(&status(folder).await?),
            What::Restart { slot, folder } => {
                let status = status(folder).await?;
                let Some(found) = status.slots.iter().find(|it| it.slot == *slot) else {
                    bail!("{slot} does not exist; `changeover processes status` lists what does");
                };
                let process = found.process.as_ref().map(|running| running.id);
                match ask(&socket(folder), &Request::Restart { slot: *slot, process }, PATIENCE)
                    .await
                    .map_err(|error| whole(&error))?
                {
                    Answer::Done => say(&format!("{slot} restarts")),
                    Answer::Refused(fault) => bail!(fault),
                    Answer::Status(_) => bail!("the supervisor answered something else"),
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The error as one sentence; its causes are in it.
fn whole(error: &ControlError) -> anyhow::Error {
    anyhow!("{error}")
}

async fn status(folder: &std::path::Path) -> anyhow::Result<Status> {
    match ask(&socket(folder), &Request::Status {}, PATIENCE).await.map_err(|error| whole(&error))? {
        Answer::Status(status) => Ok(*status),
        Answer::Refused(fault) => bail!(fault),
        Answer::Done => bail!("the supervisor answered something else"),
    }
}

fn show(status: &Status) {
    say(&format!(
        "{:<10} {:>5} {:>8} {:<24} {:<28} {:>8} {:<14} {}",
        "SLOT", "PORT", "PID", "RELEASE", "SINCE", "RESTARTS", "LAST EXIT", "TROUBLE"
    ));
    status.slots.iter().for_each(|slot| say(&line(slot)));
    if status.is_ending {
        say("the supervisor is ending");
    }
}

fn line(it: &SlotStatus) -> String {
    let (pid, release, since) = it.process.as_ref().map_or(("-".into(), "-".into(), "-".into()), |running| {
        (running.id.pid.to_string(), running.release.to_string(), format!("{:.0}", running.since))
    });
    let last_exit = it.last_exit.map_or("-".into(), |exit| exit.to_string());
    let trouble = it.trouble.as_deref().unwrap_or(if it.is_leaving { "leaving" } else { "" });
    let SlotStatus { slot, port, restarts, .. } = it;
    // As text first: only then are widths kept.
    let slot = slot.to_string();
    format!("{slot:<10} {port:>5} {pid:>8} {release:<24} {since:<28} {restarts:>8} {last_exit:<14} {trouble}")
        .trim_end()
        .to_owned()
}

#[expect(clippy::print_stdout, reason = "this is what a person asked for")]
fn say(line: &str) {
    println!("{line}");
}
