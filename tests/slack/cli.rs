//! What the command line says of Slack: the app's manifest, and whether Slack agrees with the settings.

use serde_json::Value;

use crate::bed::Bed;

async fn manifest(bed: &Bed, arguments: &[&str]) -> Value {
    let printed = bed.shop.prints(&[&["slack", "manifest"], arguments].concat()).await;
    serde_json::from_str(&printed).unwrap()
}

/// Every address in it.
fn addresses(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => Some(text.as_str()).filter(|it| it.starts_with("https://")).into_iter().collect(),
        Value::Array(items) => items.iter().flat_map(addresses).collect(),
        Value::Object(fields) => fields.values().flat_map(addresses).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

#[tokio::test]
async fn the_manifest_is_of_the_way_in_that_was_chosen() {
    let bed = Bed::socket().await;
    let socket = manifest(&bed, &["--config", "changeover.toml"]).await;
    assert_eq!(socket, manifest(&bed, &[]).await);
    assert_eq!(socket["settings"]["socket_mode_enabled"], true);
    assert_eq!(addresses(&socket), Vec::<&str>::new());
    let commands = socket["features"]["slash_commands"].as_array().unwrap();
    let names: Vec<&str> = commands.iter().map(|it| it["command"].as_str().unwrap()).collect();
    assert_eq!(names, ["/deploy", "/cutover", "/rollback", "/changeover"]);

    let http = manifest(&bed, &["--url", "https://releases.shop.example"]).await;
    assert_eq!(http["settings"]["socket_mode_enabled"], false);
    // Four commands, presses and forms, and events.
    assert_eq!(addresses(&http), ["https://releases.shop.example/slack"; 6]);
    for wrong in
        [&["--url", "http://releases.shop.example"][..], &["--config", "changeover.toml", "--url", "https://x"]]
    {
        let output = bed.shop.command(&[&["slack", "manifest"], wrong].concat()).await;
        assert!(!output.status.success(), "{wrong:?}");
    }
    bed.shop.end().await;
}

#[tokio::test]
async fn what_slack_says_otherwise_is_told_before_anybody_relies_on_it() {
    let bed = Bed::socket().await;
    let check = async || {
        let output = bed.shop.command(&["check", "--live"]).await;
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (is_good, told) = check().await;
    assert!(is_good, "{told}");
    for sentence in [
        "slack: the token is changeover's, in the workspace Shop",
        "slack: it has every scope that is needed",
        "slack: it belongs to the app",
        "slack: the bot is in the channel #releases",
        "slack: the user group S09 has 1 members",
        "slack: Socket Mode can be opened by the app's own token",
    ] {
        assert!(told.contains(sentence), "{sentence}: {told}");
    }
    bed.fake.take_scope("usergroups:read");
    bed.fake.set_channel(false);
    let (is_good, told) = check().await;
    assert!(!is_good && told.contains("it lacks usergroups:read"), "{told}");
    assert!(told.contains("the bot is not in the channel #releases: /invite it"), "{told}");
    bed.fake.revoke(true);
    let (is_good, told) = check().await;
    assert!(!is_good && told.contains("token_revoked"), "{told}");
    bed.shop.end().await;
}
