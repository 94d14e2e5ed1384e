//! Where the lines of every front end come in: understood, decided or answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use commands::answer::whoami;
use commands::grammar::{self, Directory};
use commands::order::{Command, Order, Question};
use commands::refusal::Refusal;
use commands::sentence;
use commands::speaker::Speaker;
use events::chat::{Place, Shown};
use events::fact::{ConfirmationEvent, Event, OrderEvent, RunEvent};
use events::fold::Site;
use events::name::SiteName;
use events::number::{Position, RunNumber};
use events::wire;

use crate::engine::orders::{Delivered, Orders, Said};
use crate::engine::{Book, Room};
use crate::ports::{AppendError, LogReader, ReadError};
use crate::questions::{self, Reply};

/// One line as it was delivered.
#[derive(Debug, Clone)]
pub struct Line {
    pub speaker: Speaker,
    /// Names the delivery for ever: the same delivery twice is decided once.
    pub id: String,
    pub text: String,
    /// Where it was pressed and not typed: what the button took for granted.
    pub shown: Option<Shown>,
    /// Where it was said; none for the console.
    pub place: Option<Place>,
}

/// What a line came to.
#[derive(Debug, Clone)]
pub struct Heard {
    pub reply: Reply,
    /// The run that a follower would follow.
    pub run: Option<Followed>,
    /// Whether nothing came of it.
    pub is_refused: bool,
    /// What is to be said before anything comes of it: it can't be taken back.
    pub confirm: Option<String>,
}

/// A run, and where its telling begins.
#[derive(Debug, Clone)]
pub struct Followed {
    pub site: SiteName,
    pub run: RunNumber,
    /// It is told from the event after this one.
    pub from: Position,
    /// The site as it was then, where that is known without reading the log again.
    pub before: Option<Box<Site>>,
}

/// Why a line got no answer.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Takes lines.
pub struct Desk {
    pub book: Arc<Book>,
    pub orders: Arc<Orders>,
    pub rooms: BTreeMap<SiteName, Arc<Room>>,
    pub directory: Directory,
    /// Lines that were no command; counted, never stored.
    pub nonsense: AtomicU64,
}

impl Desk {
    /// Understands one line, and decides or answers it.
    pub async fn hear(&self, line: &Line) -> Result<Heard, DeskError> {
        match grammar::parse(&line.text, &self.directory) {
            Err(misread) => {
                if misread.is_nonsense() {
                    self.nonsense.fetch_add(1, Ordering::Relaxed);
                } else {
                    self.orders.misread(&line.speaker.actor, &line.id, misread.code()).await?;
                }
                Ok(refused(misread.to_string()))
            }
            Ok(Command::Question { site, question }) => {
                let reply = self.answer(line, site.as_ref(), &question).await?;
                Ok(Heard { reply, run: None, is_refused: false, confirm: None })
            }
            Ok(Command::Order { site, order }) => self.decide(line, &site, order).await,
        }
    }

    async fn decide(&self, line: &Line, name: &SiteName, order: Order) -> Result<Heard, DeskError> {
        let Some(room) = self.rooms.get(name) else {
            return Ok(refused(format!("{name} is not in the configuration; `status` lists the sites")));
        };
        let delivered = Delivered {
            speaker: line.speaker.clone(),
            id: line.id.clone(),
            order,
            shown: line.shown.clone(),
            place: line.place.clone(),
        };
        Ok(match self.orders.take(room, &delivered).await? {
            Said::Refused(refusal) => refused(told(name, &refusal)),
            Said::Planned(report) => Heard { reply: Reply::Plan(report), run: None, is_refused: false, confirm: None },
            Said::Done { sentences, recorded, before } => {
                let reply = Reply::Text(format!("{name}: {}", sentences.join(" ")));
                let first = recorded.first();
                let event = first.and_then(|it| wire::decode(it).ok());
                let confirm = event.as_ref().and_then(asked);
                let is_of_run = event.as_ref().is_some_and(is_of_run);
                let run = first.filter(|_| is_of_run).and_then(|it| self.followed(name, it.position));
                let run = run.map(|it| Followed { before: Some(before), ..it });
                Heard { reply, run, is_refused: false, confirm }
            }
            Said::Before { recorded } => match wire::decode(&recorded) {
                Ok(Event::Order(OrderEvent::Refused { code, .. })) => {
                    refused(format!("{name}: this was refused when it came first ({code}); say it again to hear why"))
                }
                Ok(event) => {
                    let confirm = asked(&event);
                    // What would be lost, and what waits before it, is told by the site as it stands.
                    let before = if is_of_run(&event) { Site::default() } else { self.book.site(name) };
                    Heard {
                        reply: Reply::Text(format!("{name}: {}", sentence::fact(&event, &before))),
                        run: self.requested(name, &event, recorded.position).filter(|_| is_of_run(&event)),
                        is_refused: false,
                        confirm,
                    }
                }
                Err(error) => refused(format!("{name}: {error}")),
            },
        })
    }

    /// The run that an order began, or turned around.
    fn followed(&self, name: &SiteName, position: Position) -> Option<Followed> {
        Some(followed(name, self.book.site(name).run?.number, position))
    }

    fn requested(&self, name: &SiteName, event: &Event, position: Position) -> Option<Followed> {
        match event {
            Event::Run(RunEvent::Requested { run, .. } | RunEvent::Aborted { run, .. }) => {
                Some(followed(name, *run, position))
            }
            Event::Run(_)
            | Event::Site(_)
            | Event::Step(_)
            | Event::Approval(_)
            | Event::Confirmation(_)
            | Event::Queue(_)
            | Event::Window(_)
            | Event::Lock(_)
            | Event::Order(_)
            | Event::Bot(_)
            | Event::Inbox(_)
            | Event::Chat(_) => self.followed(name, position),
        }
    }

    async fn answer(&self, line: &Line, site: Option<&SiteName>, question: &Question) -> Result<Reply, DeskError> {
        self.book.catch_up().await?;
        let log: &dyn LogReader = self.book.log().as_ref();
        let Some(name) = site.or_else(|| self.only_site()) else {
            return Ok(match question {
                Question::Help { verb } => Reply::Text(grammar::help(verb.as_deref())),
                Question::WhoAmI => Reply::Text(self.who(&line.speaker)),
                Question::Status => questions::status_of(&self.book.state(), None),
                Question::History { .. }
                | Question::Why { .. }
                | Question::Replay { .. }
                | Question::Plan { .. }
                | Question::Preflight
                | Question::Standing => {
                    Reply::Text("which site? `status` lists them; name one as SERVICE/STAGE".to_owned())
                }
            });
        };
        Ok(match question {
            Question::Help { verb } => Reply::Text(grammar::help(verb.as_deref())),
            Question::WhoAmI => Reply::Text(self.who(&line.speaker)),
            Question::Status => questions::status_of(&self.book.state(), Some(name)),
            Question::History { limit } => questions::history(log, name, *limit, None).await?,
            Question::Why { run } => questions::why(log, name, *run, None).await?,
            Question::Replay { run, until } => questions::replay(log, name, *run, *until).await?,
            Question::Plan { run } => questions::plan_of(log, name, *run).await?,
            Question::Preflight | Question::Standing => self.ask_databases(name, question).await,
        })
    }

    /// What the databases say right now; the log does not know it.
    async fn ask_databases(&self, name: &SiteName, question: &Question) -> Reply {
        let Some(room) = self.rooms.get(name) else {
            return Reply::Text(format!("{name} is not in the configuration; `status` lists the sites"));
        };
        let told = if *question == Question::Preflight {
            room.preflight().await.map(Reply::Preflight)
        } else {
            room.standing().await.map(|it| Reply::Standing(Box::new(it)))
        };
        told.unwrap_or_else(|fault| Reply::Text(format!("{name}: {fault}")))
    }

    fn who(&self, speaker: &Speaker) -> String {
        whoami(&self.orders.policy, speaker, self.rooms.keys())
    }

    fn only_site(&self) -> Option<&SiteName> {
        let mut names = self.rooms.keys();
        names.next().filter(|_| names.next().is_none())
    }
}

/// A run that is told from the event at `position` on.
fn followed(name: &SiteName, run: RunNumber, position: Position) -> Followed {
    Followed { site: name.clone(), run, from: Position(position.0.saturating_sub(1)), before: None }
}

fn told(name: &SiteName, refusal: &Refusal) -> String {
    format!("{name}: {refusal}")
}

/// Whether it has to do with the open run, so that somebody may follow that: nothing is begun that is to be confirmed, or
/// waits for its turn.
fn is_of_run(event: &Event) -> bool {
    asked(event).is_none() && !matches!(event, Event::Queue(_))
}

/// What confirms it, where somebody was asked to.
fn asked(event: &Event) -> Option<String> {
    match event {
        Event::Confirmation(ConfirmationEvent::Asked { confirm, .. }) => Some(confirm.clone()),
        Event::Confirmation(ConfirmationEvent::Given {})
        | Event::Queue(_)
        | Event::Run(_)
        | Event::Site(_)
        | Event::Step(_)
        | Event::Approval(_)
        | Event::Window(_)
        | Event::Lock(_)
        | Event::Order(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => None,
    }
}

fn refused(sentence: String) -> Heard {
    Heard { reply: Reply::Text(sentence), run: None, is_refused: true, confirm: None }
}
