//! Starting and stopping: nothing lost by stopping, and one bad site stops only itself.

use std::sync::Arc;

use changeover::clock::{Clock as _, SystemClock};
use changeover::log::sqlite::{Settings, SqliteLog};
use changeover::log::store_id::StoreId;
use changeover::ports::{Expected, Log as _, LogReader as _};
use events::actor::Actor;
use events::envelope::{Correlation, Draft, EventId, Stream};
use events::fact::RunOutcome;
use events::fold::StepState;
use events::number::{Position, RunNumber};

use crate::kit::{Shop, Terms, until};

#[tokio::test]
async fn a_bot_that_is_stopped_in_the_middle_goes_on_where_it_was() {
    let terms = Terms {
        hooks: "[[site.delivery.command.hooks]]\nname = \"build\"\nrun = [\"sleep\", \"1\"]\nrepeatable = false\n",
        gates: "bake = \"3s\"",
        ..Terms::default()
    };
    let mut shop = Shop::open(&terms).await;
    let run = shop.begins("deploy shop@v1 to demo").await;
    until("the hook runs", async || (shop.processes_of("sleep 1").len() == 1).then_some(())).await;
    let status = shop.stop().await;
    assert!(status.success(), "{status}");
    shop.start().await;
    assert_eq!(shop.ended(run).await, RunOutcome::Succeeded, "{}", shop.why().await);
    shop.succeeds("cutover shop/demo").await;
    shop.succeeds("deploy shop@v2 to demo").await;
    let run = shop.begins("cutover shop/demo --canary 10").await;
    shop.begun(run, 6).await;
    assert!(shop.stop().await.success());
    assert_eq!(shop.green().await, 10);
    shop.start().await;
    assert_eq!(shop.ended(run).await, RunOutcome::Succeeded, "{}", shop.why().await);
    assert_eq!(shop.green().await, 100);
    shop.end().await;
}

#[tokio::test]
async fn a_bake_that_nobody_watched_brings_nobody_further() {
    let mut shop = Shop::ready(&Terms { gates: "bake = \"1s\"", ..Terms::default() }).await;
    let run = shop.begins("cutover shop/demo --canary 10").await;
    shop.begun(run, 6).await;
    shop.kill().await;
    let step = shop.site().await.run.unwrap().steps.remove(5);
    let StepState::Open { begun, .. } = step else { panic!("{step:?}") };
    until("the bake is over", async || (SystemClock::new().now() > begun.deadline).then_some(())).await;
    shop.start().await;
    assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
    assert!(shop.why().await.contains("nobody watched"), "{}", shop.why().await);
    assert_eq!(shop.green().await, 0);
    shop.end().await;
}

#[tokio::test]
async fn a_site_with_an_event_that_nobody_understands_is_parked_and_the_other_goes_on() {
    let terms = Terms { sites: vec!["shop/demo", "blog/demo"], ..Terms::default() };
    let mut shop = Shop::open(&terms).await;
    shop.succeeds("deploy shop@v1 to shop/demo").await;
    assert!(shop.stop().await.success());
    append_what_nobody_knows(&shop).await;
    shop.start().await;

    let sentence = shop.refuses("cutover shop/demo").await;
    assert!(sentence.contains("MoonLanded"), "{sentence}");
    let status = shop.say("status").await.text;
    assert!(status.contains("MoonLanded"), "{status}");
    let blog = async |line: &str, run: u32| {
        let said = shop.say(line).await;
        assert_eq!((said.is_refused, said.run), (false, Some(RunNumber(run))), "{said:?}");
        let site = "blog/demo".parse().unwrap();
        until(line, async || {
            let mut state = events::fold::State::default();
            shop.recorded().await.iter().for_each(|it| state.apply(it));
            state.site(&site).last.filter(|it| it.number == RunNumber(run))
        })
        .await
        .outcome
    };
    assert_eq!(blog("deploy blog@v1 to blog/demo", 1).await, RunOutcome::Succeeded);
    assert_eq!(blog("cutover blog/demo", 2).await, RunOutcome::Succeeded);
    shop.end().await;
}

/// An event of a type that this build does not have, at the end of the shop's stream.
async fn append_what_nobody_knows(shop: &Shop) {
    let path = shop.path("changeover.db");
    let log =
        SqliteLog::open(&path, Arc::new(SystemClock::new()), Settings::new(StoreId::random().unwrap())).await.unwrap();
    let mut all = Vec::new();
    loop {
        let page = log.after(all.last().map_or(Position(0), |it: &events::envelope::Recorded| it.position), 500).await;
        let page = page.unwrap();
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    let newest = all.iter().rfind(|it| it.stream.as_str() == "shop/demo").unwrap();
    let expected = Expected { stream: Stream("shop/demo".to_owned()), version: newest.version, epoch: newest.epoch };
    let draft = Draft {
        event_id: EventId("somebody/else".to_owned()),
        kind: "MoonLanded".to_owned(),
        schema_version: 1,
        actor: Actor::system("tomorrow"),
        correlation: Correlation("moon".to_owned()),
        causation: None,
        payload: "{}".to_owned(),
    };
    log.append(expected, vec![draft]).await.unwrap();
    log.close().await;
}
