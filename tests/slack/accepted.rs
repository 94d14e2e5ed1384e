//! The fake is faithful: what the makers of Slack wrote takes it for Slack.

use serde_json::json;

use crate::bed::{SECRET, Signer, body};
use crate::fake::Fake;
use crate::kit::ports;
use crate::peer::Peer;

/// A life of an app in Socket Mode: started, spoken to, pressed, renewed, cut.
async fn lives_on(fake: &Fake, mut peer: Peer) {
    assert_eq!(peer.tells().await, "started");
    fake.connected(1).await;

    let id = fake.deliver("slash_commands", &fake.command("/deploy", "one"));
    assert_eq!(peer.tells().await, "command one");
    let acknowledged = fake.acknowledged(&id).await;
    let text = acknowledged.payload.unwrap();
    assert!(text == json!("heard one") || text["text"] == "heard one", "{text}");

    let id = fake.deliver("interactive", &fake.press("press/0", "keep it"));
    assert_eq!(peer.tells().await, "action keep it");
    fake.acknowledged(&id).await;

    let id = fake.deliver("events_api", &fake.mention("status"));
    assert_eq!(peer.tells().await, "mention one");
    fake.acknowledged(&id).await;
    let said = fake.messages().pop().unwrap();
    assert_eq!((said.body["text"].as_str().unwrap(), said.edits), ("said again", 1));

    fake.refresh();
    fake.connected(1).await;
    let id = fake.deliver("slash_commands", &fake.command("/deploy", "after a renewal"));
    assert_eq!(peer.tells().await, "command after a renewal");
    fake.acknowledged(&id).await;

    fake.cut();
    fake.connected(1).await;
    let id = fake.deliver("slash_commands", &fake.command("/deploy", "after a cut"));
    assert_eq!(peer.tells().await, "command after a cut");
    fake.acknowledged(&id).await;
}

#[tokio::test]
async fn bolt_for_node_takes_the_fake_for_slack() {
    let fake = Fake::start().await;
    lives_on(&fake, Peer::node("bolt_socket.js", &fake)).await;
}

#[tokio::test]
async fn bolt_for_python_takes_the_fake_for_slack() {
    let fake = Fake::start().await;
    lives_on(&fake, Peer::python("bolt_socket.py", Some(&fake))).await;
}

#[tokio::test]
async fn bolt_hears_the_requests_that_these_tests_send() {
    let fake = Fake::start().await;
    for script in ["bolt_http.js", "bolt_http.py"] {
        let port = ports();
        let mut peer = Peer::server(script, &fake, port);
        assert_eq!(peer.tells().await, "started");
        let body = body(&fake.command("/changeover", "status"));
        let (signature, time) = Signer::start().sign(SECRET, &body, 0).await;
        let send = async |signature: &str| {
            let request = changeover::client::client().unwrap().post(format!("http://127.0.0.1:{port}/slack/events"));
            let request = request.header("content-type", "application/x-www-form-urlencoded").body(body.clone());
            let request = request.header("x-slack-signature", signature).header("x-slack-request-timestamp", &time);
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        };
        let (status, said) = send(&signature).await;
        assert!(status == 200 && said.contains("heard"), "{script}: {status} {said}");
        assert_eq!(send("v0=00").await.0, 401, "{script}");
    }
}
