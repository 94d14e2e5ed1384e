//! The log's own files: what is imported, and the snapshot beside it.

use std::path::{Path, PathBuf};

use changeover::keeper;
use changeover::log::chain::Head;
use changeover::log::lines::{Format, Lines, closing, event, opening};
use changeover::log::sqlite::{ImportError, Reader, Snapshot, SqliteLog, import};
use events::chain::{Hash, link};
use events::envelope::{Recorded, Stream};
use events::number::{Epoch, Position, Version};
use std::collections::BTreeMap;
use tempfile::TempDir;

use super::{text, wait};
use crate::target::{Target, root};

pub(crate) const IMPORT: Target = Target {
    name: "import",
    rule: "what is imported is exported as it was, and what is not leaves nothing behind",
    seeds: exported,
    read: import_text,
    inputs: 100,
    longest: 20_000,
};

pub(crate) const SNAPSHOT: Target = Target {
    name: "snapshot",
    rule: "a snapshot is what was put aside, or it is none",
    seeds: snapshots,
    read: snapshot,
    inputs: 600,
    longest: 20_000,
};

/// The build that wrote the snapshots of this test.
const BUILD: &str = "fuzz";

fn exported() -> Vec<Vec<u8>> {
    let folder = root().join("tests/fuzz/corpus/lines");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    files.iter().map(|it| std::fs::read(it).unwrap()).collect()
}

/// Imports the text as it is; then, if it holds events, these with hashes that fit, which leads further.
fn import_text(input: &[u8]) -> String {
    let (folder, text) = (tempfile::tempdir().unwrap(), text(input));
    let file = folder.path().join("bot.log");
    let answer = wait(import_into(&file, &text));
    let mut lines = Lines::default();
    let events: Vec<Recorded> = text.lines().map_while(|line| lines.take(line).ok()).flatten().collect();
    let Some(id) = lines.store_id().filter(|_| !events.is_empty()) else { return answer };
    let linked = linked(id.as_str(), events);
    let second = wait(import_into(&folder.path().join("linked.log"), &linked));
    format!("{answer}; {second}")
}

/// The lines of these events, as if they had been recorded one after the other.
fn linked(id: &str, events: Vec<Recorded>) -> String {
    let mut head = Head { position: Position(0), hash: Hash::genesis(id) };
    let (mut epoch, mut versions) = (Epoch(0), BTreeMap::<Stream, Version>::new());
    let mut text = format!("{}\n", opening(Format::Ndjson, id));
    for mut recorded in events {
        let version = versions.entry(recorded.stream.clone()).or_default();
        *version = version.next();
        epoch = epoch.max(recorded.epoch);
        (recorded.position, recorded.version, recorded.epoch) = (head.position.next(), *version, epoch);
        recorded.previous_hash = head.hash;
        recorded.hash = link(&recorded);
        head = Head { position: recorded.position, hash: recorded.hash };
        text.push_str(&event(Format::Ndjson, id, &recorded, true).unwrap());
        text.push('\n');
    }
    text + &closing(Format::Ndjson, &head) + "\n"
}

async fn import_into(file: &Path, text: &str) -> String {
    let head = match import(file, text.as_bytes()).await {
        Ok(head) => head,
        Err(error) => {
            let left: Vec<_> =
                std::fs::read_dir(file.parent().unwrap()).unwrap().map(|it| it.unwrap().path()).collect();
            let name = file.file_name().unwrap().to_str().unwrap();
            assert!(!left.iter().any(|it| it.to_str().unwrap().contains(name)), "{left:?} is left over");
            let lines = u64::try_from(text.lines().count()).unwrap();
            match &error {
                ImportError::Line { line, .. } | ImportError::CutOff(line) => assert!(*line <= lines, "{error}"),
                ImportError::Read(_)
                | ImportError::Exists(_)
                | ImportError::Busy(_)
                | ImportError::Write { .. }
                | ImportError::Open(_) => {
                    panic!("{error}")
                }
            }
            return error.to_string();
        }
    };
    let reader = SqliteLog::open_read_only(file).await.unwrap();
    let mut again = Vec::new();
    assert_eq!(reader.export(Format::Ndjson, Position(0), &mut again).await.unwrap(), head);
    reader.verify(None, |_| {}).await.unwrap();
    reader.close().await;
    let copy = file.with_extension("copy");
    assert_eq!(import(&copy, again.as_slice()).await.unwrap(), head, "what was exported can't be imported");
    "imported".to_owned()
}

thread_local! {
    /// A log of some events, and where its snapshot is.
    static LOG: (TempDir, PathBuf) = {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bot.log");
        wait(import(&file, exported().iter().find(|it| it.starts_with(b"{")).unwrap().as_slice())).unwrap();
        (folder, file)
    };
}

/// A whole file, as it is put aside; and a state alone, which is put aside first.
fn snapshots() -> Vec<Vec<u8>> {
    let file = LOG.with(|(_, file)| file.clone());
    wait(async {
        let reader = SqliteLog::open_read_only(&file).await.unwrap();
        let mut state = events::fold::State::default();
        reader
            .fold_pages::<changeover::ports::ReadError>(Position(0), |page| {
                for it in page {
                    state.apply(&it);
                }
                Ok(())
            })
            .await
            .unwrap();
        let bytes = serde_json::to_vec(&state).unwrap();
        put_aside(&reader, &bytes, state.position).await;
        reader.close().await;
        vec![std::fs::read(beside(&file)).unwrap(), [b"+", bytes.as_slice()].concat()]
    })
}

fn beside(file: &Path) -> PathBuf {
    file.with_added_extension("snapshot")
}

async fn put_aside(reader: &Reader, bytes: &[u8], position: Position) {
    reader.save_snapshot(&Snapshot { position, bytes: bytes.to_vec() }, BUILD).await.unwrap();
}

fn snapshot(input: &[u8]) -> String {
    let file = LOG.with(|(_, file)| file.clone());
    wait(async {
        let reader = SqliteLog::open_read_only(&file).await.unwrap();
        let answer = if let Some(state) = input.strip_prefix(b"+") {
            put_aside(&reader, state, Position(3)).await;
            assert_eq!(
                reader.load_snapshot(BUILD).await,
                Some(Snapshot { position: Position(3), bytes: state.to_vec() })
            );
            // Another build than this one, so that the bot folds everything.
            assert_eq!(keeper::load(&reader).await, events::fold::State::default());
            serde_json::from_slice::<events::fold::State>(state)
                .map_or_else(|it| it.to_string(), |_| "state".to_owned())
        } else {
            std::fs::write(beside(&file), input).unwrap();
            if let Some(Snapshot { position, bytes }) = reader.load_snapshot(BUILD).await {
                assert!(input.ends_with(&bytes) && position <= Position(12));
                assert!(text(input).contains(&Hash::of(&bytes).to_string()), "nobody vouches for these bytes");
                "loaded".to_owned()
            } else {
                assert!(!beside(&file).exists(), "it would be looked at again");
                "discarded".to_owned()
            }
        };
        reader.close().await;
        answer
    })
}
