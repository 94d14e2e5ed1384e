//! One series of crossings by the provider alone, while four writers write to the servers themselves.

use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock, pause};
use changeover::ports::{Database as _, Switch};
use events::color::Color;

use crate::database::{Engine, Load, Pair, key, lost, waits};
use crate::{BETWEEN, at, ms, row};

/// How long the gate is waited for, as a configuration has it that says nothing else.
const GATE: Duration = Duration::from_secs(15);
/// How often the gate may refuse before a series is given up.
const REFUSALS: u32 = 10;

/// What one series measured, in milliseconds.
#[derive(Default)]
struct Series {
    frozen: Vec<f64>,
    journal: Vec<f64>,
    refused: Refused,
}

/// What writers saw, in milliseconds: how long they waited at each crossing, and between two rows when nothing happened.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) crossings: Vec<f64>,
    pub(crate) usual: Vec<f64>,
}

/// How often the gate refused before anything was touched.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Refused {
    refused: u32,
    attempts: u32,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = 100.0 * f64::from(self.refused) / f64::from(self.attempts.max(1));
        write!(f, "refused by the gate: {} of {} attempts, {share:.1} % (bar 10 %)", self.refused, self.attempts)
    }
}

pub(crate) fn head() {
    println!(
        "{:<34} {:>26} {:>26} {:>9} {:>8} {:>8}",
        "", "frozen, ms", "seen by writers, ms", "journal", "refused", "lost"
    );
    println!("{:<34} {:>26} {:>26} {:>9}", "", "p50     p95     max", "p50     p95     max", "p50, ms");
}

/// There and back in turn; gives what writers saw.
pub(crate) async fn series(
    engine: Engine,
    what: &str,
    think: Duration,
    switches: usize,
    refused: &mut Refused,
) -> Seen {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut journal = File::create(folder.path().join("journal")).unwrap();
    let clock = SystemClock::new();
    let load = Load::start(&pair, 4, think);
    let (mut series, mut from) = (Series::default(), Color::Blue);
    let began = clock.elapsed();
    while series.frozen.len() < switches && series.refused.refused < REFUSALS {
        pause(BETWEEN).await;
        let mut switch = pair.database.fence(&key()).await.unwrap();
        series.refused.attempts += 1;
        if switch.gate(from, GATE).await.is_err() {
            series.refused.refused += 1;
            continue;
        }
        switch.freeze(from, Duration::from_millis(500)).await.unwrap();
        let frozen = clock.elapsed();
        finish(&mut *switch, from, &mut journal, &clock, &mut series).await;
        series.frozen.push(ms(clock.elapsed().saturating_sub(frozen)));
        switch.clean_up(from.other()).await.unwrap();
        from = from.other();
    }
    let seconds = clock.elapsed().saturating_sub(began).as_secs_f64();
    let acknowledged = load.stop().await;
    let rows: Vec<(Duration, Color)> = acknowledged.iter().map(|it| (it.at, it.by)).collect();
    let in_ms = |waits: Vec<Duration>| waits.into_iter().map(ms).collect::<Vec<_>>();
    let mut seen = Seen { crossings: in_ms(waits(&acknowledged)), usual: in_ms(usual(&rows)) };
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = acknowledged.len() as f64 / seconds;
    let fsync = at(&mut series.journal, 50);
    refused.refused += series.refused.refused;
    refused.attempts += series.refused.attempts;
    println!(
        "{:<34} {} {} {fsync:>9.2} {:>8} {:>8}   (bar {})",
        format!("{engine:?}, {what} ({rate:.0}/s)"),
        row(&mut series.frozen),
        row(&mut seen.crossings),
        series.refused.refused,
        lost(&pair, &acknowledged).await.len(),
        if think.is_zero() { "15, 60".to_owned() } else { format!("{:.1}", 5.0 + fsync) }
    );
    seen
}

/// How far apart two acknowledged rows are in the middle between two crossings: nobody can see less of one than that. Each
/// row is when it was acknowledged, and by whom.
fn usual(rows: &[(Duration, Color)]) -> Vec<Duration> {
    let neighbours = || rows.iter().zip(rows.iter().skip(1));
    let crossings: Vec<Duration> = neighbours().filter(|(last, first)| last.1 != first.1).map(|it| it.0.0).collect();
    let middles = crossings.iter().zip(crossings.iter().skip(1)).map(|(one, next)| (*one + *next) / 2);
    let around = |middle: Duration| neighbours().find(|(last, first)| last.0 <= middle && middle < first.0);
    middles.filter_map(around).map(|(last, first)| first.0.saturating_sub(last.0)).collect()
}

async fn finish(switch: &mut dyn Switch, from: Color, journal: &mut File, clock: &SystemClock, series: &mut Series) {
    switch.catch_up(from, Duration::from_secs(5)).await.unwrap();
    let before = clock.elapsed();
    journal.write_all(b"promoting\n").unwrap();
    journal.sync_data().unwrap();
    series.journal.push(ms(clock.elapsed().saturating_sub(before)));
    switch.open(from.other()).await.unwrap();
}
