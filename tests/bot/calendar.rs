//! The way back is decommissioned in its slot, whatever happened to the bot until then.

use changeover::clock::{Clock as _, SystemClock};
use events::color::Color;
use events::fact::{Event, RunEvent, RunKind, RunOutcome, WindowEvent};
use events::fold::WindowEnd;
use jiff::Timestamp;

use crate::kit::{Shop, Terms, within};

/// A minute, and what a busy machine takes.
const A_SLOT: std::time::Duration = std::time::Duration::from_secs(110);

fn every_minute() -> Terms {
    Terms {
        window: "lasts = \"1s\"\ndecommission = \"* * * * *\"\nannounce = \"3s\"\nquiet_for = \"1s\"\n",
        ..Terms::default()
    }
}

/// The slot of the open window.
async fn slot(shop: &Shop) -> Timestamp {
    let WindowEnd::At { decommission_at: Some(at), .. } = shop.site().await.window.unwrap().end else { panic!() };
    at
}

/// One story for all, since each of them waits for its minute: side by side they wait together.
#[tokio::test]
async fn the_scheduled_decommission_fires_in_its_slot_and_never_unannounced() {
    tokio::join!(undisturbed(), restarted_between_announcement_and_slot(), down_when_it_was_to_be_announced(), held());
}

async fn undisturbed() {
    let shop = Shop::with_way_back(&every_minute()).await;
    decommissioned(&shop).await;
    shop.end().await;
}

async fn restarted_between_announcement_and_slot() {
    let mut shop = Shop::with_way_back(&every_minute()).await;
    within(A_SLOT, "the announcement", async || {
        let window = shop.site().await.window?;
        window.announced
    })
    .await;
    shop.kill_and_start().await;
    decommissioned(&shop).await;
    shop.end().await;
}

async fn down_when_it_was_to_be_announced() {
    let mut shop = Shop::with_way_back(&every_minute()).await;
    let missed = slot(&shop).await;
    shop.kill().await;
    // Less than half of the notice is left, or none: the next slot is taken, and announced.
    within(A_SLOT, "the slot is over", async || (now() > missed).then_some(())).await;
    shop.start().await;
    let site = shop.site_is("the next slot is taken", |it| it.window.is_some()).await;
    assert!(site.run.is_none());
    let postponed = within(A_SLOT, "the decommission is put off", async || {
        shop.facts().await.into_iter().find_map(|it| {
            let Event::Window(WindowEvent::Postponed { decommission_at, why }) = it else { return None };
            Some((decommission_at, why))
        })
    })
    .await;
    assert!(postponed.0.is_some_and(|it| it > missed), "{postponed:?}");
    assert_eq!(shop.processes_of("sample-app blue").len(), 2);
    shop.end().await;
}

async fn held() {
    let shop = Shop::with_way_back(&every_minute()).await;
    let first = slot(&shop).await;
    assert!(!shop.say("keep shop/demo").await.is_refused);
    within(A_SLOT, "the slot is over", async || (now() > first).then_some(())).await;
    assert_eq!(shop.processes_of("sample-app blue").len(), 2);
    shop.succeeds("rollback shop/demo").await;
    shop.end().await;
}

/// Waits for the decommission, and holds it against what must be true of one.
async fn decommissioned(shop: &Shop) {
    let at = slot(shop).await;
    within(A_SLOT, "the decommission", async || shop.site().await.window.is_none().then_some(())).await;
    let recorded = shop.recorded().await;
    let facts: Vec<_> = recorded
        .iter()
        .filter(|it| it.stream.as_str() == shop.site)
        .map(|it| (it.recorded_at, events::wire::decode(it).unwrap()))
        .collect();
    let announced = facts.iter().position(
        |(_, it)| matches!(it, Event::Window(WindowEvent::Announced { decommission_at }) if *decommission_at == at),
    );
    let requested = facts.iter().position(|(time, it)| {
        matches!(it, Event::Run(RunEvent::Requested { kind: RunKind::Decommission, .. })) && *time >= at
    });
    assert!(announced.unwrap() < requested.unwrap());
    let last = shop.site().await.last.unwrap();
    assert_eq!((last.kind, last.outcome, last.color), (RunKind::Decommission, RunOutcome::Succeeded, Color::Blue));
    assert_eq!(shop.processes_of("sample-app blue"), []);
    assert_eq!(shop.processes_of("sample-app green").len(), 2);
}

fn now() -> Timestamp {
    SystemClock::new().now()
}
