//! Slack has a bad day in the middle of a run: the run goes on, it is told once, and the channel catches up.

use std::time::Duration;

use crate::bed::Bed;
use crate::fake::Manner;
use crate::kit::within;

const LONG: Duration = Duration::from_mins(3);

#[tokio::test]
async fn a_token_that_is_revoked_in_the_middle_of_a_run_holds_nothing_up_and_is_told_once() {
    let mut bed = Bed::socket().await;
    let texts = |bed: &Bed| -> Vec<String> {
        let headlines = bed.fake.messages().into_iter().filter(|it| it.thread.is_none());
        headlines.map(|it| it.body["text"].as_str().unwrap().to_owned()).collect()
    };
    let deploy = bed.fake.deliver("slash_commands", &bed.fake.command("/deploy", "shop@v1 to demo"));
    bed.fake.acknowledged(&deploy).await;
    within(LONG, "the run is shown", async || texts(&bed).pop()).await;
    bed.fake.revoke(true);
    bed.shop.site_is("deployed", |it| it.run.is_none() && it.last.is_some()).await;
    bed.shop.succeeds("cutover shop/demo").await;
    let told = "the channel shows nothing until somebody mends this";
    within(LONG, "it is told", async || bed.shop.bot_log().contains(told).then_some(())).await;
    // Whoever looks is told, too.
    let output = bed.shop.command(&["check", "--live"]).await;
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stdout).contains("token_revoked"));
    let status = bed.shop.prints(&["status", "shop/demo"]).await;
    assert!(status.contains("is live"), "{status}");
    let log = bed.shop.bot_log();
    assert_eq!(log.matches(told).count(), 1, "{log}");
    assert!(!log.contains(crate::fake::BOT_TOKEN));

    // Whoever replaces the token starts the bot again: each message comes to show how it is now, and none is there twice.
    assert!(bed.shop.stop().await.success());
    bed.fake.revoke(false);
    bed.fake.meets("chat.update", Manner::Throttled(Some(1)));
    bed.fake.meets("chat.postMessage", Manner::Broken);
    bed.shop.start().await;
    let shown = || {
        let texts = texts(&bed);
        let is_over = |it: &String| it.contains("is ready on demo") || it.contains("are on v1");
        (texts.len() == 2 && texts.iter().all(is_over)).then_some(())
    };
    within(LONG, "the channel has caught up", async || shown()).await;
    bed.shop.end().await;
}
