//! The writer: one task owns the one connection that writes, and is never cancelled in the middle of a commit.

use std::path::PathBuf;
use std::sync::Arc;

use events::chain::Hash;
use events::envelope::{Draft, Recorded};
use events::number::{Epoch, Position};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _, Row as _};
use tokio::sync::{mpsc, oneshot, watch};

use super::ballast::Ballast;
use super::batch::{Batch, Head};
use super::error;
use super::row;
use crate::clock::Clock;
use crate::ports::{AppendError, Expected};

/// The most events of one commit: more would make the first caller wait for the last.
const EVENTS: usize = 512;

/// One caller's append.
pub(super) struct Append {
    pub(super) expected: Expected,
    pub(super) drafts: Vec<Draft>,
    pub(super) done: oneshot::Sender<Result<Vec<Recorded>, AppendError>>,
}

pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) connection: SqliteConnection,
    pub(super) genesis: Hash,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) head: watch::Sender<Position>,
    pub(super) ballast: Ballast,
}

/// What a caller is told once the commit is durable.
type Reply = (oneshot::Sender<Result<Vec<Recorded>, AppendError>>, Result<Vec<Recorded>, AppendError>);

impl Writer {
    /// Writes until every caller is gone: what queued up while one commit was on its way to the disk is the next.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Append>) {
        while let Some(first) = queue.recv().await {
            let mut appends = vec![first];
            let mut events = appends.iter().map(|it| it.drafts.len()).sum::<usize>();
            while events < EVENTS
                && let Ok(append) = queue.try_recv()
            {
                events += append.drafts.len();
                appends.push(append);
            }
            self.commit(appends).await;
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(path = %self.path.display(), %error, "the log was not closed cleanly");
        }
    }

    /// Writes one batch; every caller is told what became of its part.
    async fn commit(&mut self, appends: Vec<Append>) {
        let (mut asked, mut waiting) = (Vec::new(), Vec::new());
        for Append { expected, drafts, done } in appends {
            asked.push((expected, drafts));
            waiting.push(done);
        }
        let mut outcome = self.write(&asked).await;
        if outcome.as_ref().is_err_and(error::is_full) && self.ballast.give_up() {
            tracing::error!(path = %self.path.display(), "the disk is full: the reserve was given up; make space now");
            outcome = self.write(&asked).await;
        }
        match outcome {
            Ok((replies, position)) => {
                // Whoever is woken by the new head must find every caller answered.
                let replies: Vec<Reply> = waiting.into_iter().zip(replies).collect();
                for (done, reply) in replies {
                    // A caller that gave up waiting has its events in the log all the same.
                    let _ = done.send(reply);
                }
                self.head.send_if_modified(|head| std::mem::replace(head, position) != position);
                if self.ballast.is_given_up() {
                    self.ballast.restore();
                }
            }
            Err(fault) => {
                for done in waiting {
                    let _ = done.send(Err(error::append(&fault)));
                }
            }
        }
    }

    /// One transaction. An error leaves nothing of it behind, or all of it: then it is no error.
    async fn write(
        &mut self,
        asked: &[(Expected, Vec<Draft>)],
    ) -> Result<(Vec<Result<Vec<Recorded>, AppendError>>, Position), sqlx::Error> {
        let now = self.clock.now();
        self.connection.execute("BEGIN IMMEDIATE").await?;
        let (replies, rows, end, outcome) = {
            // Read anew every time: if somebody else wrote to the file, memory would be wrong.
            let head = match self.read_head().await {
                Ok(head) => head,
                Err(error) => {
                    self.roll_back().await;
                    return Err(error);
                }
            };
            let mut batch = Batch::new(&mut self.connection, head, now);
            let mut replies = Vec::new();
            let mut outcome = Ok(());
            for (expected, drafts) in asked {
                match batch.take(expected, drafts.clone()).await {
                    Ok(reply) => replies.push(reply),
                    Err(error) => {
                        outcome = Err(error);
                        break;
                    }
                }
            }
            if outcome.is_ok() {
                outcome = batch.insert().await;
            }
            (replies, batch.rows.len(), batch.head, outcome)
        };
        if let Err(error) = outcome {
            self.roll_back().await;
            return Err(error);
        }
        if rows == 0 {
            self.roll_back().await;
            return Ok((replies, end.position));
        }
        if let Err(error) = self.connection.execute("COMMIT").await {
            self.roll_back().await;
            // Committed but not told is committed.
            return match self.read_head().await {
                Ok(head) if head == end => Ok((replies, end.position)),
                Ok(_) | Err(_) => Err(error),
            };
        }
        Ok((replies, end.position))
    }

    async fn roll_back(&mut self) {
        // SQLite may have rolled back by itself, which is what was wanted.
        let _ = self.connection.execute("ROLLBACK").await;
    }

    /// The end of the log, as it is on disk.
    pub(super) async fn read_head(&mut self) -> Result<Head, sqlx::Error> {
        let row = sqlx::query("SELECT position, hash, executor_epoch FROM events ORDER BY position DESC LIMIT 1")
            .fetch_optional(&mut self.connection)
            .await?;
        let Some(row) = row else {
            return Ok(Head { position: Position(0), hash: self.genesis, epoch: Epoch(0) });
        };
        let unsigned = |column| row.try_get::<i64, _>(column).map(|it| u64::try_from(it).unwrap_or_default());
        Ok(Head { position: Position(unsigned(0)?), hash: row::hash(&row, 1)?, epoch: Epoch(unsigned(2)?) })
    }
}
