//! What people may not: one sentence that helps, one event without what was typed, and nothing else changed.

use events::fact::{Event, OrderEvent};
use events::wire;

use crate::kit::{Shop, Terms, until};

#[tokio::test]
async fn an_order_that_cannot_be_is_refused_with_what_to_do_instead() {
    let shop = Shop::live(&Terms::default()).await;
    let before = (shop.world().await, shop.site().await);
    for (line, code, helps) in [
        ("deploy shop@v9-none to demo", "no_release", "v9-none"),
        ("deploy shop@--upload-pack=x to demo", "", ""),
        ("deploy shop@v2 to demo --onto blue", "color_is_live", "green"),
        ("cutover shop/demo", "nothing_ready", "deploy"),
        ("rollback shop/demo", "no_way_back", "deploy"),
        ("decommission shop/demo --reason \"no need\"", "no_window", "no window is open"),
        ("keep shop/demo 24h", "no_window", "no window is open"),
        ("abort shop/demo", "no_open_run", "no open run"),
        ("retry shop/demo", "no_open_run", "no open run"),
        ("skip shop/demo --reason \"in a hurry\"", "no_open_run", "no open run"),
        ("unlock shop/demo", "not_locked", "not locked"),
        ("adopt shop/demo", "nothing_changed", "as the log says"),
    ] {
        let count = refusals(&shop).await.len();
        let sentence = shop.refuses(line).await;
        assert!(sentence.contains(helps), "{line}: {sentence}");
        let refusals = refusals(&shop).await;
        assert_eq!(refusals.len(), count + 1, "{line}: {sentence}");
        assert!(code.is_empty() || refusals.last().unwrap() == code, "{line}: {refusals:?}");
    }
    let mut after = shop.site().await;
    (after.version, after.position) = (before.1.version, before.1.position);
    assert_eq!((shop.world().await, after), before);
    shop.end().await;
}

#[tokio::test]
async fn what_was_typed_and_not_understood_is_answered_and_not_stored() {
    let shop = Shop::open(&Terms::default()).await;
    let long = format!("deploy {}", "quokka ".repeat(1_500));
    for (line, is_recorded) in [
        ("dploy shop@wombat to demo", true),
        ("deploy wombat@v1 to demo", true),
        ("deploy shop@v1 to demo --wombat", true),
        ("wombats are nice animals, aren't they?", false),
        ("\u{1b}[2Jwombat\u{7}\u{0}", false),
        ("wombat\nwombat", false),
        (long.as_str(), false),
        ("", false),
        ("   ", false),
    ] {
        let count = refusals(&shop).await.len();
        let sentence = shop.refuses(line).await;
        assert!(!sentence.is_empty() && sentence.len() < 1_000, "{line:?}: {sentence}");
        assert!(sentence.chars().all(|it| !it.is_control()), "{line:?}: {sentence:?}");
        let more = refusals(&shop).await.len() - count;
        assert!(more <= 1 && (more == 1 || !is_recorded), "{line:?}: {more} recorded, {sentence}");
    }
    let sentence = shop.refuses("dploy shop@v1 to demo").await;
    assert!(sentence.contains("deploy"), "{sentence}");
    for file in ["changeover.db", "changeover.db-wal", "bot.log"] {
        let bytes = std::fs::read(shop.path(file)).unwrap_or_default();
        for typed in [b"wombat".as_slice(), b"quokka", b"dploy"] {
            assert!(!bytes.windows(typed.len()).any(|it| it == typed), "{file} holds what was typed");
        }
    }
    shop.end().await;
}

#[tokio::test]
async fn a_lock_closes_a_site_but_never_the_way_back() {
    let shop = Shop::with_way_back(&Terms::default()).await;
    assert!(!shop.say("lock shop/demo: schema change").await.is_refused);
    for line in [
        "deploy shop@v7 to demo --give-up-way-back",
        "cutover shop/demo",
        "decommission shop/demo --reason \"no need\"",
    ] {
        let sentence = shop.refuses(line).await;
        assert!(sentence.contains("schema change") && sentence.contains("unlock"), "{line}: {sentence}");
    }
    shop.succeeds("rollback shop/demo").await;
    assert_eq!(shop.green().await, 0);
    shop.end().await;
}

#[tokio::test]
async fn one_run_at_a_time() {
    let terms = Terms {
        hooks: "[[site.delivery.command.hooks]]\nname = \"build\"\nrun = [\"sleep\", \"60\"]\n",
        ..Terms::default()
    };
    let shop = Shop::open(&terms).await;
    let run = shop.begins("deploy shop@v1 to demo").await;
    for line in ["deploy shop@v2 to demo", "cutover shop/demo", "rollback shop/demo", "adopt shop/demo"] {
        let sentence = shop.refuses(line).await;
        assert!(sentence.contains(&format!("#{run}")) && sentence.contains("abort"), "{line}: {sentence}");
    }
    let sentence = shop.refuses("skip shop/demo --reason \"no time\"").await;
    assert!(sentence.contains("abort"), "{sentence}");
    assert!(!shop.say("lock shop/demo: no more today").await.is_refused);
    assert!(!shop.say("abort shop/demo").await.is_refused);
    shop.ended(run).await;
    shop.end().await;
}

#[tokio::test]
async fn the_way_back_is_not_deployed_onto_unless_it_is_given_up() {
    let shop = Shop::with_way_back(&Terms::default()).await;
    let sentence = shop.refuses("deploy shop@v7 to demo").await;
    assert!(sentence.contains("--give-up-way-back"), "{sentence}");
    let sentence = shop.refuses("cutover shop/demo").await;
    assert!(sentence.contains("rollback"), "{sentence}");
    shop.succeeds("deploy shop@v7 to demo --give-up-way-back").await;
    assert!(shop.site().await.window.is_none());
    shop.end().await;
}

#[tokio::test]
async fn a_way_back_that_was_given_up_in_vain_can_still_be_crossed_to() {
    let terms = Terms { patience: "checks = \"1s\"", ..Terms::default() };
    let shop = Shop::with_way_back(&terms).await;
    shop.turns_back("deploy shop@v3-broken to demo --give-up-way-back").await;
    shop.succeeds("cutover shop/demo").await;
    assert_eq!(shop.green().await, 0);
    shop.end().await;
}

/// The code of each refusal so far.
async fn refusals(shop: &Shop) -> Vec<String> {
    let all = shop.recorded().await;
    let facts = all.iter().map(|it| wire::decode(it).unwrap());
    facts
        .filter_map(|it| {
            let Event::Order(OrderEvent::Refused { code, .. }) = it else { return None };
            Some(code)
        })
        .collect()
}

#[tokio::test]
async fn what_waits_behind_a_busy_site_is_begun_when_it_is_free() {
    let shop = Shop::live(&Terms::default()).await;
    shop.begins("deploy shop@v2 to demo").await;
    assert!(!shop.say("cutover shop/demo --queue").await.is_refused);
    until("the queued cutover", async || {
        let site = shop.site().await;
        (site.run.is_none() && site.queue.waiting.is_empty() && site.window.is_some()).then_some(())
    })
    .await;
    let site = shop.site().await;
    let live = site.environments.get(site.live.unwrap());
    assert_eq!(live.release.as_ref().unwrap().name.as_str(), "v2");
    shop.end().await;
}
