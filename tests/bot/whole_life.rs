//! A shop's whole life, as people live it.

use events::color::Color;
use events::fold::WindowEnd;

use crate::kit::{Shop, Terms};

#[tokio::test]
async fn a_release_goes_live_comes_back_and_is_decommissioned() {
    let shop = Shop::with_way_back(&Terms::default()).await;
    assert_eq!(shop.green().await, 100);

    shop.succeeds("rollback shop/demo: checkout fails").await;
    assert_eq!(shop.green().await, 0);
    let sentence = shop.refuses("cutover shop/demo").await;
    assert!(sentence.contains("checkout fails") && sentence.contains("unlock"), "{sentence}");
    assert!(!shop.say("unlock shop/demo").await.is_refused);
    shop.succeeds("cutover shop/demo").await;

    assert!(!shop.say("keep shop/demo 24h").await.is_refused);
    assert!(!shop.say("keep shop/demo").await.is_refused);
    let window = shop.site().await.window.unwrap();
    assert_eq!((window.end, window.way_back), (WindowEnd::Held, Color::Blue));
    let sentence = shop.refuses("decommission shop/demo").await;
    assert!(sentence.contains("--reason"), "{sentence}");
    shop.succeeds("decommission shop/demo --reason \"the disk is full\"").await;
    assert!(shop.balancer().await.members.get(Color::Blue).is_empty());
    assert!(shop.site().await.window.is_none());
    shop.end().await;
}
