//! The line in which requests wait during a pause.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::edge::admit::Admission;
use crate::edge::refused::Refused;

/// What a waiting request is told in the end.
pub(super) type Verdict = Result<Admission, Refused>;

/// The requests that wait, in the order in which they came.
#[derive(Debug)]
pub(super) struct Line {
    waiting: Mutex<Waiting>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    next_place: u64,
    places: BTreeMap<u64, oneshot::Sender<Verdict>>,
}

/// A place in the line; given up when dropped, as when its client goes away.
pub(super) struct Place<'a> {
    line: &'a Line,
    number: u64,
    verdict: oneshot::Receiver<Verdict>,
}

/// Why a request did not get a place.
pub(super) enum NoPlace {
    /// As many wait as may.
    Full,
    /// Nobody waits: the pause is over.
    Over,
}

impl Line {
    pub(super) fn new(limit: u32) -> Self {
        Self { waiting: Mutex::default(), limit: usize::try_from(limit).unwrap_or(usize::MAX) }
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).places.len()
    }

    /// Takes the last place, if `is_held` still says so once nobody can be let go in between.
    pub(super) fn join(&self, is_held: impl FnOnce() -> bool) -> Result<Place<'_>, NoPlace> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_held() {
            return Err(NoPlace::Over);
        }
        if waiting.places.len() >= self.limit {
            return Err(NoPlace::Full);
        }
        let number = waiting.next_place;
        waiting.next_place += 1;
        let (sender, verdict) = oneshot::channel();
        waiting.places.insert(number, sender);
        Ok(Place { line: self, number, verdict })
    }

    /// Tells everybody, in order. Called after the gate was opened or shut, so that nobody joins any more.
    pub(super) fn let_go(&self, verdict: impl Fn() -> Verdict) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, sender) in std::mem::take(&mut waiting.places) {
            // A client that has just gone away drops what it was admitted to.
            let _ = sender.send(verdict());
        }
    }
}

impl Place<'_> {
    /// Returns once the request may go on, or may not.
    pub(super) async fn wait(mut self) -> Verdict {
        // Nobody drops the other side without a word, except when the process ends.
        (&mut self.verdict).await.unwrap_or(Err(Refused::Rejecting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.line.waiting.lock().unwrap_or_else(PoisonError::into_inner).places.remove(&self.number);
    }
}
