//! The cards, as a person reads them.

mod approval;
mod cutover;
mod deploy;
mod stuck;
mod window;

use events::actor::Actor;
use events::chain::Hash;
use events::chat::{About, Channel, Platform};
use events::envelope::{Correlation, EventId, Recorded};
use events::fact::ChatEvent;
use events::number::{Epoch, Position, Version};
use events::wire;

use super::{Board, Card, Tone};
use crate::testing::{Story, name};

/// A channel that has followed the site from the beginning of a story.
pub(super) fn board(story: &Story) -> Board {
    let channel = Channel { platform: Platform::Slack, id: "C01".to_owned() };
    let mut board = Board::new(channel.clone(), [name()].into());
    let stream = Board::stream(&channel);
    let followed = ChatEvent::Followed { channel, site: name() };
    let draft =
        wire::draft(&followed.into(), EventId("f".to_owned()), Actor::system("chat"), Correlation(String::new()), None)
            .unwrap();
    board.apply(&Recorded {
        position: Position(0),
        event_id: draft.event_id,
        stream,
        version: Version(1),
        kind: draft.kind,
        schema_version: draft.schema_version,
        recorded_at: story.now,
        actor: draft.actor,
        correlation: draft.correlation,
        causation: None,
        epoch: Epoch(1),
        payload: draft.payload,
        previous_hash: Hash([0; 32]),
        hash: Hash([0; 32]),
    });
    story.log.iter().for_each(|it| board.apply(it));
    board
}

/// The card on what was opened last, of this kind.
pub(super) fn newest(story: &Story, is_it: impl Fn(&About) -> bool) -> Card {
    let board = board(story);
    let found = board.messages.iter().rev().find(|(subject, _)| is_it(&subject.about));
    let (subject, message) = found.unwrap_or_else(|| panic!("there is none:\n{}", story.text()));
    message.card(&subject.site)
}

pub(super) fn run(story: &Story) -> Card {
    newest(story, |it| matches!(it, About::Run(_)))
}

/// What is told in the thread of what was opened last, of this kind.
pub(super) fn thread(story: &Story, is_it: impl Fn(&About) -> bool) -> Card {
    let board = board(story);
    let (subject, message) = board.messages.iter().rev().find(|(subject, _)| is_it(&subject.about)).unwrap();
    message.detail(subject, message.untold().unwrap())
}

/// Every card that a channel would have been shown in the course of a story.
pub(super) fn every_card(story: &Story) -> Vec<Card> {
    let mut cards = Vec::new();
    for end in 0..=story.log.len() {
        let mut so_far = story.clone();
        so_far.log.truncate(end);
        let board = board(&so_far);
        cards.extend(board.messages.iter().map(|(subject, message)| message.card(&subject.site)));
    }
    cards
}

#[test]
fn what_is_over_has_no_button_and_every_card_is_a_full_sentence() {
    let mut story = Story::with_window();
    story.say("lock: sale").say("unlock").say("rollback: checkout fails").run();
    let cards = every_card(&story);
    assert!(cards.len() > 50, "{}", cards.len());
    for card in &cards {
        assert!(card.sentence.ends_with('.') && card.headline.len() <= 150, "{card}");
        assert!(card.headline.contains("production") && card.buttons.len() <= 5, "{card}");
        assert!(!card.headline.starts_with("Users of") || card.buttons.is_empty(), "{card}");
    }
    let board = board(&story);
    for (subject, message) in board.messages.iter().filter(|(_, message)| message.is_over()) {
        let card = message.card(&subject.site);
        assert!(card.buttons.is_empty() && card.tone != Tone::Underway, "{card}");
    }
    assert!(board.messages.values().filter(|it| it.is_over()).count() >= 4);
}
