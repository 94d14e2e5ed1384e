//! The one task that writes: it takes what has queued up, decides, writes it in one commit, and tells everybody.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use events::envelope::{EventId, Recorded, Stream};
use events::number::{Epoch, Position, Version};
use jiff::Timestamp;
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot, watch};

use super::ballast::Ballast;
use super::guard::{Guard, Marks};
use super::open::{self, Identity};
use super::record::{self, Inserts, integer};
use super::trouble::Trouble;
use crate::clock::Clock;
use crate::log::batch::{self, Known, Plan, Verdict, Wish};
use crate::ports::AppendError;

/// The most events that callers are put together to; a single caller may bring more.
const BATCH_EVENT_COUNT: usize = 512;

/// The most streams whose version is remembered.
const REMEMBERED_STREAM_COUNT: usize = 10_000;

/// What is asked of the writer.
#[derive(Debug)]
pub(super) enum Request {
    Append(Wish, oneshot::Sender<Result<Vec<Recorded>, AppendError>>),
    BeginEpoch(oneshot::Sender<Result<Epoch, AppendError>>),
    AllowPages(u32),
    Close,
}

/// A caller that waits.
type Caller = (Wish, oneshot::Sender<Result<Vec<Recorded>, AppendError>>);

/// Owns the connection that writes. Runs to the end of its queue and is never cancelled: a commit that nobody waits for
/// must still be known to have happened.
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    pub(super) file: PathBuf,
    pub(super) identity: Identity,
    pub(super) known: Known,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ballast: Arc<Ballast>,
    pub(super) head: watch::Sender<Position>,
    pub(super) inserts: Inserts,
    /// Whether `known` is what the disk says; not so after a commit whose outcome could not be read back.
    pub(super) is_sure: bool,
    /// Held until the last commit is done.
    pub(super) guard: Guard,
    pub(super) marks: Marks,
}

impl Writer {
    /// Serves `requests` until they are closed.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.recv().await {
            let mut callers: Vec<Caller> = Vec::new();
            let mut event_count = 0;
            let mut other = None;
            let mut next = Some(first);
            // No waiting for more: what queued up during the last commit is the batch.
            while let Some(request) = next.take() {
                if let Request::Append(wish, answer) = request {
                    event_count += wish.drafts.len();
                    callers.push((wish, answer));
                    if event_count < BATCH_EVENT_COUNT {
                        next = requests.try_recv().ok();
                    }
                } else {
                    other = Some(request);
                }
            }
            if !callers.is_empty() {
                self.serve(callers).await;
            }
            match other {
                Some(Request::BeginEpoch(answer)) => {
                    // A caller that is gone wants no epoch; the number is not used again either way.
                    let _ = answer.send(self.begin_epoch().await.map_err(AppendError::from));
                }
                Some(Request::AllowPages(count)) => self.allow_pages(count).await,
                Some(Request::Close) => requests.close(),
                Some(Request::Append(..)) | None => {}
            }
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, log = %self.file.display(), "the log was not closed cleanly; it is opened all the same");
        }
        drop(self.guard);
    }

    async fn serve(&mut self, callers: Vec<Caller>) {
        let (wishes, answers): (Vec<_>, Vec<_>) = callers.into_iter().unzip();
        let wishes: Vec<&Wish> = wishes.iter().collect();
        let outcome = self.settle(&wishes).await;
        let replies: Vec<Result<Vec<Recorded>, AppendError>> = match outcome {
            Ok((Plan { rows, verdicts, .. }, written)) => {
                verdicts.into_iter().map(|verdict| reply(verdict, &rows, &written)).collect()
            }
            Err(trouble) => wishes.iter().map(|_| Err(trouble.clone().into())).collect(),
        };
        for (answer, reply) in answers.into_iter().zip(replies) {
            // Nobody waits any more: the events are in the log all the same, and their ids say so.
            let _ = answer.send(reply);
        }
    }

    /// Decides and writes. First on memory alone, which is right nearly always and costs no read; the append-only
    /// trigger holds what memory claims against the disk. If anything is odd, once more on what the disk says.
    async fn settle(&mut self, wishes: &[&Wish]) -> Result<(Plan, Result<(), Trouble>), Trouble> {
        if !self.is_sure {
            self.refresh().await?;
        }
        self.learn_versions(wishes).await?;
        let plan = batch::plan(&self.known, wishes, &BTreeMap::new(), self.now());
        if plan.is_plain() {
            match self.write(&plan).await {
                Err(Trouble::Refused(_)) => {}
                written => return Ok((plan, written)),
            }
        }
        self.refresh().await?;
        self.learn_versions(wishes).await?;
        let recorded = self.recorded(wishes).await?;
        let plan = batch::plan(&self.known, wishes, &recorded, self.now());
        let written = self.write(&plan).await;
        Ok((plan, written))
    }

    /// Microseconds are what is stored, so they are what is hashed and answered.
    fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    async fn write(&mut self, plan: &Plan) -> Result<(), Trouble> {
        if plan.rows.is_empty() {
            return Ok(());
        }
        self.assert_in_place()?;
        let mut written = self.try_write(plan).await;
        if written == Err(Trouble::Full) && self.ballast.give_up() {
            written = self.try_write(plan).await;
        }
        if written.is_ok() {
            self.known = plan.after.clone();
            if self.known.versions.len() > REMEMBERED_STREAM_COUNT {
                self.known.versions.clear();
            }
            self.head.send_replace(self.known.head);
            // Moved just now: nobody may act on what the file in its place does not hold.
            self.assert_in_place()?;
        }
        written
    }

    /// The file that is written is the one that a new bot would open.
    fn assert_in_place(&self) -> Result<(), Trouble> {
        self.marks.moved().map_or(Ok(()), |what| Err(Trouble::Lost(what)))
    }

    async fn try_write(&mut self, plan: &Plan) -> Result<(), Trouble> {
        let rows = &plan.rows;
        #[cfg(feature = "mutants")]
        let rows = &crate::mutants::rows(rows);
        let Err(error) = self.inserts.write(&mut self.connection, rows).await else { return Ok(()) };
        let trouble = Trouble::of(&error);
        match &trouble {
            Trouble::Refused(_) | Trouble::Full | Trouble::Lost(_) => Err(trouble),
            Trouble::Broken(text) => {
                tracing::error!(error = text, log = %self.file.display(), "a commit failed");
                // An error on the way back from the disk says nothing about what is on it.
                self.is_sure = false;
                if self.refresh_to(Some(plan)).await? { Ok(()) } else { Err(trouble) }
            }
        }
    }

    async fn refresh(&mut self) -> Result<(), Trouble> {
        self.refresh_to(None).await.map(|_| ())
    }

    /// Reads the head from disk. `true`: it is where `plan` ends, so the plan was written after all. If it is neither
    /// there nor where it was, another process has written: it took over, and every epoch up to its own is fenced.
    async fn refresh_to(&mut self, plan: Option<&Plan>) -> Result<bool, Trouble> {
        let found = open::head(&mut self.connection, &self.file, &self.identity)
            .await
            .map_err(|error| Trouble::Broken(error.to_string()))?;
        self.is_sure = true;
        if plan.is_some_and(|plan| (plan.after.head, plan.after.hash) == (found.head, found.hash)) {
            return Ok(true);
        }
        if (found.head, found.hash) != (self.known.head, self.known.hash) {
            tracing::error!(head = %found.head, epoch = %found.epoch, log = %self.file.display(),
                "another process has written to the log: this bot appends nothing more");
            let epoch = self.known.epoch.max(found.epoch.next());
            self.known = Known { epoch, ..found };
            self.head.send_replace(self.known.head);
        }
        Ok(false)
    }

    async fn learn_versions(&mut self, wishes: &[&Wish]) -> Result<(), Trouble> {
        for wish in wishes {
            let stream: &Stream = &wish.expected.stream;
            if self.known.versions.contains_key(stream) {
                continue;
            }
            let newest: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM events WHERE stream = ?")
                .bind(stream.as_str())
                .fetch_one(&mut self.connection)
                .await
                .map_err(|error| Trouble::of(&error))?;
            self.known.versions.insert(stream.clone(), Version(u64::try_from(newest).unwrap_or(0)));
        }
        Ok(())
    }

    /// The events of the log that carry an id of these drafts.
    async fn recorded(&mut self, wishes: &[&Wish]) -> Result<BTreeMap<EventId, Recorded>, Trouble> {
        let ids: Vec<&str> =
            wishes.iter().flat_map(|wish| wish.drafts.iter().map(|draft| draft.event_id.as_str())).collect();
        let ids = serde_json::to_string(&ids).map_err(|error| Trouble::Broken(error.to_string()))?;
        let row = sqlx::query(super::read::PAGE_OF_IDS)
            .bind(ids)
            .fetch_one(&mut self.connection)
            .await
            .map_err(|error| Trouble::of(&error))?;
        let events = record::page(&row).map_err(|error| Trouble::of(&error))?;
        let events = events.map_err(|unreadable| Trouble::Broken(format!("an event {}", unreadable.what)))?;
        Ok(events.into_iter().map(|event| (event.event_id.clone(), event)).collect())
    }

    async fn begin_epoch(&mut self) -> Result<Epoch, Trouble> {
        self.refresh().await?;
        self.known.epoch = self.known.epoch.next();
        Ok(self.known.epoch)
    }

    async fn allow_pages(&mut self, count: u32) {
        let question = format!("PRAGMA max_page_count = {}", integer(count.into()));
        if let Err(error) = sqlx::query(sqlx::AssertSqlSafe(question)).execute(&mut self.connection).await {
            tracing::warn!(%error, "the size limit of the log could not be set");
        }
    }
}

fn reply(verdict: Verdict, rows: &[Recorded], written: &Result<(), Trouble>) -> Result<Vec<Recorded>, AppendError> {
    match verdict {
        Verdict::Rows(indices) => {
            written.clone()?;
            Ok(indices.into_iter().filter_map(|index| rows.get(index).cloned()).collect())
        }
        Verdict::Recorded(events) => Ok(events),
        Verdict::Refused(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use events::actor::Actor;
    use events::envelope::{Correlation, Draft};
    use sqlx::ConnectOptions as _;

    use super::super::migrate;
    use super::*;
    use crate::clock::SystemClock;
    use crate::ports::Expected;

    async fn writer(folder: &tempfile::TempDir) -> Writer {
        let file = folder.path().join("bot.log");
        let mut connection = open::writing(&file).connect().await.unwrap();
        migrate::migrate(&mut connection, &"0".repeat(32)).await.unwrap();
        let identity = open::identity(&mut connection).await.unwrap();
        let guard = Guard::take(&file).unwrap();
        Writer {
            known: open::head(&mut connection, &file, &identity).await.unwrap(),
            connection,
            identity,
            clock: Arc::new(SystemClock::new()),
            ballast: Arc::new(Ballast::new(&file, 0)),
            head: watch::channel(Position(0)).0,
            inserts: Inserts::new(),
            is_sure: true,
            marks: guard.marks(&file).unwrap(),
            guard,
            file,
        }
    }

    fn wish(id: &str) -> Wish {
        let draft = Draft {
            event_id: EventId(id.to_owned()),
            kind: "LockTaken".to_owned(),
            schema_version: 1,
            actor: Actor::console(1000),
            correlation: Correlation("c".to_owned()),
            causation: None,
            payload: "{}".to_owned(),
        };
        let expected = Expected { stream: Stream::bot(), version: Version(0), epoch: Epoch(1) };
        Wish { expected, drafts: vec![draft] }
    }

    /// A commit whose answer was an error, and which is on disk all the same.
    #[tokio::test]
    async fn a_commit_that_happened_is_recognised_whatever_its_answer_was() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder).await;
        let wish = wish("a");
        writer.learn_versions(&[&wish]).await.unwrap();
        let plan = batch::plan(&writer.known, &[&wish], &BTreeMap::new(), writer.now());
        assert_eq!(writer.refresh_to(Some(&plan)).await, Ok(false), "nothing is on disk yet");
        assert_eq!(writer.known.epoch, Epoch(0), "and nobody else has written");
        writer.inserts.write(&mut writer.connection, &plan.rows).await.unwrap();
        assert_eq!(writer.refresh_to(Some(&plan)).await, Ok(true));
        assert_eq!(writer.known.head, Position(0), "what is known changes with the plan, not before");
        assert_eq!(writer.refresh_to(None).await, Ok(false));
        assert_eq!((writer.known.head, writer.known.epoch), (Position(1), Epoch(2)), "somebody else has written");
    }
}
