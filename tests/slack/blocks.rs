//! Cards in Block Kit, held against Slack's own rules by Slack's own SDK.

use changeover::chat::slack::blocks::{blocks, fallback};
use commands::card::{Button, Card, Mark, Part, Press, Span, Style, Tone, answer};
use events::actor::Actor;
use events::chat::Shown;
use jiff::Timestamp;
use serde_json::Value;

use crate::fake::TEAM;
use crate::peer::Peer;

/// A card that has as much of everything as somebody could put into it.
fn huge(text: &str) -> Card {
    let spans = vec![
        Span::Plain(text.to_owned()),
        Span::Strong(text.to_owned()),
        Span::Code(text.to_owned()),
        Span::Time(Timestamp::UNIX_EPOCH),
        Span::Person(Actor::recorded("slack:T01/U02".into())),
        Span::Person(Actor::recorded("console:1000".into())),
    ];
    let marks = [Mark::Waiting, Mark::Underway, Mark::Done, Mark::Failed, Mark::Skipped, Mark::Undone];
    let button = Button {
        label: text.to_owned(),
        press: Press {
            verb: "abort".to_owned(),
            site: "shop/production".parse().unwrap(),
            shown: Shown { run: None, standing: None },
            words: String::new(),
        },
        style: Style::Danger,
        confirm: Some(text.to_owned()),
        asks_reason: false,
    };
    Card {
        headline: text.to_owned(),
        sentence: text.to_owned(),
        tone: Tone::Attention,
        parts: vec![
            Part::Text(spans.clone()),
            Part::Facts(vec![(text.to_owned(), spans.clone()); 10]),
            Part::Steps(marks.into_iter().cycle().take(64).map(|mark| (mark, spans.clone())).collect()),
            Part::Text(Vec::new()),
        ],
        buttons: vec![button; 30],
        footnote: spans,
    }
}

async fn hold(peer: &mut Peer, card: &Card) -> Value {
    let json = serde_json::to_value(blocks(card, TEAM)).unwrap();
    assert_eq!(peer.asked(&json.to_string()).await, "good", "{json:#}");
    json
}

/// All text that a block shows.
fn text(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(text).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| {
                value.as_str().filter(|_| key == "text").map_or_else(|| text(value), |it| it.chars().count())
            })
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[tokio::test]
async fn slacks_own_sdk_takes_every_card() {
    let mut peer = Peer::python("blocks.py", None);
    for content in [
        "",
        " ",
        "x",
        "<!channel> & <@U02> *b* _i_ `c` ~s~ :smile:",
        "ß😀\n\n\t",
        &"long ".repeat(200),
        &"😀".repeat(5_000),
    ] {
        let card = huge(content);
        let json = hold(&mut peer, &card).await;
        // Labels and questions of buttons do not count as text of the message, as far as anybody knows.
        let shown: usize = json.as_array().unwrap().iter().filter(|it| it["type"] != "actions").map(text).sum();
        assert!(shown <= 8_000, "{shown} characters");
        assert!(!fallback(&card).is_empty());
    }
    for content in ["", "done", &"line\n".repeat(3_000)] {
        hold(&mut peer, &answer(content, true)).await;
    }
}

#[tokio::test]
async fn what_the_sdk_refuses_is_seen() {
    let mut peer = Peer::python("blocks.py", None);
    let too_long = serde_json::json!([{ "type": "header", "text": { "type": "plain_text", "text": "x".repeat(151) } }]);
    assert_ne!(peer.asked(&too_long.to_string()).await, "good");
    assert_ne!(peer.asked("[{\"type\":\"no_such_block\"}]").await, "good");
    assert_ne!(peer.asked("[]").await, "good");
}

#[test]
fn nothing_that_people_say_is_markup() {
    let json = serde_json::to_string(&blocks(&huge("<!channel> *b* & <@U99>"), TEAM)).unwrap();
    assert!(!json.contains("mrkdwn\",\"text\":\"<!channel>"), "{json}");
    assert!(json.contains("&lt;!channel&gt; *b* &amp; &lt;@U99&gt;"), "{json}");
    // People of this workspace are named by their id, those of others in plain words.
    assert!(json.contains("{\"type\":\"user\",\"user_id\":\"U02\"}"), "{json}");
    let other = Card {
        parts: vec![Part::Text(vec![Span::Person(Actor::recorded("slack:T99/U02".into()))])],
        ..answer("x", false)
    };
    assert!(!serde_json::to_string(&blocks(&other, TEAM)).unwrap().contains("user_id"));
    assert_eq!(fallback(&answer("a < b & c", false)), "a &lt; b &amp; c");
}
