//! What the log says, read beside the running bot.

use changeover::log::sqlite::SqliteLog;
use changeover::ports::LogReader as _;
use events::envelope::Recorded;
use events::fact::{Event, RunEvent, RunOutcome, StepEvent};
use events::fold::{Site, State};
use events::number::{Position, RunNumber};
use events::wire;

use super::Shop;

impl Shop {
    /// Everything recorded so far.
    pub(crate) async fn recorded(&self) -> Vec<Recorded> {
        let log = SqliteLog::open_read_only(&self.path("changeover.db")).await.unwrap();
        let mut all = Vec::new();
        loop {
            let position = all.last().map_or(Position(0), |it: &Recorded| it.position);
            let page = log.after(position, 500).await.unwrap();
            let is_last = page.len() < 500;
            all.extend(page);
            if is_last {
                log.close().await;
                return all;
            }
        }
    }

    /// Every fact of the shop's own site so far.
    pub(crate) async fn facts(&self) -> Vec<Event> {
        let all = self.recorded().await;
        all.iter().filter(|it| it.stream.as_str() == self.site).map(|it| wire::decode(it).unwrap()).collect()
    }

    /// What follows from them.
    pub(crate) async fn site(&self) -> Site {
        let mut state = State::default();
        self.recorded().await.iter().for_each(|it| state.apply(it));
        state.site(&self.site.parse().unwrap())
    }

    /// Waits until the site is as `look` wants it.
    pub(crate) async fn site_is(&self, what: &str, mut look: impl FnMut(&Site) -> bool) -> Site {
        super::until(what, async || Some(self.site().await).filter(|it| look(it))).await
    }

    /// Waits for the end of a run.
    pub(crate) async fn ended(&self, run: RunNumber) -> RunOutcome {
        super::until(&format!("the end of run {run}"), async || {
            self.facts().await.into_iter().find_map(|it| {
                let Event::Run(RunEvent::Finished { run: number, outcome }) = it else { return None };
                (number == run).then_some(outcome)
            })
        })
        .await
    }

    /// Waits until the step of the open run that stands at `step` (counted from 1) is begun.
    pub(crate) async fn begun(&self, run: RunNumber, shown: u16) {
        super::until(&format!("run {run} at step {shown}"), async || {
            self.facts().await.into_iter().find(|it| {
                matches!(it, Event::Step(StepEvent::Begun { run: number, step, .. })
                    if *number == run && step.0 + 1 == shown)
            })
        })
        .await;
    }

    /// Why the last run did not succeed.
    pub(crate) async fn why(&self) -> String {
        self.site().await.last.and_then(|it| it.why).unwrap_or_default()
    }
}
