//! Requests that choose their color.

use events::color::Color;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::{get_request, send};

#[tokio::test]
async fn a_preview_goes_to_its_color_and_is_not_counted_as_a_users_request() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let preview = |color| get_request("/", &[("X-Changeover-Preview", color)]);
    assert_eq!(send(balancer.plain, preview("green")).await.text, "green");
    assert_eq!(green.header("x-changeover-preview"), "", "members never see it");
    let status = balancer.status().await;
    assert_eq!((status.users.green.begun, status.previews.green.begun), (0, 1));
    assert_eq!(send(balancer.plain, preview("red")).await.status, 400);

    green.be_well(false);
    balancer.until_healthy(1).await;
    assert_eq!(send(balancer.plain, preview("green")).await.text, "green", "healthy or not");
    balancer.members(Color::Green, &[]).await;
    let reply = send(balancer.plain, preview("green")).await;
    assert_eq!(reply.status, 503);
    assert!(reply.text.starts_with("There is nothing to preview"), "{}", reply.text);
}

#[tokio::test]
async fn a_preview_needs_its_token_if_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "s3cret\n").unwrap();
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let flags = ["--preview-token-file", token.to_str().unwrap(), "--preview-header", "X-Try"];
    let balancer = Balancer::with_two(&flags, &blue, &green).await;
    let preview = |value| get_request("/", &[("x-try", value)]);
    assert_eq!(send(balancer.plain, preview("green s3cret")).await.text, "green");
    assert_eq!(send(balancer.plain, preview("green wrong")).await.status, 403);
    assert_eq!(send(balancer.plain, preview("green")).await.status, 403);
    assert!(!balancer.log().contains("s3cret"));
}

#[tokio::test]
async fn a_preview_that_is_switched_off_is_a_users_request() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&["--no-preview"], &blue, &green).await;
    assert_eq!(send(balancer.plain, get_request("/", &[("x-changeover-preview", "green")])).await.text, "blue");
    assert_eq!(blue.header("x-changeover-preview"), "");
}
