//! What users of a shop notice when its database crosses with them: requests that fail, and how long others wait.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use changeover::clock::pause;
use changeover::prober::{Kind, Line, Record};
use events::color::Color;
use mysql_async::prelude::Queryable as _;
use rustix::process::{Pid, Signal, kill_process};
use rustix::time::{ClockId, clock_gettime};

use crate::at;
use crate::database::Engine;
use crate::kit::{Shop, Terms, program};
use crate::till::{NOBODY_WAITS, Till};

/// How long before each crossing nothing happens: what requests take then is what they always take.
const UNDISTURBED: Duration = Duration::from_millis(800);
/// Requests a second, and how many of them are orders.
const RATE: (u32, u32) = (200, 60);

pub(crate) fn head() {
    println!(
        "\n{:<34} {:>8} {:>8} {:>18} {:>18} {:>18} {:>18} {:>8}",
        "users of the shop, by the bot",
        "requests",
        "failed",
        "longest, usual",
        "in a crossing",
        "added, ms",
        "failing for, ms",
        "lost"
    );
    println!(
        "{:<34} {:>8} {:>8} {:>18} {:>18} {:>18} {:>18}",
        "", "", "", "p50     max", "p50     max", "(bar 100 at max)", "p50     max"
    );
}

/// How users and their writes go over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Requests wait.
    Waiting,
    /// Nobody waits: writes may fail.
    Failing,
    /// Both colors are pointed to the server that takes writes, and requests wait.
    Pointed,
    /// The same, and nobody waits.
    PointedFailing,
}

/// Crosses so often, there and back, by what people say to the real bot.
pub(crate) async fn requests(engine: Engine, way: Way, switches: usize) {
    let till = match way {
        Way::Waiting | Way::Failing => Till::open(engine).await,
        Way::Pointed | Way::PointedFailing => Till::open_pointed(engine).await,
    };
    let (traffic, crossing) = match way {
        Way::Waiting => ("", ""),
        // Where it is pointed by is given its time on a busy machine.
        Way::Pointed => ("", "pause = \"30s\""),
        Way::Failing => (NOBODY_WAITS, "allow_write_errors = \"30s\""),
        Way::PointedFailing => (NOBODY_WAITS, ""),
    };
    let terms = Terms {
        database: till.configuration(&till.ports(), 5, crossing),
        traffic,
        window: "lasts = \"1h\"\ndecommission = \"0 0 1 1 *\"\nquiet_for = \"1s\"\n",
        ..Terms::default()
    };
    let shop = Shop::ready(&terms).await;
    let mut prober = probe(&shop);
    pause(UNDISTURBED).await;
    let (mut before, mut during) = (Vec::new(), Vec::new());
    for number in 0..switches {
        let began = now();
        pause(UNDISTURBED).await;
        let crosses = now();
        before.push((began, crosses));
        if number % 2 == 0 {
            shop.succeeds("cutover shop/demo").await;
            during.push((crosses, now()));
        } else {
            shop.succeeds("rollback shop/demo: a bench").await;
            during.push((crosses, now()));
            shop.say("unlock shop/demo").await;
        }
    }
    pause(UNDISTURBED).await;
    kill_process(Pid::from_raw(i32::try_from(prober.id()).unwrap()).unwrap(), Signal::TERM).unwrap();
    prober.wait().unwrap();
    let records = records(&shop);
    let failed = records.iter().filter(|it| it.error.is_some()).count();
    let (mut usual, mut crossing) = (longest(&records, &before), longest(&records, &during));
    let mut failing = failing(&records, &during);
    let added = |percent, usual: &mut [f64], crossing: &mut [f64]| at(crossing, percent) - at(usual, percent);
    println!(
        "{:<34} {:>8} {:>8} {:>10.1}{:>8.1} {:>10.1}{:>8.1} {:>10.1}{:>8.1} {:>10.1}{:>8.1} {:>8}",
        format!("{engine:?}, {way:?}, {switches} crossings"),
        records.len(),
        failed,
        at(&mut usual, 50),
        at(&mut usual, 100),
        at(&mut crossing, 50),
        at(&mut crossing, 100),
        added(50, &mut usual, &mut crossing),
        added(100, &mut usual, &mut crossing),
        at(&mut failing, 50),
        at(&mut failing, 100),
        missing(&till, &records).await
    );
    shop.end().await;
}

/// The prober, a process of its own.
fn probe(shop: &Shop) -> Child {
    let text = std::fs::read_to_string(shop.path("changeover.toml")).unwrap();
    let entrance = text.split("listen = \"").nth(1).and_then(|it| it.split('"').next()).unwrap();
    Command::new(program())
        .args(["probe", "--target", &format!("http://{entrance}"), "--rate", &RATE.0.to_string()])
        .args(["--orders", &RATE.1.to_string(), "--slow", "0", "--streams", "0", "--out", "requests.ndjson"])
        .current_dir(shop.folder())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn records(shop: &Shop) -> Vec<Record> {
    let text = std::fs::read_to_string(shop.path("requests.ndjson")).unwrap();
    let lines = text.lines().map(|it| serde_json::from_str(it).unwrap());
    lines.filter_map(|it| if let Line::Request(record) = it { Some(record) } else { None }).collect()
}

/// In each of these times, how long the longest of the requests took that were due in it, in milliseconds.
fn longest(records: &[Record], times: &[(u64, u64)]) -> Vec<f64> {
    let within = |(began, ended): &(u64, u64)| {
        let due = records.iter().filter(|it| (*began..*ended).contains(&it.scheduled_ns));
        Duration::from_nanos(due.map(Record::latency_ns).max().unwrap_or_default()).as_secs_f64() * 1000.0
    };
    times.iter().map(within).collect()
}

/// In each of these times, from the first request that failed until the last one was told so, in milliseconds.
fn failing(records: &[Record], times: &[(u64, u64)]) -> Vec<f64> {
    let within = |(began, ended): &(u64, u64)| {
        let due = records.iter().filter(|it| it.error.is_some() && (*began..*ended).contains(&it.scheduled_ns));
        let told = due.clone().map(|it| it.scheduled_ns + it.latency_ns()).max().unwrap_or_default();
        let first = due.map(|it| it.scheduled_ns).min().unwrap_or_default();
        Duration::from_nanos(told - first).as_secs_f64() * 1000.0
    };
    times.iter().map(within).collect()
}

/// How many acknowledged orders either server lacks.
async fn missing(till: &Till, records: &[Record]) -> usize {
    till.pair.settled().await;
    let taken = records.iter().filter(|it| it.kind == Kind::Order && it.error.is_none());
    let taken: BTreeSet<u64> = taken.map(|it| it.index).collect();
    let mut missing = BTreeSet::new();
    for color in Color::BOTH {
        let mut root = till.pair.server(color).root().await;
        let kept: BTreeSet<u64> = root.query("SELECT id FROM till.orders").await.unwrap().into_iter().collect();
        missing.extend(taken.difference(&kept).copied());
    }
    missing.len()
}

/// The clock of the prober's records.
fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec * 1_000_000_000 + now.tv_nsec).unwrap()
}
