//! One series of crossings by the provider alone, while four writers write to the servers themselves.

use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock, pause};
use changeover::ports::{Database as _, Switch};
use events::color::Color;

use crate::database::{Engine, Load, Pair, key, lost, waits};
use crate::{at, ms, row};

/// How often the gate may refuse in a row before a series is given up.
const REFUSALS: u32 = 10;

/// What one series measured, in milliseconds.
#[derive(Default)]
struct Series {
    frozen: Vec<f64>,
    journal: Vec<f64>,
    refused: u32,
}

pub(crate) fn head() {
    println!(
        "{:<34} {:>26} {:>26} {:>9} {:>8} {:>8}",
        "", "frozen, ms", "seen by writers, ms", "journal", "refused", "lost"
    );
    println!("{:<34} {:>26} {:>26} {:>9}", "", "p50     p95     max", "p50     p95     max", "p50, ms");
}

/// There and back in turn; gives what writers saw.
pub(crate) async fn series(engine: Engine, what: &str, think: Duration, switches: usize) -> Vec<f64> {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut journal = File::create(folder.path().join("journal")).unwrap();
    let clock = SystemClock::new();
    let load = Load::start(&pair, 4, think);
    let (mut series, mut from) = (Series::default(), Color::Blue);
    let began = clock.elapsed();
    while series.frozen.len() < switches && series.refused < REFUSALS {
        pause(Duration::from_millis(200)).await;
        let mut switch = pair.database.fence(&key()).await.unwrap();
        if switch.gate(from, Duration::from_secs(5)).await.is_err() {
            series.refused += 1;
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
    let mut seen: Vec<f64> = waits(&acknowledged).into_iter().map(ms).collect();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = acknowledged.len() as f64 / seconds;
    let fsync = at(&mut series.journal, 50);
    println!(
        "{:<34} {} {} {fsync:>9.2} {:>8} {:>8}   (bar {})",
        format!("{engine:?}, {what} ({rate:.0}/s)"),
        row(&mut series.frozen),
        row(&mut seen),
        series.refused,
        lost(&pair, &acknowledged).await.len(),
        if think.is_zero() { "15, 60".to_owned() } else { format!("{:.1}", 5.0 + fsync) }
    );
    seen
}

async fn finish(switch: &mut dyn Switch, from: Color, journal: &mut File, clock: &SystemClock, series: &mut Series) {
    switch.catch_up(from, Duration::from_secs(5)).await.unwrap();
    let before = clock.elapsed();
    journal.write_all(b"promoting\n").unwrap();
    journal.sync_data().unwrap();
    series.journal.push(ms(clock.elapsed().saturating_sub(before)));
    switch.open(from.other()).await.unwrap();
}
