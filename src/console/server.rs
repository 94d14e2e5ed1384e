//! The bot's side of the console.

use std::sync::Arc;
use std::time::Duration;

use commands::answer::Replay;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::envelope::Recorded;
use events::fact::{Event, RunEvent, RunOutcome};
use events::fold::State;
use events::name::SiteName;
use events::number::{Position, RunNumber};
use events::wire;
use tokio::io::BufReader;
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Answer, Request};
use crate::clock::Clock;
use crate::control::{is_owner, receive, send};
use crate::desk::{Desk, Followed, Line};

/// How many events one read takes.
const PAGE: usize = 512;
/// How many consoles may be connected at once.
const CONSOLES: usize = 64;
/// How long a console may take to read what it is sent.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers consoles on `listener` until told to stop.
pub async fn serve(listener: UnixListener, desk: Arc<Desk>, clock: Arc<dyn Clock>, stopped: CancellationToken) {
    let consoles = TaskTracker::new();
    loop {
        let stream = tokio::select! {
            () = stopped.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a console could not be accepted");
                    clock.pause(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        if !is_owner(&stream) || consoles.len() >= CONSOLES {
            tracing::warn!(consoles = consoles.len(), "a console of another user, or one too many, was closed");
            continue;
        }
        let console = Console { desk: desk.clone(), stopped: stopped.clone() };
        consoles.spawn(console.run(stream));
    }
    consoles.close();
    consoles.wait().await;
}

struct Console {
    desk: Arc<Desk>,
    stopped: CancellationToken,
}

impl Console {
    async fn run(self, stream: UnixStream) {
        let uid = stream.peer_cred().map(|peer| peer.uid());
        let Ok(actor) = uid.map(Actor::console) else { return };
        let (reader, mut writer) = stream.into_split();
        let mut reader = BufReader::new(reader);
        loop {
            let line = tokio::select! {
                () = self.stopped.cancelled() => return,
                line = receive(&mut reader) => line,
            };
            let Ok(Some(line)) = line else { return };
            let done = match serde_json::from_str::<Request>(&line) {
                Ok(Request::Say { line, id, follow }) => {
                    let line = Line {
                        speaker: Speaker::alone(actor.clone()),
                        id: format!("{actor}/{id}"),
                        text: line,
                        shown: None,
                        place: None,
                    };
                    self.say(&line, follow, &mut writer).await
                }
                Ok(Request::Watch) => self.watch(&mut writer).await,
                Err(error) => {
                    let sentence = format!("that is no request of this version: {error}");
                    write(&mut writer, &Answer::Failed { sentence }).await
                }
            };
            if done.is_none() {
                return;
            }
        }
    }

    async fn say(&self, line: &Line, follow: bool, writer: &mut OwnedWriteHalf) -> Option<()> {
        let heard = match self.desk.hear(line).await {
            Ok(heard) => heard,
            Err(error) => return write(writer, &Answer::Failed { sentence: error.to_string() }).await,
        };
        let said = Answer::Said {
            text: heard.reply.to_string(),
            detail: serde_json::to_value(&heard.reply).unwrap_or_default(),
            is_refused: heard.is_refused,
            run: heard.run.as_ref().map(|it| it.run),
            confirm: heard.confirm,
        };
        write(writer, &said).await?;
        match heard.run.filter(|_| follow) {
            Some(followed) => self.follow(followed, writer).await,
            None => Some(()),
        }
    }

    /// Tells a run from after `from` until it is over, or waits for a person.
    async fn follow(&self, followed: Followed, writer: &mut OwnedWriteHalf) -> Option<()> {
        let Followed { site, run, from, before } = followed;
        let state = match before {
            Some(before) => State { position: from, sites: [(site.clone(), *before)].into(), ..State::default() },
            None => self.state_at(from).await?,
        };
        let mut replay = Replay::after(&site, Some(run), state);
        let mut head = self.desk.book.head();
        let mut position = from;
        loop {
            head.mark_unchanged();
            let page = self.desk.book.log().after(position, PAGE).await.ok()?;
            for recorded in &page {
                position = recorded.position;
                if let Some(told) = replay.tell(recorded) {
                    write(writer, &Answer::Told { site: site.clone(), told }).await?;
                }
                match end(recorded, &site, run) {
                    Some(End::Ended(outcome)) => {
                        return write(writer, &Answer::Ended { site: site.clone(), run, outcome }).await;
                    }
                    Some(End::Waits) => return write(writer, &Answer::Waits { site: site.clone(), run }).await,
                    None => {}
                }
            }
            if page.len() < PAGE {
                self.news(&mut head).await?;
            }
        }
    }

    /// Tells everything that happens from now on.
    async fn watch(&self, writer: &mut OwnedWriteHalf) -> Option<()> {
        let mut state = self.desk.book.state();
        let mut head = self.desk.book.head();
        loop {
            head.mark_unchanged();
            let page = self.desk.book.log().after(state.position, PAGE).await.ok()?;
            for recorded in &page {
                let site = recorded.stream.as_str().parse::<SiteName>();
                let before = state.clone();
                state.apply(recorded);
                let Ok(site) = site else { continue };
                if let Some(told) = Replay::after(&site, None, before).tell(recorded) {
                    write(writer, &Answer::Told { site, told }).await?;
                }
            }
            if page.len() < PAGE {
                self.news(&mut head).await?;
            }
        }
    }

    /// The state as it was after `position`; what the book has is too new to tell a run from its beginning.
    async fn state_at(&self, position: Position) -> Option<State> {
        let now = self.desk.book.state();
        if now.position <= position {
            return Some(now);
        }
        let mut state = State::default();
        loop {
            let page = self.desk.book.log().after(state.position, PAGE).await.ok()?;
            for recorded in &page {
                if recorded.position > position {
                    return Some(state);
                }
                state.apply(recorded);
            }
            if page.len() < PAGE {
                return Some(state);
            }
        }
    }

    async fn news(&self, head: &mut tokio::sync::watch::Receiver<Position>) -> Option<()> {
        tokio::select! {
            () = self.stopped.cancelled() => None,
            changed = head.changed() => changed.ok(),
        }
    }
}

enum End {
    Ended(RunOutcome),
    Waits,
}

fn end(recorded: &Recorded, site: &SiteName, run: RunNumber) -> Option<End> {
    if recorded.stream.as_str() != site.to_string() {
        return None;
    }
    let Ok(Event::Run(event)) = wire::decode(recorded) else { return None };
    match event {
        RunEvent::Finished { run: number, outcome } if number == run => Some(End::Ended(outcome)),
        RunEvent::Stuck { run: number, .. } if number == run => Some(End::Waits),
        RunEvent::Requested { .. }
        | RunEvent::Aborted { .. }
        | RunEvent::Stuck { .. }
        | RunEvent::Resumed { .. }
        | RunEvent::PeopleCalled { .. }
        | RunEvent::Finished { .. } => None,
    }
}

/// Writes one answer; none when the console is gone, or does not read.
async fn write(writer: &mut OwnedWriteHalf, answer: &Answer) -> Option<()> {
    tokio::time::timeout(PATIENCE, send(writer, answer)).await.ok()?.ok()
}
