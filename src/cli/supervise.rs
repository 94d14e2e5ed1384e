//! `changeover supervise --folder DIR --settings FILE`.

use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where slots, record, log and control socket are.
    #[arg(long)]
    folder: PathBuf,
    /// The settings, as JSON.
    #[arg(long)]
    settings: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    // One thread: it waits nearly all the time, and stays small.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(crate::supervisor::run(&args.folder, &args.settings))?;
    Ok(ExitCode::SUCCESS)
}
