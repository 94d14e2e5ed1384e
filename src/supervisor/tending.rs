//! The supervisor's tasks: one per slot, one for the logs, one for what nobody remembers.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::slot_id::SlotId;
use super::{Phase, Supervisor, ending, rotate, slot, spawn};
use crate::clock::pause;

/// How often logs are looked at.
const ROTATION_INTERVAL: Duration = Duration::from_millis(250);
/// How long beyond the grace period the end of all processes is waited for.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// Keeps one task per recorded slot running, and the logs small; returns only when a task has broken.
pub(super) async fn tend_all(supervisor: &Arc<Supervisor>, tasks: &mut JoinSet<Option<SlotId>>) {
    let mut tended: BTreeSet<SlotId> = BTreeSet::new();
    tasks.spawn(end_strays(supervisor.clone()));
    tasks.spawn(rotate_logs(supervisor.clone()));
    loop {
        for id in supervisor.slots() {
            if tended.insert(id) {
                let supervisor = supervisor.clone();
                tasks.spawn(async move {
                    slot::tend(supervisor, id).await;
                    Some(id)
                });
            }
        }
        tokio::select! {
            () = supervisor.grown.notified() => {}
            Some(ended) = tasks.join_next() => match ended {
                Ok(Some(id)) => drop(tended.remove(&id)),
                Ok(None) => {}
                Err(error) => {
                    // Which one it was is not known; a new supervisor begins from the record.
                    tracing::error!(%error, "a task broke");
                    return;
                }
            },
        }
    }
}

/// Waits until every slot's process has ended, or leaves them all as they are.
pub(super) async fn end_all_tasks(supervisor: &Supervisor, mut tasks: JoinSet<Option<SlotId>>) {
    if supervisor.phase() == Phase::Stopping {
        let patience = supervisor.settings().grace * 2 + STOP_PATIENCE;
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::error!("some process could not be ended; the next supervisor of this folder goes on");
        }
    }
    // Wherever a task is, the record says what the next supervisor needs.
    tasks.shutdown().await;
}

/// Ends what runs of slots that nobody remembers, as after the record was removed.
async fn end_strays(supervisor: Arc<Supervisor>) -> Option<SlotId> {
    let known = supervisor.slots().into_iter().collect();
    ending::end_all(&supervisor, supervisor.settings().grace, || supervisor.key.strays(&known)).await;
    None
}

async fn rotate_logs(supervisor: Arc<Supervisor>) -> Option<SlotId> {
    let mut phase = supervisor.phase.subscribe();
    loop {
        let settings = supervisor.settings();
        let mut logs: Vec<PathBuf> =
            supervisor.slots().into_iter().map(|id| spawn::log_of(&supervisor.slot_folder(id))).collect();
        logs.push(supervisor.folder.join("supervisor.log"));
        logs.retain(|log| rotate::is_large(log, &settings.log));
        for log in logs {
            let limits = settings.log.clone();
            let name = log.display().to_string();
            let rotated = tokio::task::spawn_blocking(move || rotate::rotate(&log, &limits)).await;
            if let Ok(Err(error)) = rotated {
                tracing::warn!(log = name, %error, "a log was not rotated");
            }
        }
        tokio::select! {
            () = pause(ROTATION_INTERVAL) => {}
            _ = phase.wait_for(|phase| *phase != Phase::Serving) => return None,
        }
    }
}
