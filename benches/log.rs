//! What the log costs, beside what its parts cost alone, in one run: ratios travel between machines, milliseconds do not.
//!
//! `cargo bench --bench log [EVENT_COUNT]`. Each group prints one table.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock};
use changeover::log::sqlite::{Settings, Snapshot, SqliteLog};
use changeover::log::store_id::StoreId;
use changeover::ports::{Expected, Log as _, ReadError};
use events::actor::Actor;
use events::envelope::{Correlation, Draft, EventId, Recorded, Stream};
use events::number::{Epoch, Position, Version};
use serde::Deserialize;

const STREAM_COUNT: usize = 20;
const PAIR_COUNT: usize = 300;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match arguments.as_slice() {
        [task, file] if task == "scan" => runtime.block_on(scan(Path::new(file))),
        [task, file] if task == "verify" => runtime.block_on(verify(Path::new(file))),
        [task, file] if task == "open" => runtime.block_on(open(Path::new(file))),
        [count] => runtime.block_on(all(count.parse().unwrap())),
        _ => runtime.block_on(all(1_000_000)),
    }
}

async fn all(event_count: usize) {
    let folder = tempfile::tempdir_in(".").unwrap();
    single(folder.path()).await;
    groups(folder.path()).await;
    let file = folder.path().join("large.log");
    fill(&file, event_count).await;
    println!("\nreading {event_count} events, each task in a process of its own");
    let parse = pure_parse(event_count);
    println!("  serde_json alone, in memory         {parse:>10.0} events/s");
    for task in ["scan", "verify", "open"] {
        let output =
            Command::new(std::env::current_exe().unwrap()).args([task, file.to_str().unwrap()]).output().unwrap();
        print!("{}", String::from_utf8(output.stdout).unwrap());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

async fn log_at(file: &Path) -> SqliteLog {
    SqliteLog::open(file, Arc::new(SystemClock::new()), Settings::new(StoreId::derived("bench"))).await.unwrap()
}

/// One durable append beside one raw overwrite of two pages, in turns, so that both meet the same disk.
async fn single(folder: &Path) {
    let clock = SystemClock::new();
    let log = log_at(&folder.join("single.log")).await;
    let raw = OpenOptions::new().create(true).truncate(true).write(true).open(folder.join("raw")).unwrap();
    raw.write_all_at(&[1; 8192], 0).unwrap();
    raw.sync_all().unwrap();
    let (mut appends, mut writes) = (Vec::new(), Vec::new());
    for index in 0..PAIR_COUNT {
        let begun = clock.elapsed();
        raw.write_all_at(&[u8::try_from(index % 256).unwrap(); 8192], 0).unwrap();
        raw.sync_data().unwrap();
        writes.push(clock.elapsed().saturating_sub(begun));
        let begun = clock.elapsed();
        log.append(expected(0, index), vec![draft(index)]).await.unwrap();
        appends.push(clock.elapsed().saturating_sub(begun));
    }
    log.close().await;
    let (append, write) = (median(appends), median(writes));
    println!("one durable write, median of {PAIR_COUNT} pairs");
    println!("  8 KiB overwritten + fdatasync       {write:>10.3} ms");
    println!("  one event appended                  {append:>10.3} ms   {:.2} x   (bar 1.6)", append / write);
}

/// Events a second with one caller and with many at once, in turns.
async fn groups(folder: &Path) {
    let clock = SystemClock::new();
    let log = Arc::new(log_at(&folder.join("groups.log")).await);
    let sizes = [1, 64, 512];
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); sizes.len()];
    let mut versions = vec![0; sizes.len()];
    for _ in 0..60 {
        for (index, size) in sizes.into_iter().enumerate() {
            let drafts = (0..size).map(|it| draft(1_000_000 * (index + 1) + versions[index] + it)).collect();
            let begun = clock.elapsed();
            log.append(expected(index, versions[index]), drafts).await.unwrap();
            rates[index]
                .push(f64::from(u32::try_from(size).unwrap()) / clock.elapsed().saturating_sub(begun).as_secs_f64());
            versions[index] += size;
        }
    }
    println!("\nevents in one commit, median of 60");
    let rates: Vec<f64> = rates.into_iter().map(middle).collect();
    for (size, rate) in sizes.iter().zip(&rates) {
        println!("  {size:>4} events                         {rate:>10.0} events/s   {:.1} x", rate / rates[0]);
    }
    callers(&log, 64).await;
    callers(&log, 512).await;
    log.close().await;
}

/// So many callers at once, each waiting for its own event to be durable before it brings the next.
async fn callers(log: &Arc<SqliteLog>, caller_count: usize) {
    let clock = SystemClock::new();
    let rounds = 40;
    let begun = clock.elapsed();
    let tasks: Vec<_> = (0..caller_count)
        .map(|caller| {
            let log = Arc::clone(log);
            tokio::spawn(async move {
                for round in 0..rounds {
                    let stream = Stream(format!("callers{caller_count}/{caller}"));
                    let expected = Expected { stream, version: Version(round), epoch: Epoch(1) };
                    let id = usize::try_from(round).unwrap() * 1000 + caller + caller_count * 10_000_000;
                    log.append(expected, vec![draft(id)]).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let seconds = clock.elapsed().saturating_sub(begun).as_secs_f64();
    let count = f64::from(u32::try_from(caller_count).unwrap()) * 40.0;
    println!("  {caller_count:>4} callers, each waits for its own {:>9.0} events/s", count / seconds);
}

async fn fill(file: &Path, event_count: usize) {
    let clock = SystemClock::new();
    let log = log_at(file).await;
    let begun = clock.elapsed();
    let mut at = 0;
    let mut versions = [0; STREAM_COUNT];
    let mut payload_bytes = 0;
    while at < event_count {
        let stream = (at / 500) % STREAM_COUNT;
        let drafts: Vec<Draft> = (at..event_count.min(at + 500)).map(draft).collect();
        let count = drafts.len();
        payload_bytes += drafts.iter().map(|it| it.payload.len()).sum::<usize>();
        log.append(expected(stream, versions[stream]), drafts).await.unwrap();
        versions[stream] += count;
        at += count;
    }
    let seconds = clock.elapsed().saturating_sub(begun).as_secs_f64();
    log.reader()
        .save_snapshot(&Snapshot { position: *log.head().borrow(), bytes: vec![7; 100_000] }, "bench")
        .await
        .unwrap();
    log.close().await;
    let mean = payload_bytes / event_count;
    let size = std::fs::metadata(file).unwrap().len() / 1_000_000;
    println!("\n{event_count} events of {mean} bytes of payload, 500 a commit: {seconds:.1} s, {size} MB");
}

/// What the payloads decode to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    step: u64,
    label: String,
    machines: Vec<String>,
    note: Option<String>,
    key: String,
    waited_ms: u64,
    url: String,
}

impl Payload {
    fn weight(&self) -> usize {
        let texts = self.machines.len() + self.label.len() + self.key.len() + self.url.len();
        texts + usize::from(self.note.is_some()) + usize::try_from((self.step + self.waited_ms) % 2).unwrap()
    }
}

fn pure_parse(event_count: usize) -> f64 {
    let clock = SystemClock::new();
    let payloads: Vec<String> = (0..10_000).map(|it| draft(it).payload).collect();
    let begun = clock.elapsed();
    let mut weight = 0;
    for index in 0..event_count {
        weight += serde_json::from_str::<Payload>(&payloads[index % payloads.len()]).unwrap().weight();
    }
    assert!(weight > 0);
    rate(event_count, clock.elapsed().saturating_sub(begun))
}

async fn scan(file: &Path) {
    let reader = SqliteLog::open_read_only(file).await.unwrap();
    for pass in 1..=2 {
        let clock = SystemClock::new();
        let begun = clock.elapsed();
        let (mut count, mut weight) = (0, 0);
        reader
            .fold_pages::<ReadError>(Position(0), |page: Vec<Recorded>| {
                for event in page {
                    weight += serde_json::from_str::<Payload>(&event.payload).unwrap().weight();
                    count += 1;
                }
                Ok(())
            })
            .await
            .unwrap();
        assert!(weight > 0);
        let rate = rate(count, clock.elapsed().saturating_sub(begun));
        println!("  scanned, decoded and parsed, pass {pass}  {rate:>10.0} events/s   peak {} MB", peak_megabytes());
    }
}

async fn verify(file: &Path) {
    let reader = SqliteLog::open_read_only(file).await.unwrap();
    let clock = SystemClock::new();
    let begun = clock.elapsed();
    let verified = reader.verify(None, |_| {}).await.unwrap();
    let took = clock.elapsed().saturating_sub(begun);
    println!(
        "  chain and pages verified            {:>10.1} s   ({} events)",
        took.as_secs_f64(),
        verified.event_count
    );
}

async fn open(file: &Path) {
    let clock = SystemClock::new();
    let begun = clock.elapsed();
    let log = log_at(file).await;
    log.reader().load_snapshot("bench").await.unwrap();
    let ready = clock.elapsed().saturating_sub(begun);
    let head = *log.head().borrow();
    let newest = log.reader().at(head).await.unwrap().unwrap();
    let first = Expected { stream: Stream("other".into()), version: Version(0), epoch: newest.epoch };
    log.append(first, vec![draft(usize::MAX)]).await.unwrap();
    let written = clock.elapsed().saturating_sub(begun);
    log.close().await;
    println!("  opened with its snapshot            {:>10.1} ms   (bar 200)", ready.as_secs_f64() * 1000.0);
    println!("  ... and the first event durable     {:>10.1} ms", written.as_secs_f64() * 1000.0);
}

fn expected(stream: usize, version: usize) -> Expected {
    let stream = Stream(format!("shop-{stream}/production"));
    Expected { stream, version: Version(u64::try_from(version).unwrap()), epoch: Epoch(1) }
}

fn draft(index: usize) -> Draft {
    let note = if index.is_multiple_of(3) {
        "null".to_owned()
    } else {
        format!("\"seen by check {index}, again in a moment\"")
    };
    Draft {
        event_id: EventId(format!("shop/production/{}/{index}/StepAnswered", index / 40)),
        kind: format!("StepAnswered{}", index % 20),
        schema_version: 1,
        actor: Actor::system("engine"),
        correlation: Correlation(format!("shop/production#{}", index / 40)),
        causation: None,
        payload: format!(
            r#"{{"step":{index},"label":"shift 25 percent of the traffic to green, which is idle","machines":["green-1.fra1.example.net","green-2.fra1.example.net","green-3.fra1.example.net"],"note":{note},"key":"shop/production/{index}/begun","waited_ms":{},"url":"https://monitor.example.net/run/{index}"}}"#,
            index % 977
        ),
    }
}

fn median(durations: Vec<Duration>) -> f64 {
    middle(durations.into_iter().map(|it| it.as_secs_f64() * 1000.0).collect())
}

fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn rate(count: usize, duration: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / duration.as_secs_f64()
}

/// The most memory that this process ever had, as the kernel counts it.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}
