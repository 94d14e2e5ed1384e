//! Power that fails: what was not synced may be on the disk, in part, or not; what was acknowledged is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use changeover::chance::Chance;
use changeover::log::lines::Format;
use changeover::ports::{Log as _, LogReader as _};
use events::envelope::EventId;
use events::number::{Position, Version};

use crate::disk::{self, Call};
use crate::kit::{append, draft, expected, figure, open, place, try_open};
use crate::processes::{child, file_from_parent, said, say};

/// A file as the disk may have it.
#[derive(Debug, Clone)]
struct OnDisk {
    name: PathBuf,
    /// What is there for sure.
    synced: Vec<u8>,
    /// What may be.
    pending: Vec<Call>,
    /// Whether its name is there for sure.
    is_named: bool,
    /// Whether its name has been taken away since the folder was synced.
    is_unlinked: bool,
}

/// What a disk remembers of the calls that it let through.
#[derive(Debug, Default)]
struct Remembered {
    files: Vec<OnDisk>,
}

impl Remembered {
    fn take(&mut self, call: &Call) {
        match call {
            Call::Create(path) => self.files.push(OnDisk {
                name: path.clone(),
                synced: Vec::new(),
                pending: Vec::new(),
                is_named: false,
                is_unlinked: false,
            }),
            Call::Write { path, .. } | Call::Truncate { path, .. } => {
                self.file(path).pending.push(call.clone());
            }
            Call::Sync(path) => {
                let file = self.file(path);
                let pending = std::mem::take(&mut file.pending);
                for call in &pending {
                    change(&mut file.synced, call);
                }
            }
            Call::Unlink(path) => self.file(path).is_unlinked = true,
            Call::Rename { from, to } => {
                self.files.retain(|it| it.name != *to);
                self.file(from).name.clone_from(to);
            }
            Call::SyncFolder => {
                self.files.retain(|it| !it.is_unlinked);
                self.files.iter_mut().for_each(|it| it.is_named = true);
            }
            Call::Read(_) | Call::Open(_) | Call::Noted(_) => {}
        }
    }

    /// The one that goes by this name now.
    fn file(&mut self, path: &Path) -> &mut OnDisk {
        self.files.iter_mut().rfind(|it| it.name == path && !it.is_unlinked).unwrap()
    }

    /// Writes into `folder` what is there when the power comes back. `keeps` decides on what was not synced.
    fn put(&self, folder: &Path, mut keeps: impl FnMut() -> Kept) {
        for file in &self.files {
            let is_there = match (file.is_unlinked, file.is_named) {
                (true, _) => keeps() == Kept::Nothing,
                (false, true) => true,
                (false, false) => keeps() != Kept::Nothing,
            };
            if !is_there {
                continue;
            }
            let mut bytes = file.synced.clone();
            for call in &file.pending {
                match (keeps(), call) {
                    (Kept::Nothing, _) => {}
                    (Kept::Half, Call::Write { path, offset, bytes: written }) => {
                        // Disks write sectors.
                        let half = written[..written.len() / 1024 * 512].to_vec();
                        change(&mut bytes, &Call::Write { path: path.clone(), offset: *offset, bytes: half });
                    }
                    (Kept::Half | Kept::Whole, call) => change(&mut bytes, call),
                }
            }
            std::fs::write(folder.join(file.name.file_name().unwrap()), bytes).unwrap();
        }
    }
}

/// What becomes of something that was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Nothing,
    Half,
    Whole,
}

fn change(bytes: &mut Vec<u8>, call: &Call) {
    match call {
        Call::Write { offset, bytes: written, .. } if !written.is_empty() => {
            let end = offset + written.len();
            bytes.resize(bytes.len().max(end), 0);
            bytes[*offset..end].copy_from_slice(written);
        }
        Call::Truncate { size, .. } => bytes.resize(*size, 0),
        Call::Write { .. }
        | Call::Read(_)
        | Call::Sync(_)
        | Call::Open(_)
        | Call::Create(_)
        | Call::Unlink(_)
        | Call::Rename { .. }
        | Call::SyncFolder
        | Call::Noted(_) => {}
    }
}

/// Whether the power may fail after it with another outcome than before it.
fn matters(call: &Call) -> bool {
    !matches!(call, Call::Read(_) | Call::Open(_) | Call::Noted(_))
}

/// What the disk saw of the log itself: the rest is only there while a bot is.
fn is_of_the_log(call: &Call) -> bool {
    let (Call::Read(path)
    | Call::Write { path, .. }
    | Call::Sync(path)
    | Call::Open(path)
    | Call::Truncate { path, .. }
    | Call::Create(path)
    | Call::Unlink(path)
    | Call::Rename { from: path, .. }) = call
    else {
        return true;
    };
    !["-shm", ".lock", ".ballast"].iter().any(|it| path.to_str().unwrap().ends_with(it))
}

#[test]
fn power_that_fails_at_any_moment_takes_nothing_that_was_acknowledged() {
    let (folder, file) = place();
    let journal = folder.path().join("journal");
    let told = disk::run("faults::lives_a_short_life", &file, None, Some(&journal));
    assert_eq!(told.lines.last().unwrap(), "done");
    let tried: Vec<_> = told.of("tried").collect();
    let calls: Vec<_> = disk::calls(&journal).into_iter().filter(is_of_the_log).collect();
    let moments = (1..=calls.len()).filter(|count| matters(&calls[count - 1]));
    let cases: Vec<_> = moments.flat_map(|count| (0..4).map(move |seed| (count, seed))).collect();
    let next = Mutex::new(cases.iter());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                loop {
                    let Some((count, seed)) = next.lock().unwrap().next().copied() else { return };
                    runtime.block_on(comes_back(&calls[..count], seed, &tried));
                }
            });
        }
    });
    figure(&format!("power fails {} times, at {} moments", cases.len(), cases.len() / 4));
}

/// The power fails after these calls, and comes back. Seed 0 keeps nothing that was not synced.
async fn comes_back(calls: &[Call], seed: u64, tried: &[&str]) {
    let mut remembered = Remembered::default();
    for call in calls {
        remembered.take(call);
    }
    let mut chance = Chance::of_seed(seed);
    let (folder, file) = place();
    remembered.put(folder.path(), || match (seed, chance.below(4)) {
        (0, _) | (_, 0) => Kept::Nothing,
        (_, 1) => Kept::Half,
        _ => Kept::Whole,
    });
    let at = format!("call {} {:?}, seed {seed}", calls.len(), calls.last().map(std::mem::discriminant));
    let log = try_open(&file).await.unwrap_or_else(|error| panic!("{at}: {error}"));
    let events = log.after(Position(0), 1_000).await.unwrap();
    let names: Vec<_> = events.iter().map(|it| it.event_id.as_str().rsplit_once('/').unwrap().0).collect();
    let there: BTreeSet<_> = names.iter().copied().collect();
    let kept = calls.iter().filter_map(|call| if let Call::Noted(name) = call { Some(name.as_str()) } else { None });
    for name in kept {
        assert!(there.contains(name), "{at}: {name} was acknowledged, and there is {names:?}");
    }
    assert_eq!(names, tried[..names.len()], "{at}: nothing is left out");
    let verified = log.reader().verify(None, |_| {}).await.unwrap_or_else(|error| panic!("{at}: {error}"));
    let epoch = log.begin_epoch().await.unwrap().0;
    log.append(expected("bot", verified.event_count, epoch), vec![draft("after/0")]).await.unwrap();
    log.close().await;
}

/// So many appends, each of which waits for the one before.
const ALONE: usize = 20;

#[tokio::test]
#[ignore = "a child of the tests below"]
async fn appends_alone_and_reads() {
    let Some(file) = file_from_parent() else { return };
    let log = open(&file).await;
    disk::note("open");
    for version in 0..ALONE {
        append(&log, "bot", u64::try_from(version).unwrap(), &format!("event/{version}")).await.unwrap();
        disk::note("kept");
    }
    log.after(Position(0), 100).await.unwrap();
    log.find(&EventId("event/7".to_owned())).await.unwrap().unwrap();
    log.stream_after(&expected("bot", 0, 1).stream, Version(3), 9).await.unwrap();
    log.reader().verify(None, |_| {}).await.unwrap();
    log.reader().export(Format::Ndjson, Position(0), &mut Vec::new()).await.unwrap();
    disk::note("read");
    log.close().await;
    say("done");
}

#[test]
fn every_append_that_waits_alone_is_synced_and_reading_never_is() {
    let (folder, file) = place();
    let journal = folder.path().join("journal");
    assert_eq!(disk::run("power::appends_alone_and_reads", &file, None, Some(&journal)).lines, ["done"]);
    let wal = file.with_file_name("bot.log-wal");
    let calls = disk::calls(&journal);
    let parts: Vec<_> = calls.split(|call| matches!(call, Call::Noted(_))).collect();
    let [_opening, appends @ .., reading, _closing] = parts.as_slice() else { panic!("{}", parts.len()) };
    assert_eq!(appends.len(), ALONE);
    let syncs = |part: &[Call]| part.iter().filter(|call| **call == Call::Sync(wal.clone())).count();
    let counts: Vec<_> = appends.iter().map(|part| syncs(part)).collect();
    assert!(counts.iter().all(|count| *count >= 1), "{counts:?}");
    for part in appends {
        // The last thing before the answer: what is written after it would not be on disk.
        let written = part.iter().rposition(|call| matches!(call, Call::Write { path, .. } if *path == wal));
        let synced = part.iter().rposition(|call| *call == Call::Sync(wal.clone()));
        assert!(written < synced, "{written:?} {synced:?}");
    }
    let is_change = |call: &&Call| !matches!(call, Call::Read(_) | Call::Open(_));
    assert_eq!(reading.iter().find(is_change), None);
    figure(&format!("syncs {} for {ALONE} appends, 0 for reads", counts.iter().sum::<usize>()));
}

/// The same as the kernel sees it, where it may be watched.
#[test]
fn the_kernel_is_asked_to_sync_for_every_append_that_waits_alone() {
    let (folder, file) = place();
    let calls = folder.path().join("calls");
    let strace = |command: &mut Command| {
        command.args(["-f", "-y", "-e", "trace=fsync,fdatasync", "-o"]).arg(&calls);
    };
    let mut probe = Command::new("strace");
    strace(&mut probe);
    if !probe.arg("true").output().is_ok_and(|it| it.status.success()) {
        return figure("syncs seen by strace: it may not watch here, the shim has to do");
    }
    let mut command = Command::new("strace");
    strace(&mut command);
    let output = child(command, "power::appends_alone_and_reads", &file).wait_with_output().unwrap();
    assert_eq!(said(&output.stdout), ["done"]);
    let seen = std::fs::read_to_string(&calls).unwrap();
    let count = seen.lines().filter(|line| line.contains("sync(") && line.contains("bot.log-wal")).count();
    assert!(count >= ALONE, "{seen}");
    figure(&format!("syncs seen by strace: {count} for {ALONE} appends"));
}
