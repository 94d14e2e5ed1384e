//! Every event against its hash, every hash against the one before, and the file around them.

use std::fmt;

use events::chain::Hash;
use events::number::Position;
use sqlx::sqlite::SqliteConnection;

use super::read::{PageError, Reader};
use super::{open, trouble};
use crate::log::chain::{Chain, Flaw, Head};
use crate::ports::ReadError;

/// What was found: every event fits its hash, and every hash the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many events were looked at.
    pub event_count: u64,
    pub head: Head,
}

/// What does not fit, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The first event that is concerned; none if the events are whole.
    pub position: Option<Position>,
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match self.position.and_then(|it| it.0.checked_sub(1)) {
            Some(0) => f.write_str(". No event before it can vouch for the log. ")?,
            Some(before) => write!(f, ". Up to event {before} every event fits its hash. ")?,
            None => {
                return f.write_str(
                    ". Every event fits its hash. Stop the bot, keep this file, and make a new one of its events: \
                     `changeover log export FILE | changeover log import NEW-FILE`.",
                );
            }
        }
        f.write_str(
            "Stop the bot, keep this file, and go back to the newest backup that `changeover log verify` passes.",
        )
    }
}

/// Why a log did not pass.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("{0}")]
    Damaged(Damage),
    #[error(transparent)]
    Unread(#[from] ReadError),
}

impl From<Flaw> for VerifyError {
    fn from(flaw: Flaw) -> Self {
        damaged(Some(flaw.position()), flaw.to_string())
    }
}

impl Reader {
    /// Looks at every event, at the tables and triggers, and at every page of the file. `expected` is a head that was
    /// kept elsewhere: the log must hold it. `progress` hears how far it is.
    pub async fn verify(
        &self,
        expected: Option<Head>,
        progress: impl FnMut(Position),
    ) -> Result<Verified, VerifyError> {
        let (altered, genesis) = {
            let mut connection = self.pool.acquire().await.map_err(trouble::unreadable)?;
            (open::altered(&mut connection).await.map_err(unverified)?, self.genesis(&mut connection).await)
        };
        let followed = match genesis {
            Ok(()) => self.follow(Chain::from_genesis(&self.store_id), progress).await,
            Err(error) => Err(error),
        };
        let meddled = |what| format!("{what}: somebody has had hands on this file");
        match (followed, altered) {
            // What was done to the events weighs more than how.
            (Err(VerifyError::Damaged(damage)), _) => Err(VerifyError::Damaged(damage)),
            // A table that is gone explains why nothing could be read.
            (Err(VerifyError::Unread(_)), Some(what)) => Err(damaged(Some(Position(1)), meddled(what))),
            (Ok(_), Some(what)) => Err(damaged(None, meddled(what))),
            (Err(error), None) => Err(error),
            (Ok(verified), None) => {
                self.hold(expected, verified.head.position).await?;
                self.check_pages().await?;
                Ok(verified)
            }
        }
    }

    /// Looks at every event after `position`, which is taken on trust: a snapshot vouches for it.
    pub async fn verify_from(
        &self,
        position: Position,
        progress: impl FnMut(Position),
    ) -> Result<Verified, VerifyError> {
        let chain = if position == Position(0) {
            Chain::from_genesis(&self.store_id)
        } else {
            let event = self.at(position).await?;
            let missing = || damaged(Some(position), format!("event {position} is missing"));
            Chain::after(&event.ok_or_else(missing)?)
        };
        self.follow(chain, progress).await
    }

    async fn follow(&self, mut chain: Chain, mut progress: impl FnMut(Position)) -> Result<Verified, VerifyError> {
        let begun = chain.head().position;
        let followed = self
            .fold_pages::<VerifyError>(begun, |page| {
                page.iter().try_for_each(|event| chain.follow(event))?;
                progress(chain.head().position);
                Ok(())
            })
            .await;
        match followed {
            Ok(_) => {}
            Err(VerifyError::Damaged(damage)) => return Err(VerifyError::Damaged(damage)),
            // Something in the next pages cannot be read: event by event from here, to find the one.
            Err(VerifyError::Unread(_)) => self.follow_singly(&mut chain).await?,
        }
        Ok(Verified { event_count: chain.head().position.0.saturating_sub(begun.0), head: chain.head() })
    }

    async fn follow_singly(&self, chain: &mut Chain) -> Result<(), VerifyError> {
        loop {
            let page = self
                .page(chain.head().position, 1)
                .await
                .map_err(|error| unreadable(error, chain.head().position.next()))?;
            let Some(event) = page.first() else { return Ok(()) };
            chain.follow(event)?;
        }
    }

    /// What the first event points back to belongs to this very log.
    async fn genesis(&self, connection: &mut SqliteConnection) -> Result<(), VerifyError> {
        let genesis: Vec<u8> =
            sqlx::query_scalar("SELECT genesis FROM meta").fetch_one(connection).await.map_err(unverified)?;
        if genesis == Hash::genesis(&self.store_id).0 {
            Ok(())
        } else {
            Err(damaged(Some(Position(1)), "the id of the log does not fit what its first event points back to".into()))
        }
    }

    /// The log holds `expected`, which was kept elsewhere.
    async fn hold(&self, expected: Option<Head>, newest: Position) -> Result<(), VerifyError> {
        let Some(Head { position, hash }) = expected else { return Ok(()) };
        if position > newest {
            let what =
                format!("the log ends at event {newest}, but event {position} was written once: its end is cut off");
            return Err(damaged(Some(newest.next()), what));
        }
        let found = match self.at(position).await? {
            Some(event) => event.hash,
            None => Hash::genesis(&self.store_id),
        };
        if found == hash {
            return Ok(());
        }
        let (found, hash) = (found.short(), hash.short());
        let what = format!("event {position} has hash {found}, where {hash} was written: the log was rewritten");
        Err(damaged(Some(Position(1)), what))
    }

    /// What the chain cannot see: indexes and the pages themselves.
    async fn check_pages(&self) -> Result<(), VerifyError> {
        let checked = sqlx::query_scalar("PRAGMA integrity_check(3)").fetch_all(&self.pool).await;
        let found: Vec<String> = match checked {
            Ok(lines) => lines,
            Err(error) if trouble::is_damage(&error) => vec![error.to_string()],
            Err(error) => return Err(VerifyError::Unread(trouble::unreadable(error))),
        };
        if found == ["ok"] {
            return Ok(());
        }
        Err(damaged(None, format!("the file around the events is damaged ({})", found.join("; "))))
    }
}

fn unreadable(error: PageError, position: Position) -> VerifyError {
    match error {
        PageError::Unreadable(unreadable) => damaged(Some(position), format!("event {position} {}", unreadable.what)),
        PageError::Sqlite(error) if trouble::is_damage(&error) => {
            damaged(Some(position), format!("event {position} cannot be read ({error})"))
        }
        PageError::Sqlite(error) => VerifyError::Unread(trouble::unreadable(error)),
    }
}

fn unverified(error: sqlx::Error) -> VerifyError {
    if trouble::is_damage(&error) {
        damaged(Some(Position(1)), format!("the file is damaged ({error})"))
    } else {
        VerifyError::Unread(trouble::unreadable(error))
    }
}

fn damaged(position: Option<Position>, what: String) -> VerifyError {
    VerifyError::Damaged(Damage { position, what })
}
