//! One series of crossings by the provider alone, while four writers write to the servers themselves.

use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock, pause};
use changeover::ports::Database as _;
use events::color::Color;
use tempfile::TempDir;

use crate::database::load::Acknowledged;
use crate::database::{Engine, Load, Pair, key, lost, waits};
use crate::{BETWEEN, at, ms, row};

/// How long the gate is waited for, as a configuration has it that says nothing else.
const GATE: Duration = Duration::from_secs(15);
/// How often the gate may refuse before a series is given up.
const REFUSALS: u32 = 10;

/// Crossings, one after the other, and what was measured of them, in milliseconds.
pub(crate) struct Crossings {
    clock: SystemClock,
    /// A file that is synced within each freeze, as the bot's log is.
    journal: File,
    frozen: Vec<f64>,
    synced: Vec<f64>,
    refused: Refused,
    _folder: TempDir,
}

/// What writers saw, in milliseconds: how long they waited at each crossing, and between two rows when nothing happened.
#[derive(Debug, Default, Clone)]
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

/// There and back in turn.
pub(crate) async fn series(engine: Engine, what: &str, think: Duration, switches: usize, refused: &mut Refused) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let (mut crossings, mut seen, mut from) = (Crossings::new(), Seen::default(), Color::Blue);
    let load = Load::start(&pair, 4, think);
    let began = crossings.clock.elapsed();
    while crossings.frozen.len() < switches && crossings.refused.refused < REFUSALS {
        pause(BETWEEN).await;
        if crossings.cross(&pair, from).await {
            from = from.other();
        }
    }
    let seconds = crossings.clock.elapsed().saturating_sub(began).as_secs_f64();
    let acknowledged = load.stop().await;
    seen.add(&acknowledged);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = acknowledged.len() as f64 / seconds;
    let synced = at(&mut crossings.synced, 50);
    refused.refused += crossings.refused.refused;
    refused.attempts += crossings.refused.attempts;
    println!(
        "{:<34} {} {} {synced:>9.2} {:>8} {:>8}   (bar {})",
        format!("{engine:?}, {what} ({rate:.0}/s)"),
        row(&mut crossings.frozen),
        row(&mut seen.crossings),
        crossings.refused.refused,
        lost(&pair, &acknowledged).await.len(),
        if think.is_zero() { "15, 60".to_owned() } else { format!("{:.1}", 5.0 + synced) }
    );
}

impl Crossings {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let journal = File::create(folder.path().join("journal")).unwrap();
        let (clock, refused) = (SystemClock::new(), Refused::default());
        Self { clock, journal, frozen: Vec::new(), synced: Vec::new(), refused, _folder: folder }
    }

    /// Whether the gate let it cross, and then it did.
    pub(crate) async fn cross(&mut self, pair: &Pair, from: Color) -> bool {
        let mut switch = pair.database.fence(&key()).await.unwrap();
        self.refused.attempts += 1;
        if switch.gate(from, GATE).await.is_err() {
            self.refused.refused += 1;
            return false;
        }
        switch.freeze(from, Duration::from_millis(500)).await.unwrap();
        let frozen = self.clock.elapsed();
        switch.catch_up(from, Duration::from_secs(5)).await.unwrap();
        let before = self.clock.elapsed();
        self.journal.write_all(b"promoting\n").unwrap();
        self.journal.sync_data().unwrap();
        self.synced.push(ms(self.clock.elapsed().saturating_sub(before)));
        switch.open(from.other()).await.unwrap();
        self.frozen.push(ms(self.clock.elapsed().saturating_sub(frozen)));
        switch.clean_up(from.other()).await.unwrap();
        true
    }
}

impl Seen {
    /// Of rows that were acknowledged under one load, in the order of time.
    pub(crate) fn add(&mut self, rows: &[Acknowledged]) {
        self.crossings.extend(waits(rows).into_iter().map(ms));
        self.usual.extend(usual(rows).into_iter().map(ms));
    }
}

/// How far apart two acknowledged rows are in the middle between two crossings: nobody can see less of one than that.
fn usual(rows: &[Acknowledged]) -> Vec<Duration> {
    let neighbours = || rows.iter().zip(rows.iter().skip(1));
    let crossings: Vec<Duration> = neighbours().filter(|(last, first)| last.by != first.by).map(|it| it.0.at).collect();
    let middles = crossings.iter().zip(crossings.iter().skip(1)).map(|(one, next)| (*one + *next) / 2);
    let around = |middle: Duration| neighbours().find(|(last, first)| last.at <= middle && middle < first.at);
    middles.filter_map(around).map(|(last, first)| first.at.saturating_sub(last.at)).collect()
}
