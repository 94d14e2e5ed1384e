//! What the bot costs when it does nothing: time from start to ready, and memory, with an empty log and with a long one.
//!
//! `cargo bench --bench bot [EVENT_COUNT]`. A start is set beside that of the same program printing its version, which is
//! what the machine asks for a process at all.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock, pause};
use changeover::log::sqlite::{Settings, SqliteLog};
use changeover::log::store_id::StoreId;
use changeover::ports::{Expected, Log as _};
use events::actor::Actor;
use events::color::ByColor;
use events::envelope::{Correlation, Draft, EventId, Stream};
use events::fact::{Event, LockEvent, SiteEvent};
use events::number::{Epoch, Version};
use events::wire;

const PROGRAM: &str = env!("CARGO_BIN_EXE_changeover");
const STARTS: usize = 9;

#[tokio::main]
async fn main() {
    let count = std::env::args().skip(1).find(|it| it != "--bench").map_or(1_000_000, |it| it.parse().unwrap());
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    configure(folder.path());
    let version = median((0..STARTS).map(|_| version()).collect());
    println!("a process at all (--version)                {version:>8.1} ms");

    let (first, _) = start(folder.path()).await;
    println!("first start, with balancer and supervisor   {first:>8.1} ms");
    report("an empty log", folder.path(), version).await;

    let log = folder.path().join("changeover.db");
    fill(&log, count).await;
    let (cold, _) = start(folder.path()).await;
    println!("{count} events, no snapshot               {cold:>8.1} ms");
    report(&format!("{count} events and a snapshot"), folder.path(), version).await;
    fold(&log);
    let stop = ["edge", "stop", "--socket", "changeover.d/shop.bench/edge/edge.sock"];
    Command::new(PROGRAM).args(stop).current_dir(folder.path()).output().unwrap();
    let supervisor = std::fs::read_to_string(folder.path().join("changeover.d/shop.bench/processes/supervisor.pid"));
    if let Some(pid) = supervisor.ok().and_then(|it| serde_json::from_str::<serde_json::Value>(&it).ok()) {
        Command::new("kill").arg(pid["pid"].to_string()).status().unwrap();
    }
}

/// Starts, and what the last of them needs in memory after a moment of idling.
async fn report(what: &str, folder: &Path, version: f64) {
    let mut times = Vec::new();
    let mut memory = 0;
    for _ in 0..STARTS {
        let (time, idle) = start(folder).await;
        times.push(time);
        memory = idle;
    }
    let ready = median(times);
    println!("{what:<42} {ready:>8.1} ms, {:.1} x a process, {memory} KiB resident when idle", ready / version);
}

fn version() -> f64 {
    let clock = SystemClock::new();
    Command::new(PROGRAM).arg("--version").output().unwrap();
    clock.elapsed().as_secs_f64() * 1e3
}

/// Milliseconds from start to the first answer, and KiB resident two seconds later; the bot is stopped in the end.
async fn start(folder: &Path) -> (f64, u64) {
    let clock = SystemClock::new();
    let mut bot = Command::new(PROGRAM)
        .args(["serve", "--log-level", "error"])
        .current_dir(folder)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let socket = folder.join("changeover.sock");
    while tokio::net::UnixStream::connect(&socket).await.is_err() {
        pause(Duration::from_millis(1)).await;
    }
    let mut connection = changeover::console::client::Connection::open(&socket).await.unwrap();
    let line = changeover::console::Request::Say { line: "whoami".into(), id: "bench".into(), follow: false };
    connection.ask(&line).await.unwrap();
    connection.next().await.unwrap().unwrap();
    let ready = clock.elapsed().as_secs_f64() * 1e3;
    pause(Duration::from_secs(2)).await;
    let memory = resident(&bot);
    Command::new("kill").arg(bot.id().to_string()).status().unwrap();
    bot.wait().unwrap();
    (ready, memory)
}

fn resident(bot: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", bot.id())).unwrap();
    let line = status.lines().find(|it| it.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Folds the whole log in a process of its own; the kernel says how large that became.
fn fold(log: &Path) {
    let clock = SystemClock::new();
    let mut reader = Command::new(PROGRAM).args(["status", "--log"]).arg(log).stdout(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    while reader.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", reader.id())).unwrap_or_default();
        let line = status.lines().find(|it| it.starts_with("VmHWM:")).unwrap_or_default();
        peak = line.split_whitespace().nth(1).map_or(peak, |it| it.parse().unwrap());
    }
    println!(
        "the whole log folded by `status`            {:>8.1} s, {peak} KiB at its peak",
        clock.elapsed().as_secs_f64()
    );
}

/// A site that was locked and unlocked ever since.
async fn fill(file: &Path, count: u64) {
    let clock = Arc::new(SystemClock::new());
    let log = SqliteLog::open(file, clock, Settings::new(StoreId::derived("bench"))).await.unwrap();
    let stream = Stream("shop/old".to_owned());
    let epoch = Epoch(1_000);
    let mut version = Version(0);
    while version.0 < count {
        let drafts: Vec<Draft> = (0..500).map(|offset| draft(version.0 + offset)).collect();
        let expected = Expected { stream: stream.clone(), version, epoch };
        version = log.append(expected, drafts).await.unwrap().last().unwrap().version;
    }
    log.close().await;
}

fn draft(index: u64) -> Draft {
    let fact: Event = match index {
        0 => SiteEvent::Adopted { live: None, found: ByColor::default() }.into(),
        _ if index % 2 == 1 => {
            LockEvent::Taken { reason: format!("change {index} of the schema of the shop's database"), until: None }
                .into()
        }
        _ => LockEvent::Released {}.into(),
    };
    let id = EventId(format!("bench/{index}"));
    wire::draft(&fact, id, Actor::console(1000), Correlation(format!("bench/{index}")), None).unwrap()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn configure(folder: &Path) {
    Command::new("git").args(["init", "-q", "shop"]).current_dir(folder).status().unwrap();
    std::fs::write(
        folder.join("changeover.toml"),
        r#"[[site]]
service = "shop"
stage = "bench"
[site.window]
lasts = "24h"
decommission = "0 3 * * *"
[site.traffic.edge]
listen = "127.0.0.1:21987"
[site.fleet.processes]
command = ["true"]
count = 2
ports = "21900-21950"
[site.delivery.command]
repository = "shop"
[[site.check]]
http = { name = "health", path = "/health" }
"#,
    )
    .unwrap();
}
