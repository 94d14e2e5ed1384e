//! What people were answered, held against the log.

use std::collections::BTreeMap;

use changeover::desk::Heard;
use commands::grammar::{Directory, parse};
use commands::order::Command;
use events::envelope::EventId;

use crate::toy::given;
use crate::toy::world::{Told, World};

/// Every answer, by the name of its delivery: whether it was a refusal.
#[derive(Default)]
pub(super) struct Register {
    answers: BTreeMap<String, bool>,
}

impl Register {
    /// What was answered is a sentence, is in the log if it has to be, and is the same when it is asked for again.
    pub(super) fn judge(&mut self, world: &mut World, id: &str, text: &str, heard: &Result<Heard, String>) {
        let heard = match heard {
            Ok(heard) => heard,
            // The only thing that a bot may not be able to answer for.
            Err(error) if error.contains("disk is full") => {
                return world.tell(|| Told::Answer(error.clone()));
            }
            Err(error) => return world.accuse(format!("a line is not answered: {error}")),
        };
        let sentence = heard.reply.to_string();
        world.tell(|| Told::Answer(sentence.clone()));
        if sentence.trim().is_empty() {
            world.accuse(format!("the answer to {text} is empty"));
        }
        let directory = Directory::new([given::site()]);
        let (is_dry, is_logged) = match parse(text, &directory) {
            Ok(Command::Order { order, .. }) => (order.is_dry(), !order.is_dry() || heard.is_refused),
            Ok(Command::Question { .. }) => (false, false),
            Err(misread) => (false, !misread.is_nonsense()),
        };
        let found = world.journal.find(&EventId(format!("{id}/0"))).map(|it| it.kind.clone());
        match (&found, is_logged) {
            (Some(kind), true) if heard.is_refused != (kind == "OrderRefused") => {
                world.accuse(format!("{text} was answered with {sentence}, and the log has {kind}"));
            }
            (Some(_), true) | (None, false) => {}
            // Planned, and refused when it came once more.
            (Some(_), false) if is_dry => {}
            (None, true) => world.accuse(format!("{text} was answered with {sentence}, and the log does not know")),
            (Some(kind), false) => world.accuse(format!("{text} is no order, and the log has {kind}")),
        }
        let before = self.answers.insert(id.to_owned(), heard.is_refused);
        if is_logged && !is_dry && before.is_some_and(|it| it != heard.is_refused) {
            world.accuse(format!("{text} was refused once, and not always"));
        }
    }
}
