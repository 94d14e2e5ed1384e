//! Samples of what was said and shown on chat platforms.

use super::{at, complete};
use crate::chat::{About, Channel, MessageId, Place, Platform, Shown, Standing, Subject};
use crate::fact::{ChatEvent, InboxEvent};
use crate::number::{Position, RunNumber};

const RUN: RunNumber = RunNumber(7);

pub(super) fn inboxes() -> Vec<InboxEvent> {
    let standings = [Standing::Step(3), Standing::Plan("9f3c1a0b".to_owned()), Standing::Moment(at(1440))];
    let pressed = complete(standings.into()).into_iter().map(|it| Some(Shown { run: Some(RUN), standing: Some(it) }));
    let bare = [None, Some(Shown { run: None, standing: None })];
    let mut events: Vec<InboxEvent> = pressed.chain(bare).map(received).collect();
    events.extend([
        InboxEvent::Answered {},
        InboxEvent::Unanswered { why: "the platform could not be reached".to_owned() },
    ]);
    events
}

fn received(shown: Option<Shown>) -> InboxEvent {
    let user = shown.is_none().then(|| "U02".to_owned());
    let platforms = complete(vec![Platform::Slack, Platform::Discord]);
    let platform = platforms.into_iter().find(|it| user.is_some() == (*it == Platform::Slack)).unwrap();
    InboxEvent::Received {
        place: Place { platform, channel: "C01".to_owned(), user },
        groups: ["slack:T01/S09".to_owned()].into(),
        line: "abort shop/production --reason \"wrong release\"".to_owned(),
        shown,
    }
}

pub(super) fn chats() -> Vec<ChatEvent> {
    let channel = Channel { platform: Platform::Slack, id: "C01".to_owned() };
    let subject = |about| Subject { site: "shop/production".parse().unwrap(), about };
    let abouts = complete(vec![About::Run(RUN), About::Window(RUN), About::Lock(Position(57)), About::Approval(RUN)]);
    let mut events = vec![ChatEvent::Followed { channel, site: "shop/production".parse().unwrap() }];
    events.extend(abouts.into_iter().map(|about| ChatEvent::Begun { subject: subject(about) }));
    let subject = subject(About::Run(RUN));
    events.extend([
        ChatEvent::Posted { subject: subject.clone(), message: MessageId("1786352400.000100".to_owned()) },
        ChatEvent::Ended { subject: subject.clone() },
        ChatEvent::Lost { subject: subject.clone() },
        ChatEvent::DetailBegun { subject: subject.clone(), after: Position(57), upto: Position(64) },
        ChatEvent::DetailPosted { subject, upto: Position(64) },
    ]);
    events
}
