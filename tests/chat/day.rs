//! The day: a release is approved by another person, gets its users by shares, keeps its way back, and goes back.

use super::page::Page;
use super::{Shown, Talk, Typed, Who};

const DEPLOY: Typed = Typed {
    verb: "deploy",
    rest: "shop@v2 to production --reason \"new basket\"",
    options: &[("site", "shop/production"), ("release", "v2"), ("reason", "new basket")],
};
const CUTOVER: Typed = Typed {
    verb: "cutover",
    rest: "shop/production --canary 25",
    options: &[("site", "shop/production"), ("canary", "25")],
};

/// Lives through it, and tells what was seen. v1 serves users in the beginning.
pub(crate) async fn day(talk: &impl Talk) -> String {
    let mut page = Page::new(talk);
    page.types(Who::Ann, &DEPLOY).await;
    let question = page.shows("Approval is needed", |_| true).await;
    let refused = page.presses(Who::Ann, &question, "Approve", "").await;
    assert_eq!(refused.headline, "Not done");
    page.presses(Who::Bob, &question, "Approve", "").await;
    page.shows("Approved: ", is_over).await;
    page.shows("shop v2 is ready", is_over).await;

    page.types(Who::Ann, &CUTOVER).await;
    let canary = page.shows("Bringing users", |it| it.buttons.len() == 2).await;
    assert!(canary.lines.iter().any(|it| it.contains("green 25 %")), "{canary:#?}");
    page.presses(Who::Bob, &canary, "Go on now", "no errors so far").await;
    page.shows("Users of shop/production are on v2", is_over).await;

    let window = page.shows("blue (v1) of shop/production will be decommissioned", |_| true).await;
    page.presses(Who::Ann, &window, "Keep 24 h longer", "").await;
    let kept = page.shows("blue (v1) is the way back", |_| true).await;
    page.presses(Who::Bob, &kept, "Roll back", "checkout fails").await;
    page.shows("Users of shop/production are back on v1", is_over).await;
    page.shows("shop/production went back to blue", is_over).await;
    let lock = page.shows("shop/production is locked", |_| true).await;
    let stale = page.presses(Who::Ann, &kept, "Roll back", "checkout fails").await;
    assert_eq!(stale.headline, "Not done");
    page.presses(Who::Bob, &lock, "Unlock", "").await;
    page.shows("shop/production is open again", is_over).await;

    // Whatever is over has nothing to press.
    let over = ["Approved: ", "shop v2 is ready", "Users of", "shop/production went back", "shop/production is open"];
    for shown in talk.channel() {
        assert!(over.iter().any(|it| shown.headline.starts_with(it)) && is_over(&shown), "{shown:#?}");
    }
    page.text()
}

fn is_over(shown: &Shown) -> bool {
    shown.buttons.is_empty()
}
