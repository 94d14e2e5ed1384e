//! Files that lost their end, or a bit: found out, or as if nothing had been; never other events than were written.

use std::path::{Path, PathBuf};

use changeover::chance::Chance;
use changeover::log::chain::Head;
use changeover::log::sqlite::{SqliteLog, VerifyError};
use changeover::ports::LogReader as _;
use events::envelope::Recorded;
use events::number::Position;
use tempfile::TempDir;

use crate::kit::{append, figure, filled, open, place, try_open};

/// What SQLite puts before all frames of a WAL, and before each page of one.
const WAL_HEADER: usize = 32;
const FRAME: usize = 24 + 4096;

/// A log as it was copied at some moment, and what it held.
struct Copied {
    _folder: TempDir,
    database: Vec<u8>,
    wal: Vec<u8>,
    events: Vec<Recorded>,
    head: Head,
}

/// With everything after the creation still in the WAL.
async fn in_wal() -> Copied {
    let (folder, file) = place();
    let log = open(&file).await;
    for index in 0..40 {
        append(&log, "bot", index, &format!("event/{index}")).await.unwrap();
    }
    let head = log.reader().verify(None, |_| {}).await.unwrap().head;
    let events = log.after(Position(0), 100).await.unwrap();
    let wal = std::fs::read(beside(&file)).unwrap();
    let database = std::fs::read(&file).unwrap();
    log.close().await;
    Copied { _folder: folder, database, wal, events, head }
}

/// With everything in the file itself.
async fn in_database() -> Copied {
    let (folder, file) = place();
    filled(&file, 300).await;
    let reader = SqliteLog::open_read_only(&file).await.unwrap();
    let head = reader.verify(None, |_| {}).await.unwrap().head;
    let events = reader.after(Position(0), 1_000).await.unwrap();
    reader.close().await;
    let database = std::fs::read(&file).unwrap();
    Copied { _folder: folder, database, wal: Vec::new(), events, head }
}

fn beside(file: &Path) -> PathBuf {
    file.with_file_name("bot.log-wal")
}

fn put(database: &[u8], wal: &[u8]) -> (TempDir, PathBuf) {
    let (folder, file) = place();
    std::fs::write(&file, database).unwrap();
    if !wal.is_empty() {
        std::fs::write(beside(&file), wal).unwrap();
    }
    (folder, file)
}

/// A log with this WAL opens, and holds the first events that were acknowledged; a head kept elsewhere tells whether
/// that is all. Gives how many.
async fn begins_as_acknowledged(copied: &Copied, wal: &[u8], what: &str) -> usize {
    let (_folder, file) = put(&copied.database, wal);
    let log = try_open(&file).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    let events = log.after(Position(0), 100).await.unwrap();
    assert_eq!(events, copied.events[..events.len()], "{what}");
    log.reader().verify(None, |_| {}).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    match log.reader().verify(Some(copied.head), |_| {}).await {
        Ok(verified) => assert_eq!(verified.event_count, 40, "{what}"),
        Err(VerifyError::Damaged(damage)) => {
            assert!(events.len() < 40, "{what}: {damage}");
            assert!(damage.what.contains("but event 40 was written once: its end is cut off"), "{what}: {damage}");
        }
        Err(VerifyError::Unread(error)) => panic!("{what}: {error}"),
    }
    let version = u64::try_from(events.len()).unwrap();
    append(&log, "bot", version, &format!("event/{version}")).await.unwrap();
    log.close().await;
    events.len()
}

#[tokio::test]
async fn a_wal_that_ends_anywhere_holds_the_first_events_and_a_head_tells_how_many_are_gone() {
    let copied = in_wal().await;
    let length = copied.wal.len();
    let frames = (length - WAL_HEADER) / FRAME;
    assert_eq!(length, WAL_HEADER + frames * FRAME);
    let mut lengths: Vec<_> = (0..=WAL_HEADER + 1).step_by(3).collect();
    // The last commits, frame by frame: around where each begins, and around the end of its own header.
    for frame in frames - 20..frames {
        let begin = WAL_HEADER + frame * FRAME;
        lengths.extend([begin - 1, begin, begin + 1, begin + 23, begin + 24, begin + 25]);
    }
    lengths.extend(length - 40..=length);
    let mut chance = Chance::of_seed(5);
    lengths.extend((0..60).map(|_| chance.below(length)));
    let mut zeroed = 0;
    for (index, at) in lengths.iter().enumerate() {
        let torn = begins_as_acknowledged(&copied, &copied.wal[..*at], &format!("cut at {at} of {length}")).await;
        // Space that was set aside for the end, and not written.
        if index % 5 == 0 {
            let mut zeros = copied.wal.clone();
            zeros[*at..].fill(0);
            let what = format!("zeros from {at} of {length}");
            assert_eq!(begins_as_acknowledged(&copied, &zeros, &what).await, torn, "{what}");
            zeroed += 1;
        }
    }
    figure(&format!("torn WAL: {} lengths, {zeroed} more filled up with zeros", lengths.len()));
}

#[tokio::test]
async fn a_flipped_bit_in_the_wal_cuts_it_off_and_changes_nothing() {
    let copied = in_wal().await;
    let mut chance = Chance::of_seed(6);
    let mut cut = 0;
    for _ in 0..200 {
        let (at, bit) = (chance.below(copied.wal.len()), chance.below(8));
        let mut wal = copied.wal.clone();
        wal[at] ^= 1 << bit;
        cut += usize::from(begins_as_acknowledged(&copied, &wal, &format!("bit {bit} of byte {at}")).await < 40);
    }
    assert!(cut > 150, "{cut}");
    figure(&format!("flipped bits in the WAL: 200, {cut} cut it off"));
}

#[tokio::test]
async fn a_flipped_bit_in_the_file_is_found_or_harms_no_event() {
    let copied = in_database().await;
    let mut chance = Chance::of_seed(7);
    let (mut refused, mut found, mut harmless) = (0, 0, 0);
    // The pages at the beginning say what the file is; the rest is events and their indexes.
    let places = (0..60).map(|_| 8192).chain((0..190).map(|_| copied.database.len()));
    for end in places {
        let (at, bit) = (chance.below(end), chance.below(8));
        let what = format!("bit {bit} of byte {at}");
        let mut database = copied.database.clone();
        database[at] ^= 1 << bit;
        let (_folder, file) = put(&database, &[]);
        let log = match try_open(&file).await {
            Ok(log) => log,
            Err(error) => {
                let error = error.to_string();
                assert!(REFUSALS.iter().any(|it| error.contains(it)), "{what}: {error}");
                refused += 1;
                continue;
            }
        };
        match log.reader().verify(Some(copied.head), |_| {}).await {
            Ok(_) => {
                assert_eq!(log.after(Position(0), 1_000).await.unwrap(), copied.events, "{what}");
                harmless += 1;
            }
            Err(VerifyError::Damaged(damage)) => {
                let whole = damage.position.map_or(copied.events.len(), |it| usize::try_from(it.0 - 1).unwrap());
                let events = log.after(Position(0), whole).await.unwrap();
                assert_eq!(events, copied.events[..whole], "{what}: {damage}");
                found += 1;
            }
            Err(VerifyError::Unread(error)) => panic!("{what}: {error}"),
        }
        log.close().await;
    }
    assert!(refused > 5 && found > 100, "{refused} {found} {harmless}");
    figure(&format!("flipped bits in the file: 250, {refused} refused, {found} found, {harmless} harmless"));
}

/// What is said of a file that is not what was written.
const REFUSALS: [&str; 6] = [
    "the file is damaged",
    "is no SQLite database, or its first page is damaged",
    "is a SQLite database of another program",
    "use the newer changeover",
    "somebody has had hands on it",
    "this user may not write the file",
];
