//! How long users of a database wait while it crosses: the freeze as the servers see it, and as writers do.
//!
//! `cargo bench --bench database [SWITCHES]`. Each engine, at about 300 commits a second and saturated, there and back in
//! turn. A journal write of a real disk lies within each freeze, as it does when the bot crosses. What the gate refuses is
//! counted, and nothing was touched then.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

#[path = "../tests/guard/mod.rs"]
mod guard;
#[path = "../tests/database/kit/mod.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "not everything of the kit is needed here")]
mod kit;

use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock, pause};
use changeover::ports::Switch;
use events::color::Color;
use kit::{Engine, Load, Pair, lost};

/// What one series measured, in milliseconds.
#[derive(Default)]
struct Series {
    frozen: Vec<f64>,
    journal: Vec<f64>,
    seen: Vec<f64>,
    refused: u32,
}

#[tokio::main]
async fn main() {
    let switches = std::env::args().skip(1).find(|it| it != "--bench").map_or(40, |it| it.parse().unwrap());
    println!(
        "{:<34} {:>26} {:>26} {:>9} {:>8} {:>8}",
        "", "frozen, ms", "seen by writers, ms", "journal", "refused", "lost"
    );
    println!("{:<34} {:>26} {:>26} {:>9}", "", "p50     p95     max", "p50     p95     max", "p50, ms");
    for engine in [Engine::Mysql, Engine::Mariadb, Engine::Mariadb11] {
        for (load, think) in [("300 commits/s", Duration::from_millis(10)), ("saturated", Duration::ZERO)] {
            series(engine, load, think, switches).await;
        }
    }
}

async fn series(engine: Engine, what: &str, think: Duration, switches: usize) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut journal = File::create(folder.path().join("journal")).unwrap();
    let clock = SystemClock::new();
    let load = Load::start(&pair, 4, think);
    let (mut series, mut from) = (Series::default(), Color::Blue);
    let began = clock.elapsed();
    while series.frozen.len() < switches && series.refused < 10 {
        pause(Duration::from_millis(500)).await;
        let mut switch = pair.fence().await;
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
    // From the last row that one server acknowledged to the first of the other.
    let neighbours = acknowledged.iter().zip(acknowledged.iter().skip(1)).filter(|(last, first)| last.by != first.by);
    series.seen = neighbours.map(|(last, first)| ms(first.at.saturating_sub(last.at))).collect();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = acknowledged.len() as f64 / seconds;
    println!(
        "{:<34} {} {} {:>9.2} {:>8} {:>8}",
        format!("{engine:?}, {what} ({rate:.0}/s)"),
        row(&mut series.frozen),
        row(&mut series.seen),
        at(&mut series.journal, 50),
        series.refused,
        lost(&pair, &acknowledged).await.len()
    );
}

async fn finish(switch: &mut dyn Switch, from: Color, journal: &mut File, clock: &SystemClock, series: &mut Series) {
    switch.catch_up(from, Duration::from_secs(5)).await.unwrap();
    let before = clock.elapsed();
    journal.write_all(b"promoting\n").unwrap();
    journal.sync_data().unwrap();
    series.journal.push(ms(clock.elapsed().saturating_sub(before)));
    switch.open(from.other()).await.unwrap();
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn row(values: &mut [f64]) -> String {
    format!("{:>10.1}{:>8.1}{:>8.1}", at(values, 50), at(values, 95), at(values, 100))
}

fn at(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get((values.len() * percent / 100).min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
