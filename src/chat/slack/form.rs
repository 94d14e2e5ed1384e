//! Forms: a reason is asked for before something is done, or which site is meant.

use commands::grammar;
use commands::grammar::{Because, Directory};
use events::name::SiteName;
use serde::{Deserialize, Serialize};
use slack_morphism::prelude::{
    SlackActionId, SlackApiViewsOpenRequest, SlackBlockChoiceItem, SlackBlockId, SlackBlockPlainText,
    SlackBlockPlainTextInputElement, SlackBlockPlainTextOnly, SlackBlockStaticSelectElement, SlackInputBlock,
    SlackInputBlockElement, SlackModalView, SlackTriggerId, SlackView,
};

use super::blocks::cut;
use super::payload::{ACTION, BLOCK};
use crate::chat::Said;

/// What Slack takes: of a form's title, of what is asked in it, and choices.
const TITLE: usize = 24;
const LABEL: usize = 150;
const CHOICES: usize = 100;

/// The longest reason.
const REASON: u64 = 500;

/// What a form is about; it is kept in the form itself, which Slack gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    /// Where it was asked for, and where the answer goes.
    pub channel: String,
    pub wants: Wants,
}

/// What is asked, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Wants {
    /// The reason of a button.
    ReasonOfPress(String),
    /// The reason of a line.
    ReasonOfLine(String),
    /// The site of a line.
    SiteOfLine(String),
}

impl About {
    /// Reads what a form gives back.
    #[must_use]
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What was said with it.
    #[must_use]
    pub(super) fn said(self, given: &str) -> Said {
        match self.wants {
            Wants::ReasonOfPress(press) => Said::Press(press, Some(given.to_owned())),
            Wants::ReasonOfLine(line) => {
                let quoted = given.replace(['"', '\\'], "'").replace(char::is_control, " ");
                Said::Line(format!("{line} --reason \"{quoted}\""))
            }
            Wants::SiteOfLine(line) => Said::Line(at_site(&line, given)),
        }
    }

    /// The form, which must be opened within three seconds of what it was asked for by.
    #[must_use]
    pub(super) fn view(&self, trigger: &str, choices: &[SiteName]) -> Option<SlackApiViewsOpenRequest> {
        let (title, label, element): (String, &str, SlackInputBlockElement) = match &self.wants {
            Wants::ReasonOfPress(text) | Wants::ReasonOfLine(text) => {
                let input = SlackBlockPlainTextInputElement::new().with_max_length(REASON).with_min_length(1);
                (first_word(text), "Why? Everybody will read it in the history.", input.with_action_id(action()).into())
            }
            Wants::SiteOfLine(text) => {
                let options = choices.iter().take(CHOICES).map(|it| {
                    let name = it.to_string();
                    SlackBlockChoiceItem::new(plain(&name, 75), name)
                });
                let select = SlackBlockStaticSelectElement::new().with_options(options.collect());
                (first_word(text), "Where?", select.with_action_id(action()).into())
            }
        };
        let input = SlackInputBlock::new(plain(label, LABEL), element).with_block_id(SlackBlockId(BLOCK.to_owned()));
        let modal = SlackModalView::new(plain(&title, TITLE), vec![input.into()])
            .with_submit(plain(&title, TITLE))
            .with_close(plain("Cancel", TITLE))
            .with_private_metadata(serde_json::to_string(self).ok()?);
        Some(SlackApiViewsOpenRequest::new(SlackTriggerId(trigger.to_owned()), SlackView::Modal(modal)))
    }
}

/// What a line still lacks that a form can ask for, with the choices there are.
#[must_use]
pub(super) fn lacking(line: &str, directory: &Directory) -> Option<(Wants, Vec<SiteName>)> {
    match grammar::parse(line, directory).err()?.because {
        Because::Which { choices, .. } => {
            // A line that would then lack its release is answered in words: no form knows releases.
            let then = grammar::parse(&at_site(line, &choices.first()?.to_string()), directory);
            let lacks_release = then.is_err_and(|it| matches!(it.because, Because::NoRelease { .. }));
            (!lacks_release).then(|| (Wants::SiteOfLine(line.to_owned()), choices))
        }
        Because::NoReason { .. } => Some((Wants::ReasonOfLine(line.to_owned()), Vec::new())),
        Because::Empty
        | Because::TooLong
        | Because::Control
        | Because::NotACommand
        | Because::UnknownVerb { .. }
        | Because::UnknownTopic { .. }
        | Because::OpenQuote
        | Because::UnknownFlag { .. }
        | Because::FlagOfAnother { .. }
        | Because::FlagTwice { .. }
        | Because::NoValue { .. }
        | Because::ValueTooMany { .. }
        | Because::Both { .. }
        | Because::BadValue { .. }
        | Because::BadRelease(_)
        | Because::UnknownWord { .. }
        | Because::TooMany { .. }
        | Because::NotTaken { .. }
        | Because::NoRelease { .. }
        | Because::NoSites
        | Because::NoCode
        | Because::NoSuchSite { .. } => None,
    }
}

/// The line, with the site said right after its verb.
fn at_site(line: &str, site: &str) -> String {
    let end = line.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap_or(line.len());
    let (verb, rest) = line.split_at_checked(end).unwrap_or((line, ""));
    format!("{verb} {site}{rest}")
}

fn action() -> SlackActionId {
    SlackActionId(ACTION.to_owned())
}

fn plain(text: &str, limit: usize) -> SlackBlockPlainTextOnly {
    SlackBlockPlainText::new(cut(text, limit)).into()
}

/// `deploy …` as `Deploy`.
fn first_word(text: &str) -> String {
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(wants: Wants) -> About {
        About { channel: "C01".to_owned(), wants }
    }

    fn line(wants: Wants, given: &str) -> String {
        match about(wants).said(given) {
            Said::Line(line) => line,
            Said::Press(press, reason) => format!("{press} because {reason:?}"),
        }
    }

    #[test]
    fn what_a_form_brings_completes_what_was_said() {
        let shops = Directory::new(["shop/production", "shop/staging"].map(|it| it.parse().unwrap()));
        for said in ["deploy shop@1.42.0", "rollback: checkout fails", "rollback shop: checkout fails", "cutover"] {
            let (wants, choices) = lacking(said, &shops).unwrap();
            assert_eq!(choices.len(), 2, "{said}");
            let whole = line(wants, "shop/staging");
            let command = grammar::parse(&whole, &shops).unwrap_or_else(|error| panic!("{whole}: {error}"));
            assert!(format!("{command:?}").contains("staging"), "{whole}");
        }
        let (wants, _) = lacking("lock shop/staging", &shops).unwrap();
        assert_eq!(line(wants.clone(), "a \"b\\\""), "lock shop/staging --reason \"a 'b''\"");
        assert!(grammar::parse(&line(wants, "schema\nchange"), &shops).is_ok());
        assert_eq!(lacking("deploy", &shops).map(|(wants, _)| wants), None);
        assert_eq!(lacking("status", &shops), None);
    }

    #[test]
    fn a_form_gives_back_what_it_is_about() {
        let about = about(Wants::ReasonOfPress("abort shop/production #7 - ".to_owned()));
        let view = serde_json::to_value(about.view("1.2.c", &[]).unwrap()).unwrap();
        assert_eq!(view["view"]["title"]["text"], "Abort");
        assert_eq!(About::read(view["view"]["private_metadata"].as_str().unwrap()), Some(about));
        assert_eq!(About::read("{\"channel\":\"C01\"}"), None);
    }
}
