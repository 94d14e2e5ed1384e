//! A copy of the log as it is at one moment, while appends go on.

use std::path::{Path, PathBuf};

use sqlx::ConnectOptions as _;
use sqlx::Connection as _;

use super::open::{self, OpenError};
use super::place::{Draft, PlaceError};
use super::read::Reader;
use super::trouble;
use crate::log::chain::{Chain, Head};
use crate::ports::ReadError;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{} is there already: a backup never replaces a file", .0.display())]
    Exists(PathBuf),
    #[error("another backup to {} is underway; there is no backup", .0.display())]
    Busy(PathBuf),
    #[error("{} cannot be written: {what}; there is no backup", file.display())]
    Write { file: PathBuf, what: String },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Reader {
    /// Writes a copy to `to` and returns where it ends. The file appears only when it is complete and on disk.
    pub async fn backup(&self, to: &Path) -> Result<Head, BackupError> {
        let to = open::canonical(to)?;
        let misplaced = |error| match error {
            PlaceError::Exists => BackupError::Exists(to.clone()),
            PlaceError::Busy => BackupError::Busy(to.clone()),
            PlaceError::Broken(error) => unwritten(&to, error.to_string()),
        };
        let draft = Draft::begin(&to, "copying").map_err(misplaced)?;
        self.copy(draft.path()).await?;
        draft.place(&to).map_err(misplaced)?;
        let copy = Self::open(&to).await?;
        let newest = copy.newest().await;
        copy.close().await;
        let nothing = Chain::from_genesis(&self.store_id).head();
        Ok(newest?.map_or(nothing, |event| Head { position: event.position, hash: event.hash }))
    }

    /// `VACUUM INTO` over a connection of its own: it takes seconds, and a pool is for short reads.
    async fn copy(&self, draft: &Path) -> Result<(), BackupError> {
        let failed = |error: sqlx::Error| unwritten(draft, trouble::sentence(&error));
        let name = draft.to_str().ok_or_else(|| unwritten(draft, "its name is no UTF-8".to_owned()))?;
        let mut connection = open::reading(&self.file).connect().await.map_err(failed)?;
        let copied = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut connection).await;
        // A connection that only read has nothing to lose.
        let _ = connection.close().await;
        copied.map(|_| ()).map_err(failed)
    }
}

fn unwritten(file: &Path, what: String) -> BackupError {
    BackupError::Write { file: file.to_owned(), what }
}
