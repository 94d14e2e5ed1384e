//! A delivery is heard: kept or answered by the reception, and answered to Slack in time.

use std::sync::Arc;
use std::time::Duration;

use commands::card::answer;
use commands::grammar::{Directory, verb};
use commands::speaker::Speaker;
use events::actor::Actor;
use events::name::SiteName;
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use super::answer::Answer;
use super::blocks::{PRESS, REASON};
use super::form::{self, About, Wants};
use super::groups::Groups;
use super::messages::Messages;
use super::payload::{Payload, Wish};
use crate::chat::{Chat as _, ChatError, Inbound, Place, Platform, Reception, Said, Taken};
use crate::clock::Clock;

/// How long the reception may take before Slack is told that the answer comes later. Slack itself waits 3 s.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// How many deliveries may be with the reception at once.
const ROOM: usize = 256;
/// How often a late answer is brought.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Hears deliveries, from wherever they come in.
pub(super) struct Hearing {
    pub team: String,
    pub app: String,
    pub directory: Directory,
    pub reception: Arc<Reception>,
    pub messages: Arc<Messages>,
    pub groups: Arc<Groups>,
    pub clock: Arc<dyn Clock>,
    /// What is with the reception; waited for at the end.
    pub underway: TaskTracker,
}

/// What follows from a delivery.
enum Meant {
    Take(Inbound),
    Ask { about: About, choices: Vec<SiteName>, trigger: String },
    Tell(&'static str),
}

/// What Slack does with the answer to a delivery.
#[derive(Clone, Copy)]
enum Room {
    /// Shows it.
    ForAnswer,
    /// Nothing; but a delivery that was not taken comes again.
    ForAnotherTry,
    None,
}

impl Room {
    fn of(wish: &Wish) -> Self {
        match wish {
            Wish::Command { .. } => Self::ForAnswer,
            Wish::Mention { .. } => Self::ForAnotherTry,
            Wish::Press { .. } | Wish::Form { .. } => Self::None,
        }
    }
}

#[derive(Deserialize)]
struct Opened {}

impl Hearing {
    /// Hears one delivery. The answer is here within [`PATIENCE`].
    pub(super) async fn hear(self: &Arc<Self>, payload: Payload) -> Answer {
        let room = Room::of(&payload.wish);
        let place = Self::place(&payload);
        let answer = match self.meant(payload) {
            Meant::Tell(sentence) => Answer::Told(sentence.to_owned()),
            Meant::Ask { about, choices, trigger } => {
                self.open(about, choices, trigger, place.clone());
                return Answer::Taken;
            }
            Meant::Take(_) if self.underway.len() >= ROOM => {
                Answer::Refused("too much is being said at once: nothing was done; say it again in a moment".to_owned())
            }
            Meant::Take(inbound) => self.take(inbound).await,
        };
        match (answer, room) {
            (answer, Room::ForAnswer) => answer,
            (Answer::Refused(why), Room::ForAnotherTry) => Answer::Refused(why),
            (Answer::Kept | Answer::Taken, Room::None | Room::ForAnotherTry) => Answer::Taken,
            (Answer::Told(text) | Answer::Refused(text), Room::None | Room::ForAnotherTry) => {
                self.bring(text, place);
                Answer::Taken
            }
        }
    }

    fn place(payload: &Payload) -> Place {
        let of_form = match &payload.wish {
            Wish::Form { about, .. } => About::read(about).map(|it| it.channel),
            Wish::Command { .. } | Wish::Press { .. } | Wish::Mention { .. } => None,
        };
        // Where nothing else is known, their own conversation with the app.
        let channel = payload.channel.clone().or(of_form).unwrap_or_else(|| payload.user.clone());
        Place { platform: Platform::Slack, channel, user: Some(payload.user.clone()) }
    }

    fn meant(&self, payload: Payload) -> Meant {
        if payload.team != self.team {
            return Meant::Tell("this bot works for another workspace: nothing was done");
        }
        let app = payload.app.clone();
        #[cfg(feature = "mutants")]
        let app = crate::mutants::meant_for(app);
        if app.is_some_and(|it| it != self.app) {
            return Meant::Tell("this was meant for another app: nothing was done");
        }
        let Some(actor) = Actor::slack(&payload.team, &payload.user) else {
            return Meant::Tell("who says this can't be told: nothing was done");
        };
        let place = Self::place(&payload);
        let channel = place.channel.clone();
        let ask = |wants, choices, trigger: &Option<String>| {
            let about = About { channel, wants };
            trigger.clone().map(|trigger| Meant::Ask { about, choices, trigger })
        };
        let said = match payload.wish {
            Wish::Command { name, text } => {
                let line = line(&name, &text);
                if let Some((wants, choices)) = form::lacking(&line, &self.directory)
                    && let Some(meant) = ask(wants, choices, &payload.trigger)
                {
                    return meant;
                }
                Said::Line(line)
            }
            Wish::Mention { text } => Said::Line(text),
            Wish::Press { action, value } => match action.split('/').next() {
                Some(PRESS) => Said::Press(value, None),
                Some(REASON) => match ask(Wants::ReasonOfPress(value), Vec::new(), &payload.trigger) {
                    Some(meant) => return meant,
                    None => return Meant::Tell("Slack lets nobody ask for the reason: say it in words"),
                },
                Some(_) | None => return Meant::Tell("this button is none of this bot's: nothing was done"),
            },
            Wish::Form { about, given } => match About::read(&about) {
                Some(about) => about.said(&given),
                None => return Meant::Tell("this form is none of this bot's: nothing was done"),
            },
        };
        let groups = self.groups.of(&payload.user, self.clock.elapsed());
        Meant::Take(Inbound { speaker: Speaker { actor, groups }, id: payload.id, said, place })
    }

    /// What the reception says of it, if it says so in time; otherwise, that is brought when it is there. The taking itself
    /// goes on whatever becomes of whoever waits here.
    async fn take(self: &Arc<Self>, inbound: Inbound) -> Answer {
        let (sender, taken) = oneshot::channel();
        let hearing = Arc::clone(self);
        self.underway.spawn(async move {
            let place = inbound.place.clone();
            #[cfg(feature = "mutants")]
            let sender = if crate::mutants::acknowledges_unkept() {
                let _ = sender.send(Answer::Kept);
                oneshot::channel().0
            } else {
                sender
            };
            let answer = answered(hearing.reception.take(inbound).await);
            if let Err(Answer::Told(text) | Answer::Refused(text)) = sender.send(answer) {
                hearing.whisper(&text, &place).await;
            }
        });
        match tokio::time::timeout(PATIENCE, taken).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => {
                Answer::Refused("this takes longer than Slack waits: `status` says whether it was taken".to_owned())
            }
        }
    }

    /// Tells somebody something, without anybody waiting for it.
    fn bring(self: &Arc<Self>, text: String, place: Place) {
        let hearing = Arc::clone(self);
        self.underway.spawn(async move { hearing.whisper(&text, &place).await });
    }

    async fn whisper(&self, text: &str, place: &Place) {
        for _ in 0..ATTEMPTS {
            match self.messages.whisper(place, &answer(text, false)).await {
                Ok(()) => return,
                Err(ChatError::Passing(_)) => self.clock.pause(PAUSE).await,
                Err(ChatError::Throttled { after }) => self.clock.pause(after.max(PAUSE)).await,
                Err(ChatError::Lasting(_) | ChatError::Gone) => break,
            }
        }
        tracing::warn!("an answer could not be brought to whoever asked");
    }

    /// Opens a form. Nothing was done yet, so nothing is kept; one that does not open is said in words.
    fn open(self: &Arc<Self>, about: About, choices: Vec<SiteName>, trigger: String, place: Place) {
        let hearing = Arc::clone(self);
        self.underway.spawn(async move {
            let Some(view) = about.view(&trigger, &choices) else { return };
            let opened: Result<Opened, ChatError> = hearing.messages.web.ask("views.open", &view).await;
            if let Err(error) = opened {
                tracing::warn!(%error, "a form could not be opened");
                hearing
                    .whisper("the form could not be opened, and nothing was done: say it whole, in words", &place)
                    .await;
            }
        });
    }
}

/// What is said of what the reception did.
fn answered(taken: Taken) -> Answer {
    match taken {
        Taken::Answered(text) => Answer::Told(text),
        Taken::Kept => Answer::Kept,
        Taken::Again => Answer::Taken,
        Taken::Lost(why) => Answer::Refused(format!("Nothing was done, for this could not be kept: {why}")),
    }
}

/// The line that a command stands for: `/deploy …`, `/changeover VERB …`.
fn line(name: &str, text: &str) -> String {
    let text = text.trim();
    match (verb(name), text) {
        (Some(verb), text) => format!("{} {text}", verb.name).trim_end().to_owned(),
        (None, "") => "help".to_owned(),
        (None, text) => text.to_owned(),
    }
}
