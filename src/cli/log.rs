//! temp
use crate::ports::Log as _;
use std::process::ExitCode;
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    verb: String,
    file: std::path::PathBuf,
}
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    super::block_on(async {
        let log = crate::log::sqlite::SqliteLog::open_read_only(&args.file).await?;
        if args.verb == "verify" {
            println!("{:?}", log.verify(None).await?);
            return Ok(ExitCode::SUCCESS);
        }
        let mut p = events::number::Position(0);
        loop {
            let page = log.after(p, 512).await?;
            if page.is_empty() {
                break;
            }
            for r in page {
                p = r.position;
                super::output::json(
                    &serde_json::json!({"position": r.position, "event_id": r.event_id, "stream": r.stream, "version": r.version, "type": r.kind, "schema_version": r.schema_version, "recorded_at": r.recorded_at, "actor": r.actor, "correlation_id": r.correlation, "causation_id": r.causation, "executor_epoch": r.epoch, "payload": r.payload, "prev_hash": r.previous_hash, "hash": r.hash}),
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
