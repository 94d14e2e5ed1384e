//! Sends every request when it is due, whatever became of the ones before.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::exchange::Prober;
use super::record::monotonic_ns;
use super::recorder::Recorder;
use super::stats::{Counting, Stats};
use super::{ClockPair, Line, Planned, ProbeError, REQUEST_LIMIT, Record, Schedule, Settings};
use crate::clock::{self, Clock};

/// How often it is said how it goes.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// The most requests that are underway at once; what is due beyond that fails without being sent.
const UNDERWAY_LIMIT: usize = 20_000;

/// Sends until the duration is over or `stopped`, then waits for the answers that are due. Says how it goes by `report`
/// every half second and once at the end; a report that is not taken (false) stops it too.
pub async fn run(
    settings: &Settings,
    clock: &dyn Clock,
    stopped: impl Future<Output = ()>,
    mut report: impl FnMut(&Stats) -> bool,
) -> Result<Stats, ProbeError> {
    let mut probe = Probe {
        prober: Arc::new(Prober::new(settings)),
        recorder: Recorder::create(&settings.out)?,
        counting: Counting::default(),
        underway: JoinSet::new(),
        origin_ns: monotonic_ns(),
    };
    let end = settings.duration.unwrap_or(Duration::MAX);
    let mut schedule = Schedule::new(settings.mix, settings.seed).take_while(|planned| planned.at < end).peekable();
    let mut report_at = Duration::ZERO;
    tokio::pin!(stopped);
    loop {
        let elapsed = probe.elapsed();
        let mut is_wanted = true;
        if elapsed >= report_at {
            is_wanted = probe.note_clock(clock) && report(&probe.line(false));
            report_at = elapsed.saturating_add(REPORT_EVERY);
        }
        while let Some(planned) = schedule.next_if(|planned| planned.at <= elapsed) {
            is_wanted &= probe.send(planned);
        }
        let Some(next) = schedule.peek().filter(|_| is_wanted) else { break };
        let patience = next.at.min(report_at).saturating_sub(probe.elapsed());
        tokio::select! {
            () = &mut stopped => break,
            Some(finished) = probe.underway.join_next() => if !probe.finished(finished) { break },
            () = clock::pause(patience) => {}
        }
    }
    probe.finish(clock).await.inspect(|stats| {
        let _ = report(stats);
    })
}

struct Probe {
    prober: Arc<Prober>,
    recorder: Recorder,
    counting: Counting,
    underway: JoinSet<Record>,
    origin_ns: u64,
}

impl Probe {
    fn elapsed(&self) -> Duration {
        Duration::from_nanos(monotonic_ns().saturating_sub(self.origin_ns))
    }

    fn line(&mut self, is_last: bool) -> Stats {
        let elapsed_ms = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.counting.line(elapsed_ms, self.underway.len(), is_last)
    }

    fn note_clock(&self, clock: &dyn Clock) -> bool {
        self.recorder.write(Line::Clock(ClockPair { monotonic_ns: monotonic_ns(), wall: clock.now() }))
    }

    /// Whether records can still be written.
    fn send(&mut self, planned: Planned) -> bool {
        let at_ns = u64::try_from(planned.at.as_nanos()).unwrap_or(u64::MAX);
        let scheduled_ns = self.origin_ns.saturating_add(at_ns);
        self.counting.sent();
        if self.underway.len() >= UNDERWAY_LIMIT {
            return self.note(unsent(planned, scheduled_ns));
        }
        let prober = Arc::clone(&self.prober);
        self.underway.spawn(async move { prober.perform(planned, scheduled_ns).await });
        true
    }

    fn finished(&mut self, finished: Result<Record, JoinError>) -> bool {
        match finished {
            Ok(record) => self.note(record),
            Err(error) => {
                tracing::error!(%error, "a request's task died");
                false
            }
        }
    }

    fn note(&mut self, record: Record) -> bool {
        self.counting.finished(&record);
        self.recorder.write(Line::Request(record))
    }

    /// Waits for every answer; each request has its own limit, so this ends.
    async fn finish(mut self, clock: &dyn Clock) -> Result<Stats, ProbeError> {
        self.counting.ending();
        let all = async {
            while let Some(finished) = self.underway.join_next().await {
                self.finished(finished);
            }
        };
        let _ = tokio::time::timeout(REQUEST_LIMIT.saturating_mul(2), all).await;
        self.note_clock(clock);
        let stats = self.line(true);
        self.recorder.finish()?;
        Ok(stats)
    }
}

/// The record of a request that could not even be sent.
fn unsent(planned: Planned, scheduled_ns: u64) -> Record {
    let now_ns = monotonic_ns();
    Record {
        index: planned.index,
        kind: planned.kind,
        scheduled_ns,
        started_ns: now_ns,
        first_byte_ns: None,
        finished_ns: now_ns,
        status: None,
        release: None,
        color: None,
        slot: None,
        reopened: 0,
        error: Some(format!("not sent: {UNDERWAY_LIMIT} requests are underway already")),
    }
}
