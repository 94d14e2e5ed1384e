//! Whether now is a good moment: the other server keeps up, and nobody is in the middle of writing.

use std::time::Duration;

use events::color::Color;
use events::fault::Fault;

use super::Sessions;
use crate::database::mysql::preflight::survey;
use crate::database::mysql::session::{Session, Trouble, number};

/// How long the other server may take to apply what was just committed, beside the way there and back.
const KEEPS_UP: Duration = Duration::from_millis(15);
/// How often in a row.
const IN_A_ROW: u32 = 3;
/// The pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The server answers with what it said before if it was asked within the last 100 ms, however long ago that is by now.
const WRITERS_EVERY: Duration = Duration::from_millis(120);
/// The longest that one look waits, in seconds.
const LONGEST_LOOK: f64 = 1.0;

pub(super) async fn gate(sessions: &mut Sessions, from: Color, patience: Duration) -> Result<(), Fault> {
    let clock = std::sync::Arc::clone(&sessions.clock);
    let began = clock.elapsed();
    let (mut in_a_row, mut newest) = (0, Duration::ZERO);
    let (own, other) = sessions.pair(from);
    while in_a_row < IN_A_ROW {
        let before = clock.elapsed();
        other.rows("DO 0").await?;
        let way = clock.elapsed().saturating_sub(before);
        let (_, committed) = own.position().await?;
        let before = clock.elapsed();
        let has_applied = applied(other, &other.dialect().wait(&committed, LONGEST_LOOK)).await?;
        newest = clock.elapsed().saturating_sub(before).saturating_sub(way);
        in_a_row = if has_applied && newest < KEEPS_UP { in_a_row + 1 } else { 0 };
        if in_a_row < IN_A_ROW {
            if clock.elapsed().saturating_sub(began) > patience {
                return Err(Fault::lasting(format!(
                    "the database of {} does not keep up with {from}: what was committed took {} ms to be applied there, \
                     and users would wait as long. Cross when there is less load, or give it more parallel appliers",
                    from.other(),
                    newest.as_millis()
                )));
            }
            clock.pause(LOOK_EVERY).await;
        }
    }
    tracing::debug!(applied_ms = newest.as_millis(), "the other server keeps up");
    Ok(())
}

/// Whether this wait ended because everything was applied: no error alone is never enough.
pub(super) async fn applied(session: &mut Session, wait: &str) -> Result<bool, Fault> {
    let limit = session.limit() + Duration::from_secs_f64(LONGEST_LOOK);
    let results = session.results(wait, limit).await.map_err(|trouble: Trouble| trouble.fault(session.color))?;
    Ok(results.first().and_then(|rows| rows.first()).and_then(|row| number(row, "waited")) == Some(0))
}

pub(super) async fn settle_writers(sessions: &mut Sessions, from: Color, patience: Duration) -> Result<(), Fault> {
    let clock = std::sync::Arc::clone(&sessions.clock);
    let began = clock.elapsed();
    let own = sessions.server(from);
    loop {
        let writers = survey::writers(own).await?;
        if writers.is_empty() {
            return Ok(());
        }
        if clock.elapsed().saturating_sub(began) > patience {
            return Err(Fault::passing(format!(
                "{} still in the middle of writing to the database of {from}: wait for it, or end it by KILL",
                writers.join(", ")
            )));
        }
        clock.pause(WRITERS_EVERY).await;
    }
}
