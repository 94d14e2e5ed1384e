//! A bot that is killed at each point between the gateway's event and the card: nothing that was answered is lost, nothing is
//! done twice, and no message stands there twice.

use std::collections::BTreeSet;
use std::time::Duration;

use events::fact::{Event, InboxEvent, LockEvent};
use serde_json::Value;

use crate::bed::Bed;
use crate::chat::facts;
use crate::fake::{CHANNEL, Manner};
use crate::kit::within;

const LONG: Duration = Duration::from_mins(2);

/// When the bot is killed.
#[derive(Debug, Clone, Copy)]
enum Point {
    /// Discord has the first answer, which promises that it was kept.
    Answered,
    Decided,
    /// In the middle of this request: Discord has not done it, or has and nobody hears it.
    Asked(&'static str, bool),
}

const CALLBACK: &str = "POST /interactions";
const POST: &str = "POST /channels";
const PATCH: &str = "PATCH /channels";
const FOLLOW_UP: &str = "POST /webhooks";
const POINTS: [Point; 10] = [
    Point::Answered,
    Point::Decided,
    Point::Asked(CALLBACK, false),
    Point::Asked(CALLBACK, true),
    Point::Asked(POST, false),
    Point::Asked(POST, true),
    Point::Asked(PATCH, false),
    Point::Asked(PATCH, true),
    Point::Asked(FOLLOW_UP, false),
    Point::Asked(FOLLOW_UP, true),
];

impl Bed {
    async fn has(&self, what: &str, is_it: impl Fn(&Event) -> bool, count: usize) {
        within(LONG, what, async || {
            (facts(&self.shop).await.iter().filter(|it| is_it(it)).count() >= count).then_some(())
        })
        .await;
    }

    /// Somebody gives an order, once; the bot is killed at that point, and another one comes.
    async fn is_killed(&mut self, point: Point, order: &Value, round: usize) {
        let before = match point {
            Point::Asked(request, is_done) => {
                self.fake.meets(request, if is_done { Manner::DoneAndSilent } else { Manner::Silent });
                self.fake.met(request)
            }
            Point::Answered | Point::Decided => 0,
        };
        self.fake.dispatch(order);
        match point {
            Point::Answered => drop(self.fake.answer_to(order).await),
            Point::Decided => self.has("it is decided", |it| matches!(it, Event::Lock(_)), round).await,
            Point::Asked(request, _) => {
                within(LONG, request, async || (self.fake.met(request) > before).then_some(())).await;
            }
        }
        self.shop.kill().await;
        self.shop.start().await;
        self.fake.connected().await;
        self.has("it is settled", |it| matches!(it, Event::Inbox(InboxEvent::Answered {})), round).await;
    }
}

#[tokio::test]
async fn a_bot_that_is_killed_between_event_and_card_does_everything_once() {
    let mut bed = Bed::gateway().await;
    let mut round = 0;
    for point in POINTS {
        for verb in ["lock", "unlock"] {
            round += 1;
            // A lock is shown by a new message, and its end by a changed one; the other request is not made.
            let never = if verb == "lock" { PATCH } else { POST };
            let is_never = matches!(point, Point::Asked(request, _) if request == never);
            let point = if is_never { Point::Decided } else { point };
            let reason: &[(&str, &str)] = if verb == "lock" { &[("reason", "schema change")] } else { &[] };
            let order = bed.fake.command(verb, &[&[("site", "shop/demo")], reason].concat());
            bed.is_killed(point, &order, round).await;
        }
    }
    let facts = facts(&bed.shop).await;
    let locks = facts.iter().filter(|it| matches!(it, Event::Lock(LockEvent::Taken { .. }))).count();
    let received = facts.iter().filter(|it| matches!(it, Event::Inbox(InboxEvent::Received { .. }))).count();
    assert_eq!((locks, received), (POINTS.len(), 2 * POINTS.len()), "each order is kept and decided once");
    // The channel shows each lock once, as it is now; what else stands there are answers whose token died with a bot.
    let shown = || {
        let cards = bed.fake.messages(CHANNEL).into_iter().filter(|it| it["nonce"].is_string()).collect::<Vec<_>>();
        let is_over = cards.iter().all(|it| it["content"].as_str().unwrap().contains("is not locked any more"));
        (cards.len() == POINTS.len() && is_over).then_some(cards)
    };
    let cards = within(LONG, "every lock is shown to its end", async || shown()).await;
    let nonces: BTreeSet<String> = cards.iter().map(|it| it["nonce"].to_string()).collect();
    assert_eq!(nonces.len(), POINTS.len());
    bed.shop.end().await;
}
