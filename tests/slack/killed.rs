//! A bot that is killed at each point between a delivery and its card: nothing that was acknowledged is lost, nothing is done
//! twice, and no message stands there twice.

use std::collections::BTreeSet;
use std::time::Duration;

use events::fact::{Event, InboxEvent, LockEvent};

use crate::bed::Bed;
use crate::chat::facts;
use crate::fake::Manner;
use crate::kit::within;

const LONG: Duration = Duration::from_mins(2);
/// Longer than anybody waits for an answer here.
const NEVER: Duration = Duration::from_hours(1);

/// When the bot is killed.
#[derive(Debug, Clone, Copy)]
enum Point {
    /// At once, whatever became of the delivery.
    Delivered,
    Acknowledged,
    /// It is in the log, and perhaps decided.
    Kept,
    Decided,
    /// In the middle of this call: Slack has not done it, or has and nobody hears it.
    Asked(&'static str, bool),
}

const POINTS: [Point; 10] = [
    Point::Delivered,
    Point::Acknowledged,
    Point::Kept,
    Point::Decided,
    Point::Asked("chat.postMessage", false),
    Point::Asked("chat.postMessage", true),
    Point::Asked("chat.update", false),
    Point::Asked("chat.update", true),
    Point::Asked("chat.postEphemeral", false),
    Point::Asked("chat.postEphemeral", true),
];

impl Bed {
    async fn has(&self, what: &str, is_it: impl Fn(&Event) -> bool, count: usize) {
        within(LONG, what, async || {
            (facts(&self.shop).await.iter().filter(|it| is_it(it)).count() >= count).then_some(())
        })
        .await;
    }

    /// Locks or unlocks the site, once; the bot is killed at that point, and another one comes.
    async fn is_killed(&mut self, point: Point, line: &str, round: usize) {
        let before = match point {
            Point::Asked(method, is_done) => {
                self.fake.meets(method, if is_done { Manner::DoneThenSilent(NEVER) } else { Manner::Silent(NEVER) });
                self.fake.met(method)
            }
            Point::Delivered | Point::Acknowledged | Point::Kept | Point::Decided => 0,
        };
        let id = self.fake.deliver("slash_commands", &self.fake.command("/changeover", line));
        match point {
            Point::Delivered => {}
            Point::Acknowledged => drop(self.fake.acknowledged(&id).await),
            Point::Kept => {
                self.has("it is kept", |it| matches!(it, Event::Inbox(InboxEvent::Received { .. })), round).await;
            }
            Point::Decided => self.has("it is decided", |it| matches!(it, Event::Lock(_)), round).await,
            Point::Asked(method, _) => {
                within(LONG, method, async || (self.fake.met(method) > before).then_some(())).await;
            }
        }
        self.shop.kill().await;
        self.fake.cut();
        self.shop.start().await;
        self.fake.connected(2).await;
        // Slack brings it again until somebody says that it is there.
        self.fake.acknowledged(&id).await;
        self.has("it is answered", |it| matches!(it, Event::Inbox(InboxEvent::Answered {})), round).await;
    }
}

#[tokio::test]
async fn a_bot_that_is_killed_between_delivery_and_card_does_everything_once() {
    let mut bed = Bed::socket().await;
    let mut round = 0;
    for point in POINTS {
        for line in ["lock shop/demo: schema change", "unlock shop/demo"] {
            round += 1;
            // A lock is shown by a new message, and its end by a changed one; the other call is not made.
            let is_lock = line.starts_with("lock");
            let never = if is_lock { "chat.update" } else { "chat.postMessage" };
            let is_never = matches!(point, Point::Asked(method, _) if method == never);
            bed.is_killed(if is_never { Point::Decided } else { point }, line, round).await;
        }
    }
    let facts = facts(&bed.shop).await;
    let locks = facts.iter().filter(|it| matches!(it, Event::Lock(LockEvent::Taken { .. }))).count();
    let received = facts.iter().filter(|it| matches!(it, Event::Inbox(InboxEvent::Received { .. }))).count();
    assert_eq!((locks, received), (POINTS.len(), 2 * POINTS.len()), "each order is kept and decided once");
    // Whoever asked was told of each, perhaps twice; the channel shows each lock once, as it is now.
    assert!(bed.fake.whispers().len() >= received);
    let shown = || {
        let messages = bed.fake.messages().into_iter().filter(|it| it.thread.is_none()).collect::<Vec<_>>();
        let is_over = messages.iter().all(|it| it.body["text"].as_str().unwrap().contains("is not locked any more"));
        (messages.len() == POINTS.len() && is_over).then_some(messages)
    };
    let messages = within(LONG, "every lock is shown to its end", async || shown()).await;
    let keys: BTreeSet<String> = messages.iter().map(|it| it.body["metadata"].to_string()).collect();
    assert_eq!(keys.len(), POINTS.len());
    bed.shop.end().await;
}
