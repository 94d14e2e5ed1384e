//! The log in memory: the same decisions as the real one, and what they add up to.

use std::collections::BTreeMap;

use changeover::log::batch::{self, Known, Verdict, Wish};
use changeover::ports::AppendError;
use events::chain::Hash;
use events::envelope::{EventId, Recorded};
use events::fold::State;
use events::number::{Epoch, Position};
use jiff::Timestamp;

/// Everything that was recorded, with its fold.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    pub(crate) events: Vec<Recorded>,
    pub(crate) state: State,
    known: Known,
    ids: BTreeMap<EventId, usize>,
}

impl Default for Journal {
    fn default() -> Self {
        let known = Known::new(Position(0), Hash::genesis("toy"));
        Self { events: Vec::new(), state: State::default(), known, ids: BTreeMap::new() }
    }
}

impl Journal {
    pub(crate) fn head(&self) -> Position {
        self.known.head
    }

    pub(crate) fn find(&self, id: &EventId) -> Option<&Recorded> {
        self.events.get(*self.ids.get(id)?)
    }

    /// Whose turn it is to write.
    pub(crate) fn epoch(&self) -> Epoch {
        self.known.epoch
    }

    /// Fences whoever wrote before.
    pub(crate) fn begin_epoch(&mut self) -> Epoch {
        self.known.epoch = Epoch(self.known.epoch.0 + 1);
        self.known.epoch
    }

    /// Decides over an append as the real log does; what is new is in the log on return.
    pub(crate) fn append(&mut self, wish: &Wish, now: Timestamp) -> Result<Vec<Recorded>, AppendError> {
        batch::check_expected(&wish.expected)?;
        wish.drafts.iter().try_for_each(batch::check)?;
        let found = wish.drafts.iter().filter_map(|it| self.find(&it.event_id));
        let found: BTreeMap<EventId, Recorded> = found.map(|it| (it.event_id.clone(), it.clone())).collect();
        let plan = batch::plan(&self.known, &[wish], &found, now);
        match plan.verdicts.into_iter().next() {
            Some(Verdict::Rows(_)) => {
                self.known = plan.after;
                for event in &plan.rows {
                    self.ids.insert(event.event_id.clone(), self.events.len());
                    self.events.push(event.clone());
                    self.state.apply(event);
                }
                Ok(plan.rows)
            }
            Some(Verdict::Recorded(events)) => Ok(events),
            Some(Verdict::Refused(error)) => Err(error),
            None => Ok(Vec::new()),
        }
    }
}
