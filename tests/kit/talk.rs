//! Talking to the bot as a console does.

use changeover::clock::SystemClock;
use changeover::console::client::{Connection, delivery_id};
use changeover::console::{Answer, Request};
use changeover::control::ControlError;
use events::fact::RunOutcome;
use events::number::RunNumber;

use super::{PATIENCE, Shop};

/// What the bot answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) is_refused: bool,
    pub(crate) run: Option<RunNumber>,
}

/// How a followed run came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Finished(RunOutcome),
    /// It waits for a person.
    Waits,
}

impl Shop {
    /// Says a line.
    pub(crate) async fn say(&self, line: &str) -> Said {
        self.try_say(line, &delivery_id(&SystemClock::new())).await.unwrap()
    }

    /// Says a line by a name, and means it; an error when the answer is lost.
    pub(crate) async fn try_say(&self, line: &str, id: &str) -> Result<Said, ControlError> {
        match self.say_once(line, id).await? {
            (_, Some(confirm)) => Ok(self.say_once(&confirm, &format!("{id}/yes")).await?.0),
            (said, None) => Ok(said),
        }
    }

    /// Says a line by a name; and what confirms it, if it can't be taken back.
    pub(crate) async fn say_once(&self, line: &str, id: &str) -> Result<(Said, Option<String>), ControlError> {
        let answered = async {
            let mut connection = Connection::open(&self.path("changeover.sock")).await?;
            connection.ask(&Request::Say { line: line.to_owned(), id: id.to_owned(), follow: false }).await?;
            match connection.next().await? {
                Some(Answer::Said { text, is_refused, run, confirm, .. }) => {
                    Ok((Said { text, is_refused, run }, confirm))
                }
                Some(other) => panic!("{line}: {other:?}"),
                None => Err(ControlError::Broken {
                    socket: "the console".to_owned(),
                    source: std::io::ErrorKind::UnexpectedEof.into(),
                }),
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.unwrap_or_else(|_| panic!("no answer to {line:?}"))
    }

    /// Says a line that begins a run, and gives its number.
    pub(crate) async fn begins(&self, line: &str) -> RunNumber {
        let said = self.say(line).await;
        assert!(!said.is_refused, "{line}: {said:?}");
        said.run.unwrap_or_else(|| panic!("{line}: {said:?}"))
    }

    /// Says a line that must be refused, and gives the sentence.
    pub(crate) async fn refuses(&self, line: &str) -> String {
        let said = self.say(line).await;
        assert!(said.is_refused, "{line}: {said:?}");
        said.text
    }

    /// Says a line, and follows its run until it rests.
    pub(crate) async fn runs(&self, line: &str) -> End {
        let followed = async {
            let mut connection = Connection::open(&self.path("changeover.sock")).await.unwrap();
            let id = delivery_id(&SystemClock::new());
            connection.ask(&Request::Say { line: line.to_owned(), id: id.clone(), follow: true }).await.unwrap();
            loop {
                match connection.next().await.unwrap().unwrap() {
                    Answer::Said { confirm: Some(line), .. } => {
                        let id = format!("{id}/yes");
                        connection.ask(&Request::Say { line, id, follow: true }).await.unwrap();
                    }
                    Answer::Said { is_refused: false, .. } | Answer::Told { .. } => {}
                    Answer::Ended { outcome, .. } => return End::Finished(outcome),
                    Answer::Waits { .. } => return End::Waits,
                    other @ (Answer::Said { .. } | Answer::Failed { .. }) => panic!("{line}: {other:?}"),
                }
            }
        };
        if let Ok(end) = tokio::time::timeout(PATIENCE, followed).await {
            return end;
        }
        panic!("no end of {line:?}: {}", self.prints(&["status"]).await);
    }

    /// Says a line whose run must succeed.
    pub(crate) async fn succeeds(&self, line: &str) {
        let end = self.runs(line).await;
        assert_eq!(end, End::Finished(RunOutcome::Succeeded), "{line}: {}", self.why().await);
    }

    /// Says a line whose run must turn back, and gives the reason.
    pub(crate) async fn turns_back(&self, line: &str) -> String {
        assert_eq!(self.runs(line).await, End::Finished(RunOutcome::TurnedBack), "{line}");
        self.why().await
    }
}
