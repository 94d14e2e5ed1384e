//! Taking a log over: the right to it, the one connection that writes, and what the file says.

use std::path::Path;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnection;

use super::ballast;
use super::guard::{Guard, Marks};
use super::migrate;
use super::open::{self, Identity, OpenError};
use crate::log::batch::Known;
use crate::log::store_id::StoreId;

/// A log file that nobody else writes.
pub(super) struct Owned {
    pub(super) guard: Guard,
    pub(super) marks: Marks,
    pub(super) connection: SqliteConnection,
    pub(super) identity: Identity,
    pub(super) known: Known,
}

/// Takes the log at `file`, or creates it under `store_id`. On a full disk, with the space that was set aside.
pub(super) async fn own(file: &Path, store_id: &StoreId) -> Result<Owned, OpenError> {
    match take(file, store_id).await {
        // Not even what SQLite needs to begin with may be had: that is what the ballast is for.
        Err(OpenError::Broken { .. }) if give_up_ballast(file)? => take(file, store_id).await,
        owned => owned,
    }
}

async fn take(file: &Path, store_id: &StoreId) -> Result<Owned, OpenError> {
    // First of all: not even a lock file is put beside a file that is not ours.
    let is_there = open::identify(file).await?;
    let guard = Guard::take(file)?;
    if !is_there {
        open::create(file)?;
    }
    let failed = |error: sqlx::Error| open::broken(file, &error);
    let mut connection = open::writing(file).connect().await.map_err(failed)?;
    open::assert_durable(&mut connection, file).await?;
    migrate::migrate(&mut connection, store_id.as_str()).await.map_err(failed)?;
    if let Some(what) = open::altered(&mut connection).await.map_err(failed)? {
        return Err(OpenError::Altered { file: file.to_owned(), what });
    }
    #[cfg(feature = "mutants")]
    crate::mutants::tables(&mut connection).await.map_err(failed)?;
    open::assert_writable(&mut connection, file).await?;
    let identity = open::identity(&mut connection).await.map_err(failed)?;
    let known = open::head(&mut connection, file, &identity).await?;
    let marks = guard.marks(file)?;
    Ok(Owned { guard, marks, connection, identity, known })
}

/// Gives up the space of a log that nobody has open; `false` if there is none.
fn give_up_ballast(file: &Path) -> Result<bool, OpenError> {
    if !ballast::is_there(file) {
        return Ok(false);
    }
    // Another bot's ballast is not ours to give.
    let _guard = Guard::take(file)?;
    Ok(ballast::remove(file))
}
