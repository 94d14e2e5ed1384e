//! What goes back for an interaction at once.

use serde_json::{Value, json};

use super::embeds::{nobody, note};
use super::text::cut;

/// What only one person sees.
pub(super) const EPHEMERAL: u64 = 1 << 6;
/// Discord's limits.
const CHOICES_LIMIT: usize = 25;
const CHOICE_LIMIT: usize = 100;
const TITLE_LIMIT: usize = 45;
const LABEL_LIMIT: usize = 45;
const PLACEHOLDER_LIMIT: usize = 100;
const REASON_LIMIT: u32 = 500;
/// The name of the one field of a modal.
pub(super) const REASON: &str = "reason";

/// The first answer to an interaction. It comes within 3 s, or Discord tells the person that nobody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// We are there.
    Pong,
    /// A text that only this person sees.
    Told(String),
    /// Nothing is promised yet; the answer takes the place of this one.
    Later,
    /// Ways to go on typing.
    Choices(Vec<String>),
    /// A form that asks why.
    Asks(Form),
}

/// A form with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// What comes back with it.
    pub id: String,
    pub title: String,
    /// What is asked, below the title.
    pub hint: String,
    pub is_required: bool,
}

impl Answer {
    /// As Discord wants it.
    #[must_use]
    pub(super) fn body(&self) -> Value {
        match self {
            Self::Pong => json!({ "type": 1 }),
            Self::Told(text) => {
                let mut data = note(text);
                data["flags"] = Value::from(EPHEMERAL);
                json!({ "type": 4, "data": data })
            }
            Self::Later => json!({ "type": 5, "data": { "flags": EPHEMERAL, "allowed_mentions": nobody() } }),
            Self::Choices(choices) => {
                let fitting = choices.iter().filter(|it| it.encode_utf16().count() <= CHOICE_LIMIT && !it.is_empty());
                let choices: Vec<Value> =
                    fitting.take(CHOICES_LIMIT).map(|it| json!({ "name": it, "value": it })).collect();
                json!({ "type": 8, "data": { "choices": choices } })
            }
            Self::Asks(form) => json!({ "type": 9, "data": form.body() }),
        }
    }
}

impl Form {
    fn body(&self) -> Value {
        const TEXT_INPUT: u8 = 4;
        const PARAGRAPH: u8 = 2;
        let field = json!({
            "type": TEXT_INPUT,
            "custom_id": REASON,
            "style": PARAGRAPH,
            "label": cut("Why? For the log and the channel", LABEL_LIMIT),
            "placeholder": cut(&self.hint, PLACEHOLDER_LIMIT),
            "required": self.is_required,
            "max_length": REASON_LIMIT,
        });
        json!({
            "custom_id": self.id,
            "title": cut(&self.title, TITLE_LIMIT),
            "components": [{ "type": 1, "components": [field] }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_for_one_person_and_notify_nobody() {
        let told = Answer::Told("shop/production: **done** @everyone".into()).body();
        assert_eq!(told["data"]["flags"], 64);
        assert_eq!(told["data"]["allowed_mentions"], json!({ "parse": [] }));
        assert_eq!(told["data"]["content"], r"shop/production: \*\*done\*\* @everyone");
        assert_eq!(Answer::Later.body()["data"]["flags"], 64);
    }

    #[test]
    fn what_is_offered_fits() {
        let many: Vec<String> = (0..30).map(|it| format!("shop{it}")).collect();
        assert_eq!(Answer::Choices(many).body()["data"]["choices"].as_array().unwrap().len(), 25);
        let odd = vec![String::new(), "x".repeat(101), "x".repeat(100)];
        assert_eq!(Answer::Choices(odd).body()["data"]["choices"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_long_answer_of_lines_keeps_its_columns_and_is_cut() {
        let lines = Answer::Told(format!("a  b\n``` c\n{}", "x".repeat(5000))).body();
        let content = lines["data"]["content"].as_str().unwrap();
        assert!(content.starts_with("```\na  b\n''' c\n") && content.ends_with("…\n```"), "{content}");
        assert!(content.chars().count() <= 2000);
    }
}
