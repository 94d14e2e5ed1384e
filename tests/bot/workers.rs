//! Real workers behind a real bot: whose jobs are done, and when.

use std::time::Duration;

use changeover::chance::Chance;
use changeover::clock;
use events::color::Color;
use events::fact::{Event, RunOutcome, StepEvent};
use events::number::StepIndex;
use events::wire;
use jiff::Timestamp;

use crate::kit::{Shop, Terms, WORKERS, shifts, until};

/// The steps of a cutover, and of a rollback, that send everybody and that see the entrance answer.
const SENDS: StepIndex = StepIndex(7);
const ANSWERS: StepIndex = StepIndex(8);

/// With v1 live on blue, whose worker works, and v2 ready on green.
async fn ready() -> Shop {
    let shop = Shop::closed(&Terms { database: WORKERS.to_owned(), ..Terms::default() });
    shop.have_workers();
    let shop = shop.opened_live().await;
    shop.succeeds("deploy shop@v2 to demo").await;
    shop.works_on(Color::Blue).await;
    shop
}

/// Users go to `to`, and the work with them: the last job of the others was done before anybody was sent, and the first one
/// here when the entrance had answered.
async fn crosses(shop: &Shop, line: &str, to: Color) {
    let run = shop.begins(line).await;
    assert_eq!(shop.ended(run).await, RunOutcome::Succeeded, "{line}: {}", shop.why().await);
    shop.works_on(to).await;
    let sent = when(shop, |it| matches!(it, StepEvent::Begun { run: it, step: SENDS, .. } if *it == run)).await;
    let answered =
        when(shop, |it| matches!(it, StepEvent::Answered { run: it, step: ANSWERS, .. } if *it == run)).await;
    let jobs = shop.jobs();
    let last = jobs.iter().rfind(|it| it.color != to).unwrap().at;
    let first = jobs.iter().find(|it| it.color == to && it.at > last).unwrap().at;
    assert!(last < sent && answered < first, "{last} < {sent} < {answered} < {first}");
}

/// When it was recorded that a step was so.
async fn when(shop: &Shop, is_meant: impl Fn(&StepEvent) -> bool) -> Timestamp {
    let recorded = shop.recorded().await;
    let found = recorded.iter().find(|it| match wire::decode(it) {
        Ok(Event::Step(step)) => is_meant(&step),
        Ok(_) | Err(_) => false,
    });
    found.unwrap().recorded_at
}

#[tokio::test]
async fn they_rest_before_anybody_goes_and_go_on_where_users_are_answered() {
    let shop = ready().await;
    crosses(&shop, "cutover shop/demo", Color::Green).await;
    crosses(&shop, "rollback shop/demo: checkout fails", Color::Blue).await;
    assert_eq!(shifts(&shop.jobs()), [Color::Blue, Color::Green, Color::Blue]);
    shop.end().await;
}

#[tokio::test]
async fn an_abort_starts_them_where_they_were() {
    let shop = ready().await;
    let before = shop.world().await;
    std::fs::write(shop.path("hold"), "").unwrap();
    let run = shop.begins("cutover shop/demo").await;
    until("blue's worker is to rest", async || shop.path("rest-blue").exists().then_some(())).await;
    let said = shop.say("abort shop/demo: changed my mind").await;
    assert!(!said.is_refused, "{said:?}");
    std::fs::remove_file(shop.path("hold")).unwrap();
    assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
    shop.works_on(Color::Blue).await;
    assert_eq!((shifts(&shop.jobs()), shop.world().await), (vec![Color::Blue], before));
    shop.end().await;
}

#[tokio::test]
async fn whenever_the_bot_is_killed_never_do_two_colors_work() {
    let mut chance = Chance::of_seed(11);
    let mut shop = ready().await;
    let mut expected = vec![Color::Blue];
    for line in ["cutover shop/demo", "rollback shop/demo: killed in between", "cutover shop/demo"] {
        let run = shop.begins(line).await;
        for _ in 0..3 {
            clock::pause(Duration::from_millis(u64::try_from(chance.below(300)).unwrap())).await;
            shop.kill_and_start().await;
        }
        assert_eq!(shop.ended(run).await, RunOutcome::Succeeded, "{line}: {}", shop.why().await);
        let live = expected.last().unwrap().other();
        shop.works_on(live).await;
        expected.push(live);
        assert_eq!(shifts(&shop.jobs()), expected, "{line}");
        if line.starts_with("rollback") {
            assert!(!shop.say("unlock shop/demo").await.is_refused);
        }
    }
    shop.end().await;
}
