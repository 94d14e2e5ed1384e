//! One running process and how its end is noticed, whether it is our child or was adopted.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Child;
use std::time::Duration;

use super::state::{Outcome, Running};
use crate::clock::pause;

/// How often a process that was asked to end is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// A process that was started in a slot and has not been seen to end.
#[derive(Debug)]
pub struct Watched {
    pub running: Running,
    /// Since when we watch it, on the supervisor's own clock.
    pub watched_since: Duration,
    /// None if an earlier supervisor had started it.
    child: Option<Child>,
}

impl Watched {
    #[must_use]
    pub fn new(running: Running, child: Option<Child>, now: Duration) -> Self {
        Self { running, watched_since: now, child }
    }

    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.running.id.is_alive()
    }

    /// Returns once the process has ended. Cancel-safe.
    pub async fn gone(&self) {
        while self.is_alive() {
            pause(LOOK_INTERVAL).await;
        }
    }

    /// What the process left behind; a child is reaped. To be asked of an ended process only: it waits otherwise.
    #[must_use]
    pub fn reap(self) -> Outcome {
        let Some(status) = self.child.and_then(|mut child| child.wait().ok()) else { return Outcome::Unseen };
        match (status.code(), status.signal()) {
            (Some(code), _) => Outcome::Code(code),
            (None, Some(signal)) => Outcome::Signal(signal),
            (None, None) => Outcome::Unseen,
        }
    }
}
