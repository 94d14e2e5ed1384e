//! What happened in a channel, to be read from above to below.

use std::time::Duration;

use super::{Shown, Talk, Typed, Who};
use crate::kit::within;

/// How long anything of the day may take: messages are changed every few seconds at most.
const LONG: Duration = Duration::from_mins(3);

/// A day that is being told.
pub(crate) struct Page<'a, T> {
    talk: &'a T,
    text: Vec<String>,
}

impl<'a, T: Talk> Page<'a, T> {
    pub(crate) fn new(talk: &'a T) -> Self {
        Self { talk, text: Vec::new() }
    }

    pub(crate) fn text(&self) -> String {
        self.text.join("\n\n")
    }

    pub(crate) async fn types(&mut self, who: Who, typed: &Typed) {
        let answer = self.talk.types(who, typed).await;
        self.answered(who, &format!("/{} {}", typed.verb, typed.rest), &answer);
    }

    pub(crate) async fn presses(&mut self, who: Who, message: &Shown, label: &str, why: &str) -> Shown {
        let answer = self.talk.presses(who, message.button(label), why).await;
        let why = if why.is_empty() { String::new() } else { format!(", because: {why}") };
        self.answered(who, &format!("[ {label} ]{why}"), &answer);
        answer
    }

    fn answered(&mut self, who: Who, what: &str, answer: &Shown) {
        let name = who.name();
        self.text.push(format!("{name}> {what}\n   (to {name} alone) {}", answer.answer()));
    }

    /// Waits until the channel shows a message whose headline begins like this, and which is so; tells it.
    pub(crate) async fn shows(&mut self, headline: &str, is_so: impl Fn(&Shown) -> bool) -> Shown {
        let shown = within(LONG, headline, async || {
            let messages = self.talk.channel();
            messages.into_iter().rev().find(|it| it.headline.starts_with(headline) && is_so(it))
        })
        .await;
        self.text.push(shown.told());
        shown
    }
}
