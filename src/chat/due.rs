//! What a channel is shown next: what is not there yet, then how it ended, then how it stands, then what its thread lacks.
//! Pure, and coalesced to the platform's rate: what changes faster is shown as it is when its time comes.

use std::collections::BTreeMap;
use std::time::Duration;

use commands::card::{Board, Card, Message, Posting};
use events::chat::Subject;

use super::seams;

/// How many times longer than a card a thread waits: what is told there notifies people.
const THREAD: u32 = 5;
/// How often a channel is written to at all.
const CHANNEL_PACE: Duration = Duration::from_secs(1);

/// What this process has shown; lost with it, so that whoever comes next shows everything open once more.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    shown: BTreeMap<Subject, Shown>,
    /// When the channel was written to last.
    last: Option<Duration>,
}

#[derive(Debug, Default)]
struct Shown {
    /// The card, if it is known.
    card: Option<Card>,
    changed: Option<Duration>,
    told: Option<Duration>,
}

/// Something to show.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Show {
    Post(Subject, Card),
    Amend(Subject, Card),
    Detail(Subject),
    /// Everything is shown, and nothing more follows.
    End(Subject),
}

/// When there is something to show.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Now(Show),
    In(Duration),
    /// Not before something happens.
    Nothing,
}

impl Shelf {
    /// The message shows this card; none if it may show an older one.
    pub(super) fn shown(&mut self, subject: &Subject, card: Option<Card>, now: Duration) {
        let shown = self.shown.entry(subject.clone()).or_default();
        shown.card = card;
        shown.changed = Some(now);
        self.last = Some(now);
    }

    /// Its thread was told something.
    pub(super) fn told(&mut self, subject: &Subject, now: Duration) {
        self.shown.entry(subject.clone()).or_default().told = Some(now);
        self.last = Some(now);
    }

    pub(super) fn forget(&mut self, subject: &Subject) {
        self.shown.remove(subject);
    }
}

/// What is shown next; `now` is a time that never jumps, and `pace` what one message must leave between two changes.
pub(super) fn next(board: &Board, shelf: &Shelf, now: Duration, pace: Duration) -> Due {
    let free = shelf.last.map_or(now, |it| it + CHANNEL_PACE);
    let wanted = board.messages.iter().filter_map(|(subject, message)| wanted(shelf, subject, message, pace));
    let Some((due, _, show)) = wanted.min_by_key(|(due, rank, _)| ((*due).max(free).max(now), *rank)) else {
        return Due::Nothing;
    };
    // What is only written down disturbs nobody.
    let due = if let Show::End(_) = show { now } else { due.max(free) };
    if due <= now { Due::Now(show) } else { Due::In(due.saturating_sub(now)) }
}

/// What one message lacks: from when on, how urgent it is (less is more), and what.
fn wanted(shelf: &Shelf, subject: &Subject, message: &Message, pace: Duration) -> Option<(Duration, u8, Show)> {
    let shown = shelf.shown.get(subject);
    let card = message.card(&subject.site);
    match message.posting {
        Posting::Not | Posting::Begun { .. } => {
            return Some((Duration::ZERO, 0, Show::Post(subject.clone(), card)));
        }
        Posting::Posted { .. } => {}
    }
    if seams::is_old(shown.and_then(|it| it.card.as_ref()), &card, message.is_over()) {
        let rank = if message.is_over() { 1 } else { 2 };
        let changed = shown.and_then(|it| it.changed);
        return Some((changed.map_or(Duration::ZERO, |it| it + pace), rank, Show::Amend(subject.clone(), card)));
    }
    if message.untold().is_some() {
        let told = shown.and_then(|it| it.told);
        let pace = if message.is_over() { pace } else { pace * THREAD };
        return Some((told.map_or(Duration::ZERO, |it| it + pace), 3, Show::Detail(subject.clone())));
    }
    message.is_over().then(|| (Duration::ZERO, 4, Show::End(subject.clone())))
}
