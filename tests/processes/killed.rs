//! The supervisor killed at any moment: never two processes of one slot, none left over, nothing forgotten.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use changeover::clock::pause;
use changeover::config::secret::Value;
use changeover::process::ProcessId;
use changeover::supervisor::control::Request;
use events::color::Color;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;

use crate::application;
use crate::bed::{Bed, PROGRAM, eventually};
use crate::census;

const ROUNDS: u32 = 30;

/// Numbers that look random and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

fn bed() -> Bed {
    let command = application::command();
    let bed = Bed::new(&command.iter().map(String::as_str).collect::<Vec<_>>());
    let notes = bed.folder.to_str().unwrap().to_owned();
    bed.with_env(application::NOTES, Value::Plain(notes))
}

/// Looks all the time, until told to stop, whether a slot ever has two applications.
fn watch(folder: PathBuf, is_over: Arc<AtomicBool>) -> std::thread::JoinHandle<u64> {
    std::thread::spawn(move || {
        let mut looks = 0;
        while !is_over.load(Ordering::Relaxed) {
            let slots: BTreeMap<String, Vec<ProcessId>> = census::applications(&folder);
            for (slot, ids) in slots {
                // One may end between two lines of one look: only those alive together count.
                let alive = ids.iter().filter(|id| id.is_alive()).count();
                assert!(alive <= 1, "{slot} has {ids:?}");
            }
            looks += 1;
        }
        looks
    })
}

fn violations(bed: &Bed) -> Vec<String> {
    std::fs::read_dir(&bed.folder)
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_str().unwrap().starts_with("violation"))
        .map(|entry| std::fs::read_to_string(entry.path()).unwrap())
        .collect()
}

/// Changes something; what is not answered because the supervisor dies is fine.
async fn disturb(bed: &Bed, chance: &mut Chance, round: u32) {
    let color = if chance.below(2) == 0 { Color::Green } else { Color::Blue };
    match chance.below(6) {
        0 => drop(bed.ask(&Request::Grow { color, count: 2 }).await),
        1 => drop(bed.ask(&Request::Reduce { color, keep: vec![] }).await),
        2 => {
            if let Some(ids) = census::applications(&bed.folder).into_values().next() {
                for id in ids {
                    id.signal_group(Signal::KILL);
                }
            }
        }
        3 => {
            let slot = "green-1".parse().unwrap();
            let process = census::applications(&bed.folder).get("green-1").and_then(|ids| ids.first().copied());
            drop(bed.ask(&Request::Restart { slot, process }).await);
        }
        _ => {
            for slot in ["green-1", "green-2", "blue-1", "blue-2"] {
                if bed.slot_folder(slot).is_dir() && chance.below(2) == 0 {
                    // Taken away meanwhile is as good.
                    let _ = deliver_if_there(bed, slot, &format!("1.{}.0", round % 3));
                }
            }
        }
    }
}

fn deliver_if_there(bed: &Bed, slot: &str, release: &str) -> std::io::Result<()> {
    let target = bed.release(release);
    let (next, current) = (bed.slot_folder(slot).join("next"), bed.slot_folder(slot).join("current"));
    let _ = std::fs::remove_file(&next);
    std::os::unix::fs::symlink(target, &next)?;
    std::fs::rename(next, current)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_thirty_moments_it_runs_each_slot_once_and_leaves_nothing() {
    let mut chance = Chance(0x5eed_c0de);
    let mut bed = bed().started().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let watcher = watch(bed.folder.clone(), is_over.clone());
    for round in 0..ROUNDS {
        if round % 3 == 0 {
            bed.status().await;
            bed.grow(Color::Green, 2).await;
            let _ = deliver_if_there(&bed, "green-1", &format!("2.{round}.0"));
            let _ = deliver_if_there(&bed, "green-2", &format!("2.{round}.0"));
        }
        disturb(&bed, &mut chance, round).await;
        pause(Duration::from_micros(chance.below(60_000))).await;
        bed.kill_supervisor();
        bed.start();
    }
    bed.status().await;
    bed.grow(Color::Green, 2).await;
    bed.order(Request::Reduce { color: Color::Blue, keep: vec![] }).await;
    settle(&bed).await;
    bed.order(Request::Stop {}).await;
    assert!(bed.supervisor_ended().await);
    is_over.store(true, Ordering::Relaxed);
    assert!(watcher.join().unwrap() > 100, "it was watched");
    assert_eq!(census::all(&bed.folder), [], "nothing is left");
    assert_eq!(violations(&bed), Vec::<String>::new());
}

/// Every green slot runs what was delivered last, and nothing else runs.
async fn settle(bed: &Bed) {
    let slots = eventually("blue is gone", || async {
        let slots = bed.status().await.slots;
        slots.iter().all(|it| it.slot.color == Color::Green && !it.is_leaving).then_some(slots)
    })
    .await;
    assert!(slots.len() >= 2, "{slots:?}");
    for slot in &slots {
        bed.deliver(&slot.slot.to_string(), "3.0.0");
    }
    for slot in &slots {
        bed.runs(&slot.slot.to_string(), "3.0.0").await;
    }
    let named: Vec<String> = slots.iter().map(|it| it.slot.to_string()).collect();
    eventually("nothing else runs", || async {
        let all = census::all(&bed.folder);
        (all.len() == named.len() && all.iter().all(|it| named.contains(&it.slot))).then_some(())
    })
    .await;
}

/// Makes every write of the record hang, so that the supervisor stays between a process's birth and its record.
fn hold_record(bed: &Bed) -> PathBuf {
    let path = bed.folder.join("supervisor.json.tmp");
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    path
}

#[tokio::test]
async fn a_process_that_is_not_recorded_never_becomes_the_application() {
    let mut bed = bed().started().await;
    bed.grow(Color::Green, 1).await;
    let held = hold_record(&bed);
    bed.deliver("green-1", "1.0.0");
    let waiting = eventually("a process waits", || async {
        census::all(&bed.folder).into_iter().find(|it| it.is_waiting).map(|it| it.id)
    })
    .await;
    bed.kill_supervisor();
    eventually("it ends by itself", || async { (!waiting.is_alive()).then_some(()) }).await;
    std::fs::remove_file(held).unwrap();
    let bed = bed.started().await;
    let running = bed.runs("green-1", "1.0.0").await;
    assert_ne!(running.id, waiting);
    assert_eq!(census::all(&bed.folder).len(), 1);
}

#[tokio::test]
async fn a_process_that_is_recorded_and_never_told_to_go_on_is_replaced() {
    let mut bed = bed().started().await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    let former = bed.runs("green-1", "1.0.0").await;
    bed.kill_supervisor();
    former.id.signal_group(Signal::KILL);
    eventually("it is dead", || async { (!former.id.is_alive()).then_some(()) }).await;
    let mut waiting = std::process::Command::new(PROGRAM)
        .args(["launch", "--", "/bin/false"])
        .stdin(std::process::Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let id = ProcessId::of(i32::try_from(waiting.id()).unwrap()).unwrap();
    let record = bed.folder.join("supervisor.json");
    let mut state: serde_json::Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    *state.pointer_mut("/slots/green-1/process/id").unwrap() = serde_json::to_value(id).unwrap();
    std::fs::write(&record, state.to_string()).unwrap();
    let bed = bed.started().await;
    assert_eq!(bed.slot("green-1").await.unwrap().process.unwrap().id, id, "adopted");
    drop(waiting.stdin.take());
    assert_eq!(waiting.wait().unwrap().code(), Some(127));
    let running = bed.runs("green-1", "1.0.0").await;
    assert_ne!(running.id, id);
    assert_eq!(bed.slot("green-1").await.unwrap().restarts, 1);
}
