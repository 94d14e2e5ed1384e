//! How long users wait while a database crosses: as the servers see it, as writers do, and as those do who ask the shop.
//!
//! `cargo bench --bench database [SWITCHES]`: so many crossings in each series, half of them back. A journal write of a real
//! disk lies within each freeze, as it does when the bot crosses. What the gate refuses is counted, and nothing was touched
//! then. MHA, which switches servers too, and we do it by turns under the same load. `tests/README.md` has what was measured.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

#[path = "../../tests/database/kit/mod.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "not everything of the kit is needed here")]
mod database;
#[path = "../../tests/guard/mod.rs"]
mod guard;
#[path = "../../tests/kit/mod.rs"]
#[expect(dead_code, unused_imports, reason = "not everything of the kit is needed here")]
mod kit;
#[path = "../../tests/matrix/orders.rs"]
mod orders;
mod peer;
mod requests;
mod series;
#[path = "../../tests/matrix/till.rs"]
#[expect(dead_code, reason = "not everything of the tests is needed here")]
mod till;

use std::time::Duration;

use database::Engine;
use requests::Way;
use series::Refused;

/// Four writers that think for so long write about 300 rows a second; and those that don't, as many as the server takes.
const STEADY: Duration = Duration::from_millis(10);
/// How long nothing happens between two switches: by then writers have found what was ended, and are connected to both.
const BETWEEN: Duration = Duration::from_millis(600);

#[tokio::main]
async fn main() {
    let switches = std::env::args().skip(1).find(|it| it != "--bench").map_or(40, |it| it.parse().unwrap());
    series::head();
    let mut refused = Refused::default();
    for engine in [Engine::Mysql, Engine::Mariadb, Engine::Mariadb11] {
        series::series(engine, "300 commits/s", STEADY, switches, &mut refused).await;
        series::series(engine, "saturated", Duration::ZERO, switches, &mut refused).await;
    }
    println!("{refused}");
    peer::beside(switches, STEADY).await;
    requests::head();
    for engine in [Engine::Mysql, Engine::Mariadb] {
        requests::requests(engine, Way::Waiting, switches).await;
        for way in [Way::Pointed, Way::PointedFailing, Way::Failing] {
            requests::requests(engine, way, switches.div_ceil(2)).await;
        }
    }
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
