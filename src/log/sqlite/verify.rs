//! Whether a log is whole: the file by SQLite's own check, every byte of every event by the hash chain.

use events::chain::{self, Hash};
use events::number::{Position, Version};
use sqlx::Row as _;
use sqlx::sqlite::SqlitePool;
use std::collections::BTreeMap;

use super::read;
use crate::ports::ReadError;

const PAGE: usize = 512;

/// A log that is whole, up to its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    pub events: u64,
    pub head: Hash,
}

/// Why a log is not whole.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    #[error("the file is damaged: {0}; keep a copy, then restore a backup or export what can be read")]
    File(String),
    #[error("a guard of the log is gone ({0}): somebody with access to the file removed it; compare it with a backup")]
    Guard(&'static str),
    #[error(
        "event {at} is not what was recorded: {what}; everything before it is whole; keep a copy, then compare it with a backup"
    )]
    Event { at: Position, what: &'static str },
    #[error("event {position} has the hash {found}, not {wanted} as was expected: the log was written anew")]
    Head { position: Position, wanted: Hash, found: Hash },
    #[error("the log ends at event {end}, before event {wanted}: its tail was cut off")]
    Truncated { end: Position, wanted: Position },
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Verifies everything. `expected` is a head that was written down elsewhere: only that shows a tail cut off.
pub(super) async fn all(
    pool: &SqlitePool,
    genesis: Hash,
    expected: Option<(Position, Hash)>,
) -> Result<Verified, Damage> {
    file(pool).await?;
    guards(pool).await?;
    let mut walk = Walk { position: Position(0), hash: genesis, versions: BTreeMap::new(), expected };
    loop {
        let page = read::after(pool, walk.position, PAGE).await?;
        for event in &page {
            walk.step(event)?;
        }
        if page.len() < PAGE {
            break;
        }
        tokio::task::yield_now().await;
    }
    match walk.expected {
        Some((wanted, _)) if wanted > walk.position => Err(Damage::Truncated { end: walk.position, wanted }),
        Some(_) | None => Ok(Verified { events: walk.position.0, head: walk.hash }),
    }
}

struct Walk {
    position: Position,
    hash: Hash,
    versions: BTreeMap<String, Version>,
    expected: Option<(Position, Hash)>,
}

impl Walk {
    fn step(&mut self, event: &events::envelope::Recorded) -> Result<(), Damage> {
        let at = event.position;
        let wrong = |what| Err(Damage::Event { at, what });
        if at != self.position.next() {
            return Err(Damage::Event { at: self.position.next(), what: "it is missing" });
        }
        if event.previous_hash != self.hash {
            return wrong("it does not follow the event before it");
        }
        if chain::link(event) != event.hash {
            return wrong("its bytes do not have its hash");
        }
        let version = self.versions.entry(event.stream.0.clone()).or_default();
        *version = version.next();
        if *version != event.version {
            return wrong("its stream has a gap before it");
        }
        if let Some((position, wanted)) = self.expected
            && position == at
            && wanted != event.hash
        {
            return Err(Damage::Head { position, wanted, found: event.hash });
        }
        (self.position, self.hash) = (at, event.hash);
        Ok(())
    }
}

/// Damage that a chain can't see: pages, indices.
async fn file(pool: &SqlitePool) -> Result<(), Damage> {
    let rows = sqlx::query("PRAGMA integrity_check(3)").fetch_all(pool).await;
    let rows = rows.map_err(|error| Damage::File(error.to_string()))?;
    let found: Vec<String> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
    if found == ["ok"] { Ok(()) } else { Err(Damage::File(found.join("; "))) }
}

async fn guards(pool: &SqlitePool) -> Result<(), Damage> {
    const GUARDS: [&str; 6] = [
        "events_append_only",
        "events_never_change",
        "events_never_go",
        "meta_write_once",
        "meta_never_changes",
        "meta_never_goes",
    ];
    let rows = sqlx::query("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetch_all(pool).await;
    let rows = rows.map_err(|error| Damage::File(error.to_string()))?;
    let found: Vec<String> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
    match GUARDS.into_iter().find(|guard| !found.iter().any(|it| it == guard)) {
        Some(missing) => Err(Damage::Guard(missing)),
        None => Ok(()),
    }
}
