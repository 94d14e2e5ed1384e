//! The lock that tells who crosses: taken on both servers, from whoever had it.

use std::sync::Arc;
use std::time::Duration;

use events::color::{ByColor, Color};
use events::fault::Fault;

use super::Sessions;
use crate::clock::Clock;
use crate::database::mysql::seams;
use crate::database::mysql::session::{Session, Trouble, UNKNOWN_THREAD, number};
use crate::database::mysql::settings::Settings;

/// The name of the advisory lock. One for all sites: a server belongs to one of them.
pub(super) const LOCK: &str = "changeover.switch";
/// How often somebody who holds it is killed before we give up: somebody else takes it again and again.
const ATTEMPTS: u32 = 5;

/// Sessions that hold the lock on both servers; with whoever held it, what he had pending is gone.
pub(in crate::database::mysql) async fn fence(
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
) -> Result<Sessions, Fault> {
    let (blue, green) = tokio::join!(fenced(&settings, Color::Blue), fenced(&settings, Color::Green));
    let servers = ByColor { blue: blue?, green: green? };
    Ok(Sessions { settings, clock, servers, watchdog: None, frozen: None })
}

async fn fenced(settings: &Settings, color: Color) -> Result<Session, Fault> {
    let mut session = Session::open(settings, color).await?;
    for attempt in 0..ATTEMPTS {
        // A killed session gives the lock back once its statement has ended.
        let patience = i32::from(attempt > 0);
        let asked = format!("SELECT GET_LOCK('{LOCK}', {patience}) AS taken, IS_USED_LOCK('{LOCK}') AS holder");
        let row = session.row(&asked).await?;
        if number(&row, "taken") == Some(1) {
            return Ok(session);
        }
        if !seams::kills_holders() {
            return Ok(session);
        }
        if let Some(holder) = number(&row, "holder") {
            kill(&mut session, &format!("KILL {holder}")).await?;
        }
    }
    Err(Fault::passing(format!(
        "the lock {LOCK} on the database of {color} is taken again and again: another bot crosses; stop one of them"
    )))
}

/// Kills a session or what it runs; one that is gone already is fine.
pub(super) async fn kill(session: &mut Session, statement: &str) -> Result<(), Fault> {
    let limit: Duration = session.limit();
    match session.results(statement, limit).await {
        Ok(_) | Err(Trouble::Refused { code: UNKNOWN_THREAD, .. }) => Ok(()),
        Err(trouble) => Err(trouble.fault(session.color)),
    }
}
