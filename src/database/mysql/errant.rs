//! What a follower has that its source lacks: nothing, once the source has counted what it has sent.

use std::time::Duration;

use events::fault::Fault;

use super::gtid::Gtids;
use super::seams;
use super::session::Session;
use crate::clock::Clock;

/// How long a source may take to count as executed what its followers have already.
const SETTLES: Duration = Duration::from_secs(2);
/// The pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What `source` has executed, once it has all of `theirs`, or does not come to have it: what it lacks then is errant. A
/// source sends a transaction when it is in its log, and MySQL counts it as executed when it is committed: for a moment a
/// follower is ahead of it, and for longer where a commit waits until a replica has it (semi-synchronous replication).
pub(super) async fn settled(source: &mut Session, theirs: &Gtids, clock: &dyn Clock) -> Result<Gtids, Fault> {
    let began = clock.elapsed();
    loop {
        let (is_frozen, executed) = source.position().await?;
        let (_, count) = theirs.without(&executed);
        let is_over = !seams::lets_settle() || clock.elapsed().saturating_sub(began) >= SETTLES;
        // A server that takes no writes commits nothing of its own.
        if count == 0 || is_frozen || is_over {
            return Ok(executed);
        }
        clock.pause(LOOK_EVERY).await;
    }
}
