//! A disk that says no at each single call of a short life: refused in a sentence, nothing acknowledged lost.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use changeover::log::sqlite::{Snapshot, SqliteLog};
use changeover::ports::{AppendError, Log as _, LogReader as _};
use events::number::Position;

use crate::disk::{self, BROKEN, Call, FORBIDDEN, Fault, NO_SPACE, READ_ONLY, SHORT, Told};
use crate::kit::{draft, expected, figure, place, stranger, try_open};
use crate::processes::{file_from_parent, say};

const LIFE: &str = "faults::lives_a_short_life";
const LARGE: &str = "faults::appends_more_than_one_statement_takes";

/// How often a life asks for the same thing before it lets go.
const ATTEMPTS: usize = 2;

/// So many events are more than one statement takes.
const MANY: usize = 513;

/// Opens, begins an epoch, appends, checkpoints, keeps a snapshot and closes; and all of it again. Says `tried`, `kept`
/// and `full` with the name of an append, and `no` with each sentence that it was refused with.
#[tokio::test]
#[ignore = "a child of the tests below"]
async fn lives_a_short_life() {
    let Some(file) = file_from_parent() else { return };
    for round in 0..2 {
        let Some(mut life) = Life::begin(&file).await else { return };
        for index in 0..3 {
            life.append(&format!("{round}/{index}"), 1).await;
        }
        checkpoint(&file).await;
        life.append(&format!("{round}/checkpointed"), 1).await;
        life.save_snapshot().await;
        life.append(&format!("{round}/last"), 1).await;
        life.log.close().await;
    }
    say("done");
}

#[tokio::test]
#[ignore = "a child of the tests below"]
async fn appends_more_than_one_statement_takes() {
    let Some(file) = file_from_parent() else { return };
    let Some(mut life) = Life::begin(&file).await else { return };
    life.append("first", 1).await;
    life.append("many", MANY).await;
    life.append("last", 1).await;
    life.log.close().await;
    say("done");
}

/// A bot, as far as its log goes.
struct Life {
    log: SqliteLog,
    epoch: u64,
    version: u64,
}

impl Life {
    async fn begin(file: &Path) -> Option<Self> {
        for _ in 0..ATTEMPTS {
            match try_open(file).await {
                Ok(log) => return Some(Self::new(log).await),
                Err(error) => say(&format!("no {error}")),
            }
        }
        None
    }

    async fn new(log: SqliteLog) -> Self {
        let mut epoch = log.epoch_at_opening().0.max(1);
        match log.begin_epoch().await {
            Ok(begun) => epoch = begun.0,
            Err(error) => say(&format!("no {error}")),
        }
        // What was refused may have come to the disk after all, and be there after a start.
        let version = log.head().borrow().0;
        Self { log, epoch, version }
    }

    /// Appends `count` events, called after `name`.
    async fn append(&mut self, name: &str, count: usize) {
        let drafts: Vec<_> = (0..count).map(|index| draft(&format!("{name}/{index}"))).collect();
        say(&format!("tried {name}"));
        for attempt in 1..=ATTEMPTS {
            match self.log.append(expected("bot", self.version, self.epoch), drafts.clone()).await {
                Ok(events) => {
                    self.version = events.last().unwrap().version.0;
                    // In the journal before anybody else hears of it.
                    disk::note(name);
                    return say(&format!("kept {name}"));
                }
                Err(error) => {
                    say(&format!("no {error}"));
                    if matches!(error, AppendError::Full) && attempt == ATTEMPTS {
                        say(&format!("full {name}"));
                    }
                }
            }
        }
    }

    async fn save_snapshot(&self) {
        let snapshot = Snapshot { position: *self.log.head().borrow(), bytes: vec![7; 10_000] };
        match self.log.reader().save_snapshot(&snapshot, "build").await {
            Ok(()) => assert!(self.log.reader().load_snapshot("build").await.is_none_or(|it| it == snapshot)),
            Err(error) => say(&format!("no {error}")),
        }
    }
}

/// As the upkeep does each second.
async fn checkpoint(file: &Path) {
    let mut connection = match stranger(file).await {
        Ok(connection) => connection,
        Err(error) => return say(&format!("no checkpoint: {error}")),
    };
    if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut connection).await {
        say(&format!("no checkpoint: {error}"));
    }
}

/// How often each kind of call happens in a life without faults.
fn counted(life: &str, kind: &str) -> usize {
    let (folder, file) = place();
    let journal = folder.path().join("journal");
    let told = disk::run(life, &file, None, Some(&journal));
    assert_eq!(told.lines.last().unwrap(), "done", "{told:?}");
    assert_eq!(told.of("no").next(), None);
    let is_meant = |call: &&Call| match call {
        Call::Read(_) => kind == "read",
        Call::Write { .. } => kind == "write",
        // Files that are opened empty are truncated by the kernel.
        Call::Truncate { size, .. } => kind == "write" && *size > 0,
        Call::Sync(_) | Call::SyncFolder => kind == "sync",
        Call::Open(_) => kind == "open",
        Call::Create(_) | Call::Unlink(_) | Call::Rename { .. } | Call::Noted(_) => false,
    };
    disk::calls(&journal).iter().filter(is_meant).count()
}

/// Lives once for each `step`th call of a kind, each time with another one that fails first, in each way: once or for
/// good, and with what error. Gives how many that were.
fn at_each(life: &str, kind: &'static str, step: usize, ways: &[(bool, i32)]) -> usize {
    let count = counted(life, kind);
    assert!(count > 8, "{kind}: {count}");
    let mut faults = Vec::new();
    for (is_once, errno) in ways {
        faults.extend((1..=count).step_by(step).map(|first| Fault { kind, first, is_once: *is_once, errno: *errno }));
    }
    let next = Mutex::new(faults.iter());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(fault) = next.lock().unwrap().next() else { return };
                    live(life, *fault);
                }
            });
        }
    });
    faults.len()
}

fn live(life: &str, fault: Fault) {
    let (_folder, file) = place();
    let told = disk::run(life, &file, Some(fault), None);
    for sentence in told.of("no") {
        let is_known = SENTENCES.iter().any(|known| sentence.contains(known));
        assert!(is_known, "{fault:?}: {sentence}");
    }
    if fault.is_once {
        assert_eq!(told.lines.last().map(String::as_str), Some("done"), "{fault:?}: {told:?}");
        assert_eq!(told.set("kept"), told.set("tried"), "{fault:?}: asked again, it is done");
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(outlived(&file, &told, fault));
}

/// What a person is told: what is wrong, and that it is the disk.
const SENTENCES: [&str; 9] = [
    "the disk is full",
    // What SQLite takes an error while reading for.
    "the file is damaged",
    "the disk answered with an error; look at `dmesg`",
    "this user may not",
    "os error 28",
    "os error 5",
    "os error 30",
    "os error 13",
    "checkpoint: ",
];

/// The disk is well again, and so is the log: everything acknowledged is there, nothing that was refused as not written,
/// and on it goes.
async fn outlived(file: &Path, told: &Told, fault: Fault) {
    let log = try_open(file).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
    let events = log.after(Position(0), 10_000).await.unwrap();
    let mut names: Vec<_> = events.iter().map(|it| it.event_id.as_str().rsplit_once('/').unwrap().0).collect();
    let many = names.iter().filter(|it| it.ends_with("many")).count();
    assert!(many == 0 || many == MANY, "{fault:?}: {many} of {MANY}");
    names.dedup();
    let there: BTreeSet<_> = names.iter().copied().collect();
    assert!(told.set("kept").is_subset(&there), "{fault:?}: {told:?}, and there is {names:?}");
    assert!(there.is_disjoint(&told.set("full")), "{fault:?}: {told:?}");
    let in_order: Vec<_> = told.of("tried").filter(|name| there.contains(name)).collect();
    assert_eq!(names, in_order, "{fault:?}");
    let verified = log.reader().verify(None, |_| {}).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
    assert_eq!(verified.event_count, u64::try_from(events.len()).unwrap());
    let epoch = log.begin_epoch().await.unwrap().0;
    log.append(expected("bot", verified.event_count, epoch), vec![draft("after")]).await.unwrap();
    log.close().await;
}

#[test]
fn a_disk_that_is_full_at_any_write_loses_nothing_acknowledged() {
    let ways = [(true, NO_SPACE), (false, NO_SPACE)];
    let count = at_each(LIFE, "write", 1, &ways) + at_each(LARGE, "write", 9, &ways);
    figure(&format!("storage faults {count} points, writes to a full disk"));
}

#[test]
fn a_disk_that_fails_or_takes_half_at_any_write_loses_nothing_acknowledged() {
    let rarer = [(false, BROKEN), (true, SHORT)];
    let count = at_each(LIFE, "write", 1, &[(true, BROKEN)])
        + at_each(LIFE, "write", 3, &rarer)
        + at_each(LARGE, "write", 9, &[(true, BROKEN)])
        + at_each(LARGE, "write", 9, &rarer);
    figure(&format!("storage faults {count} points, writes that fail or take half"));
}

#[test]
fn a_disk_that_fails_at_any_sync_loses_nothing_acknowledged() {
    let count = at_each(LIFE, "sync", 1, &[(true, BROKEN), (false, BROKEN)]);
    figure(&format!("storage faults {count} points, syncs that fail"));
}

#[test]
fn a_disk_that_fails_at_any_read_loses_nothing_acknowledged() {
    let count = at_each(LIFE, "read", 1, &[(true, BROKEN), (false, BROKEN)]);
    figure(&format!("storage faults {count} points, reads that fail"));
}

/// Read-only from some moment on, as the kernel makes a disk that it does not trust any more.
#[test]
fn files_that_can_be_opened_no_more_lose_nothing_acknowledged() {
    let count = at_each(LIFE, "open", 1, &[(true, READ_ONLY), (false, READ_ONLY), (false, FORBIDDEN)]);
    figure(&format!("storage faults {count} points, files that can be opened no more"));
}
