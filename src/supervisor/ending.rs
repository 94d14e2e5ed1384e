//! Ends a process with everything it has started: asked first, and after the grace period not asked any more.

use std::time::Duration;

use rustix::process::Signal;

use super::Supervisor;
use super::adopt::{self, Leader};
use super::slot_id::SlotId;
use super::watched::Watched;
use crate::clock::{Clock as _, pause};
use crate::process::ProcessId;

/// How often leftovers are looked for.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// How long a killed process may take to be gone before it is said.
const KILL_PATIENCE: Duration = Duration::from_secs(5);

/// Ends `watched`; on return it is gone, its whole group, and everything that carries the slot's mark. Cancelled, it is
/// still named by the record.
pub(super) async fn end(supervisor: &Supervisor, slot: SlotId, watched: &Watched) {
    let grace = supervisor.settings().grace;
    let asked = supervisor.clock.elapsed();
    watched.running.id.signal_group(Signal::TERM);
    if tokio::time::timeout(grace, watched.gone()).await.is_err() {
        tracing::warn!(%slot, pid = watched.running.id.pid, ?grace, "a process did not end in its grace period: killed");
        loop {
            watched.running.id.signal_group(Signal::KILL);
            if tokio::time::timeout(KILL_PATIENCE, watched.gone()).await.is_ok() {
                break;
            }
            tracing::error!(%slot, pid = watched.running.id.pid, "a killed process is not gone: the kernel holds it");
        }
    }
    let left = grace.saturating_sub(supervisor.clock.elapsed().saturating_sub(asked));
    clear(supervisor, slot, Leader::Watched(watched.running.id), left).await;
}

/// Ends what is left of a slot whose leader has ended; on return nothing is.
pub(super) async fn clear(supervisor: &Supervisor, slot: SlotId, leader: Leader, grace: Duration) {
    end_all(supervisor, grace, || supervisor.key.remains(slot, leader)).await;
}

/// Ends everything that `find` finds, until it finds nothing.
pub(super) async fn end_all(supervisor: &Supervisor, grace: Duration, find: impl Fn() -> Vec<ProcessId>) {
    let begun = supervisor.clock.elapsed();
    let mut asked: Vec<ProcessId> = Vec::new();
    loop {
        let found = find();
        if found.is_empty() {
            return;
        }
        let is_over = supervisor.clock.elapsed().saturating_sub(begun) >= grace;
        for id in found {
            if is_over {
                adopt::signal(id, Signal::KILL);
            } else if !asked.contains(&id) {
                // Once: many programs take a second request for impatience.
                asked.push(id);
                adopt::signal(id, Signal::TERM);
            }
        }
        pause(LOOK_INTERVAL).await;
    }
}
