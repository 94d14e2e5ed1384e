//! `changeover log verify|export|import|backup`.

use std::io::{BufReader, BufWriter, IsTerminal as _, stderr, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use events::number::Position;

use crate::log::chain::Head;
use crate::log::lines::Format;
use crate::log::sqlite::{Reader, SqliteLog, Verified, import};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check every event against its hash, every hash against the one before, and every page of the file.
    ///
    /// Works while a bot writes the log. Prints the head of the log; keep it elsewhere, because only a head that was
    /// kept elsewhere shows a log whose end was cut off. Ends with status 1 if anything does not fit.
    Verify {
        /// The log.
        file: PathBuf,
        /// A head that was kept elsewhere: the log must hold it.
        #[arg(long, value_name = "POSITION:HASH")]
        head: Option<Head>,
    },
    /// Write the log as lines to standard output, one event a line.
    Export {
        /// The log.
        file: PathBuf,
        /// How a line is spelled.
        #[arg(long, value_enum, default_value_t = Spelling::Ndjson)]
        format: Spelling,
        /// Leave out the events up to this one. Only an export from the first event on can be imported.
        #[arg(long, value_name = "POSITION", default_value_t = 0)]
        after: u64,
    },
    /// Build a new log from the lines of an export on standard input.
    ///
    /// Keeps the log's id, positions, times and hashes, and checks each. If one line is wrong, nothing is imported.
    Import {
        /// The log to be built; must not be there yet.
        file: PathBuf,
    },
    /// Copy the log as it is right now, while the bot goes on writing.
    Backup {
        /// The log.
        file: PathBuf,
        /// The copy; must not be there yet. It is a log like any other.
        to: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Spelling {
    /// The columns of the log as JSON.
    Ndjson,
    /// `CloudEvents` 1.0, as one JSON batch with an event on each line.
    #[value(name = "cloudevents")]
    CloudEvents,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    super::block_on(async {
        match args.action {
            Action::Verify { file, head } => verify(&file, head).await?,
            Action::Export { file, format, after } => export(&file, format, Position(after)).await?,
            Action::Import { file } => {
                let head = import(&file, BufReader::new(stdin())).await?;
                say(&format!("{} events are in {}; head {head}", head.position, file.display()));
            }
            Action::Backup { file, to } => {
                let reader = SqliteLog::open_read_only(&file).await?;
                let head = reader.backup(&to).await?;
                say(&format!("{} events are in {}; head {head}", head.position, to.display()));
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn verify(file: &Path, expected: Option<Head>) -> anyhow::Result<()> {
    let reader = SqliteLog::open_read_only(file).await?;
    let outcome = reader.verify(expected, progress(&reader).await?).await;
    if stderr().is_terminal() {
        whisper("\r\x1b[K");
    }
    let Verified { event_count, head } = outcome.map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
    say(&format!("{event_count} events, each fits its hash; head {head}"));
    Ok(())
}

/// Says how far a check is, on a terminal and in steps that somebody can read.
async fn progress(reader: &Reader) -> anyhow::Result<impl FnMut(Position) + use<>> {
    let newest = reader.newest().await.ok().flatten().map_or(0, |event| event.position.0);
    let is_watched = stderr().is_terminal();
    let mut said = 0;
    Ok(move |Position(at): Position| {
        let percent = at.saturating_mul(100).checked_div(newest).unwrap_or(100);
        if is_watched && percent > said {
            said = percent;
            whisper(&format!("\r{percent} %"));
        }
    })
}

async fn export(file: &Path, format: Spelling, after: Position) -> anyhow::Result<()> {
    let format = match format {
        Spelling::Ndjson => Format::Ndjson,
        Spelling::CloudEvents => Format::CloudEvents,
    };
    let reader = SqliteLog::open_read_only(file).await?;
    reader.export(format, after, &mut BufWriter::new(stdout())).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is the answer that was asked for")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "progress is for whoever watches, not for what reads the answer")]
fn whisper(text: &str) {
    eprint!("{text}");
}
