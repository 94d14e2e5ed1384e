//! The canonical spelling of a command: what people are shown, and what reads back as the same.

use events::color::Color;
use events::name::SiteName;

use super::line::escaped;
use super::rows::HISTORY_DEFAULT;
use super::value::spell_length;
use super::words::in_quotes;
use crate::order::{Approve, At, Command, Cutover, Deploy, Keep, Moment, Order, Question};

/// The line that says this command; [`super::parse`] reads it back as the same, as long as the site is in the
/// directory and the line within [`super::LINE_LIMIT`].
#[must_use]
pub fn spell(command: &Command) -> String {
    match command {
        Command::Order { site, order } => spell_order(site, order),
        Command::Question { site, question } => spell_question(site.as_ref(), question),
    }
}

/// The line that a button stands for; whatever the reason holds, it can't be more than a reason.
#[must_use]
pub fn pressed(verb: &str, site: &SiteName, words: &str, reason: Option<&str>) -> String {
    let plain = |reason: &str| reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let reason = reason.map(plain).filter(|reason| !reason.trim().is_empty());
    let words = Some(words).filter(|words| !words.is_empty());
    Line::new(verb).word(site).words(words).reason(reason.as_deref().map(str::trim)).text
}

fn spell_order(site: &SiteName, order: &Order) -> String {
    let line = Line::new(order.verb());
    match order {
        Order::Deploy(deploy) => spell_deploy(line, site, deploy),
        Order::Cutover(cutover) => spell_cutover(line.word(site), cutover),
        Order::Rollback { reason, accepts_loss } => {
            line.word(site).flag(*accepts_loss, "--accept-loss").reason(reason.as_deref())
        }
        Order::Decommission { reason } | Order::Abort { reason } => line.word(site).reason(reason.as_deref()),
        Order::Keep(Keep::For(length)) => line.word(site).word(spell_length(*length)),
        Order::Confirm { code } => line.word(site).word(code),
        Order::Unqueue { ticket } => line.word(site).words(*ticket),
        Order::Lock(lock) => {
            line.word(site).words(lock.lasts.map(spell_length)).flag(lock.steals, "--steal").reason(Some(&lock.reason))
        }
        Order::Approve(approve) => spell_approve(line.word(site), approve),
        Order::Skip { reason } | Order::Reject { reason } => line.word(site).reason(Some(reason)),
        Order::Keep(Keep::UntilReleased) | Order::Withdraw | Order::Retry | Order::Unlock | Order::Adopt => {
            line.word(site)
        }
    }
    .text
}

fn spell_deploy(line: Line, site: &SiteName, deploy: &Deploy) -> Line {
    let Deploy { release, onto, reason, is_dry, at, gives_up_way_back, is_queued } = deploy;
    line.word(format_args!("{}@{release} to {}", site.service, site.stage))
        .flag(onto.is_some(), &format!("--onto {}", onto.map_or("", Color::as_str)))
        .flag(*gives_up_way_back, "--give-up-way-back")
        .flag(*is_dry, "--plan")
        .flag(*is_queued, "--queue")
        .at(at.as_ref())
        .reason(reason.as_deref())
}

fn spell_cutover(line: Line, cutover: &Cutover) -> Line {
    let Cutover { reason, is_dry, at, canary, is_queued } = cutover;
    let shares = canary.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    line.flag(!canary.is_empty(), &format!("--canary {shares}"))
        .flag(*is_dry, "--plan")
        .flag(*is_queued, "--queue")
        .at(at.as_ref())
        .reason(reason.as_deref())
}

fn spell_approve(line: Line, approve: &Approve) -> Line {
    let Approve { run, plan, glass } = approve;
    line.words(run.map(|run| format!("#{run}")))
        .words(plan.as_deref())
        .flag(glass.is_some(), "--break-glass")
        .reason(glass.as_deref())
}

fn spell_question(site: Option<&SiteName>, question: &Question) -> String {
    let line = Line::new(question.verb()).words(site);
    match question {
        Question::Status | Question::Preflight | Question::Standing | Question::WhoAmI => line,
        Question::History { limit } => line.flag(*limit != HISTORY_DEFAULT, &format!("--limit {limit}")),
        Question::Why { run } | Question::Plan { run } => line.words(run.map(|run| format!("#{run}"))),
        Question::Replay { run, until } => {
            let line = line.words(run.map(|run| format!("#{run}")));
            match until {
                None => line,
                Some(Moment::Time(time)) => line.word(format_args!("--at {time}")),
                Some(Moment::Position(position)) => line.word(format_args!("--position {position}")),
            }
        }
        Question::Help { verb } => line.words(verb.as_deref()),
    }
    .text
}

/// A line that grows word by word.
struct Line {
    text: String,
}

impl Line {
    fn new(verb: &str) -> Self {
        Self { text: verb.to_owned() }
    }

    fn word(mut self, word: impl std::fmt::Display) -> Self {
        self.text.push(' ');
        self.text.push_str(&word.to_string());
        self
    }

    fn words(self, words: impl IntoIterator<Item = impl std::fmt::Display>) -> Self {
        words.into_iter().fold(self, Self::word)
    }

    fn flag(self, is_said: bool, flag: &str) -> Self {
        if is_said { self.word(flag) } else { self }
    }

    fn at(self, at: Option<&At>) -> Self {
        match at {
            None => self,
            Some(At::Clock { hour, minute }) => self.word(format_args!("--at {hour:02}:{minute:02}")),
            Some(At::Moment(moment)) => self.word(format_args!("--at {moment}")),
        }
    }

    fn reason(self, reason: Option<&str>) -> Self {
        self.words(reason.map(|reason| format!("--reason {}", escaped(&in_quotes(reason)))))
    }
}
