//! Transactions of one server's log, as a log file that `mysqlbinlog` reads.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use events::color::Color;
use events::fault::Fault;
use futures_util::StreamExt as _;
use mysql_async::binlog::events::Event;
use mysql_async::binlog::{BinlogVersion, EventType};

use super::gtid::Gtids;
use super::session::Session;
use super::settings::Settings;

/// By which such a file is known.
const MAGIC: &[u8] = b"\xfebin";
/// The longest silence of the server before it has sent everything.
const SILENCE: Duration = Duration::from_secs(30);

/// Writes what `from` has and `theirs` lacks. On return the file is durable, and only its owner may read it.
pub(super) async fn write(settings: &Settings, from: Color, theirs: &Gtids, file: &Path) -> Result<(), Fault> {
    let failed = |error: std::io::Error| Fault::lasting(format!("{} could not be written: {error}", file.display()));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut output = BufWriter::new(
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file).map_err(failed)?,
    );
    output.write_all(MAGIC).map_err(failed)?;
    let session = Session::open_as_replica(settings, from).await?;
    let mut events = session.log_after(theirs).await?;
    loop {
        match tokio::time::timeout(SILENCE, events.next()).await {
            Ok(Some(Ok(event))) if is_kept(&event) => {
                event.write(BinlogVersion::Version4, &mut output).map_err(failed)?;
            }
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(error))) => {
                return Err(Fault::passing(format!("the log of {from} could not be read: {error}")));
            }
            Ok(None) => break,
            Err(_) => return Err(Fault::passing(format!("the log of {from} could not be read: it fell silent"))),
        }
    }
    let written: File = output.into_inner().map_err(|error| failed(error.into_error()))?;
    written.sync_all().map_err(failed)
}

/// What only the stream needs is left out: where the next file begins, and signs of life.
fn is_kept(event: &Event) -> bool {
    let kind = event.header().event_type_raw();
    ![EventType::ROTATE_EVENT as u8, EventType::HEARTBEAT_EVENT as u8].contains(&kind)
}
