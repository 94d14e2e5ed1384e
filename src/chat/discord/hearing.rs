//! An interaction is heard: kept or answered by the reception, and answered to Discord in time.

use std::sync::Arc;
use std::time::Duration;

use commands::grammar::verb;
use reqwest::Method;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use super::answer::{Answer, Form};
use super::embeds::note;
use super::interaction::{Ears, Interaction, Unheard, Wish};
use super::line::Typing;
use super::press::{self, Asks};
use super::rest::{Rest, Trouble};
use super::tokens::{Token, Tokens};
use crate::chat::ChatError;
use crate::chat::reception::{Inbound, Reception, Said, Taken};
use crate::clock::Clock;

/// How long the reception may take before Discord is told that the answer comes later. Discord itself waits 3 s.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many interactions may be with the reception at once.
const ROOM: usize = 256;
/// How often a late answer is brought, and the pause between two attempts.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Hears interactions, from wherever they come in.
pub(super) struct Hearing {
    pub ears: Ears,
    pub reception: Arc<Reception>,
    pub rest: Arc<Rest>,
    pub tokens: Arc<Tokens>,
    pub clock: Arc<dyn Clock>,
    /// What is with the reception; waited for at the end.
    pub underway: TaskTracker,
}

impl Hearing {
    /// Hears one interaction. The answer is here within [`PATIENCE`]; if it only says that another will follow, nothing has
    /// been promised.
    pub(super) async fn hear(self: &Arc<Self>, raw: &Value) -> Result<Answer, Unheard> {
        let Interaction { id, token, speaker, place, wish } = match self.ears.hear(raw) {
            Ok(interaction) => interaction,
            Err(Unheard::Ping) => return Ok(Answer::Pong),
            Err(Unheard::Stranger(sentence)) => return Ok(Answer::Told(sentence.to_owned())),
            Err(Unheard::Stale) => {
                return Ok(Answer::Told(
                    "this button is of another time: nothing was done; `status` says how it stands".into(),
                ));
            }
            Err(Unheard::Unknown) => return Err(Unheard::Unknown),
        };
        let said = match wish {
            Wish::Complete(typing) => return Ok(Answer::Choices(self.choices(&typing))),
            Wish::Press(press, asks @ (Asks::Reason | Asks::Confirmation)) => return Ok(form(&press, asks)),
            Wish::Say(line) => Said::Line(line),
            Wish::Press(press, Asks::Nothing) => Said::Press(press, None),
            Wish::Explain(press, reason) => Said::Press(press, reason),
        };
        if self.underway.len() >= ROOM {
            return Ok(Answer::Told(
                "too much is being said at once: nothing was done; say it again in a moment".into(),
            ));
        }
        self.tokens.keep(&place, token.clone(), self.clock.elapsed());
        Ok(self.take(Inbound { speaker, id: id.to_string(), said, place }, token).await)
    }

    /// Ways to go on, as what takes the place of what was typed.
    fn choices(&self, typing: &Typing) -> Vec<String> {
        let offers = self.reception.complete(&typing.line);
        let kept = |start| if typing.is_whole { typing.line.get(..start) } else { None };
        offers.into_iter().map(|it| format!("{}{}", kept(it.start).unwrap_or_default(), it.text)).collect()
    }

    /// What the reception says of it, if it says so in time; otherwise, that is brought when it is there. The taking itself
    /// goes on whatever becomes of whoever waits here.
    async fn take(self: &Arc<Self>, inbound: Inbound, token: Token) -> Answer {
        let (sender, taken) = oneshot::channel();
        let hearing = Arc::clone(self);
        self.underway.spawn(async move {
            #[cfg(feature = "mutants")]
            let sender = if crate::mutants::acknowledges_unkept() {
                let _ = sender.send(told(Taken::Kept));
                oneshot::channel().0
            } else {
                sender
            };
            let taken = told(hearing.reception.take(inbound).await);
            if let Err(late) = sender.send(taken) {
                hearing.bring(&late, &token).await;
            }
        });
        match tokio::time::timeout(PATIENCE, taken).await {
            Ok(Ok(text)) => Answer::Told(text),
            Ok(Err(_)) | Err(_) => Answer::Later,
        }
    }

    /// Puts the answer where Discord says that one will come. Discord may not have heard so yet.
    async fn bring(&self, text: &str, token: &Token) {
        let path = format!("/webhooks/{}/{}/messages/@original", self.rest.application, token.expose());
        for _ in 0..ATTEMPTS {
            match self.rest.reply(Method::PATCH, &path, &note(text)).await {
                Ok(_) => return,
                Err(Trouble::Refused(_) | Trouble::Chat(ChatError::Passing(_))) => self.clock.pause(PAUSE).await,
                Err(Trouble::Chat(ChatError::Throttled { after })) => self.clock.pause(after.max(PAUSE)).await,
                Err(Trouble::Chat(ChatError::Gone | ChatError::Lasting(_))) => break,
            }
        }
        tracing::warn!("a late answer could not be brought to whoever asked");
    }
}

/// What is said of what the reception did.
fn told(taken: Taken) -> String {
    match taken {
        Taken::Answered(text) => text,
        Taken::Kept => "It is in the log, and is being decided: the answer comes here.".to_owned(),
        Taken::Again => "This came before, and was taken then.".to_owned(),
        Taken::Lost(why) => format!("Nothing was done, for this could not be kept: {why}"),
    }
}

/// A press that asks something first; the form brings it back as one that does not.
fn form(press: &str, asks: Asks) -> Answer {
    let said = press.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let summary = press.split(' ').next().and_then(verb).map_or("", |verb| verb.summary);
    Answer::Asks(Form {
        id: press::id_of(Asks::Nothing, press),
        title: said,
        hint: summary.to_owned(),
        is_required: asks == Asks::Reason,
    })
}
