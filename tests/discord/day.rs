//! The same day in Discord.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::bed::{Bed, GATEWAY, press};
use crate::chat::{self, Pressable, Shown, Talk, Tone, Typed, Who, day, in_words, is_told, marked};
use crate::fake::{CHANNEL, GUILD, USER};

const OTHER_USER: &str = "1100000000000000078";

fn user(who: Who) -> &'static str {
    match who {
        Who::Ann => USER,
        Who::Bob => OTHER_USER,
    }
}

/// A text as a reader sees it: markup is gone, moments and people are in words.
fn read(text: &str) -> String {
    let mut read = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let tag = rest.strip_prefix('<').and_then(|it| it.split_once('>'));
        if let Some((tag, after)) = tag.filter(|(tag, _)| tag.starts_with("t:")) {
            let second = tag.split(':').nth(1).unwrap().parse().unwrap();
            read += &in_words(Timestamp::from_second(second).unwrap());
            // What is left until then is told beside it.
            let (_, after) = after.strip_prefix(" (<").and_then(|it| it.split_once(">)")).unwrap();
            rest = after;
        } else if let Some((tag, after)) = tag.filter(|(tag, _)| tag.starts_with('@')) {
            read.push('@');
            read += Who::of(&tag[1..], user).name();
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix('\\') {
            let plain = after.chars().next().unwrap();
            read.push(plain);
            rest = &after[plain.len_utf8()..];
        } else {
            read.extend(Some(c).filter(|it| *it != '`'));
            rest = &rest[c.len_utf8()..];
        }
    }
    [Who::Ann, Who::Bob]
        .into_iter()
        .fold(read, |text, who| text.replace(&format!("discord:{GUILD}/{}", user(who)), &format!("@{}", who.name())))
}

fn line(line: &str) -> String {
    match line.split_once(' ') {
        Some((sign, rest)) if marked(sign).is_some() => format!("{} {}", marked(sign).unwrap(), read(rest)),
        Some(_) | None => read(line),
    }
}

fn shown(message: &Value) -> Shown {
    let embed = &message["embeds"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tone = match embed["color"].as_u64().unwrap() {
        0x3b_82f6 => Some(Tone::Underway),
        0x22_a559 => Some(Tone::Good),
        0xf0_a020 => Some(Tone::Attention),
        0xd8_3a42 => Some(Tone::Bad),
        _ => None,
    };
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let buttons = items(&message["components"]).iter().flat_map(|row| items(&row["components"])).collect::<Vec<_>>();
    Shown {
        headline: text(&embed["title"]),
        tone,
        lines: text(&embed["description"]).lines().map(line).collect(),
        facts: items(&embed["fields"]).iter().map(|it| (text(&it["name"]), read(&text(&it["value"])))).collect(),
        buttons: buttons
            .iter()
            .map(|it| Pressable { label: text(&it["label"]), action: text(&it["custom_id"]), value: String::new() })
            .collect(),
    }
}

impl Bed {
    /// Somebody does something; the first answer.
    async fn does(&self, who: Who, interaction: &mut Value) -> Value {
        interaction["member"]["user"]["id"] = user(who).into();
        self.fake.dispatch(interaction);
        self.fake.answer_to(interaction).await
    }
}

impl Talk for Bed {
    async fn types(&self, who: Who, typed: &Typed) -> Shown {
        let mut command = self.fake.command(typed.verb, typed.options);
        self.does(who, &mut command).await;
        shown(&self.follow_up(&command).await)
    }

    async fn presses(&self, who: Who, button: &Pressable, why: &str) -> Shown {
        let mut pressed = press(&self.fake, &button.action);
        let form = self.does(who, &mut pressed).await;
        if form["type"] == 9 {
            let field = json!({ "type": 4, "custom_id": "reason", "value": why });
            let filled =
                json!({ "custom_id": form["data"]["custom_id"], "components": [{ "type": 1, "components": [field] }] });
            pressed = self.fake.interaction(5, &filled);
            self.does(who, &mut pressed).await;
        }
        shown(&self.follow_up(&pressed).await)
    }

    fn channel(&self) -> Vec<Shown> {
        self.fake.messages(CHANNEL).iter().map(shown).collect()
    }
}

#[tokio::test]
async fn a_day_in_discord_is_as_it_is_told() {
    let mut bed = Bed::furnished(chat::shop().await, GATEWAY).await;
    bed.shop.start().await;
    bed.fake.connected().await;
    let transcript = day(&bed).await;

    // One message for each thing.
    let nonces: Vec<String> = bed.fake.messages(CHANNEL).iter().map(|it| it["nonce"].to_string()).collect();
    assert_eq!(nonces.iter().collect::<BTreeSet<_>>().len(), nonces.len(), "{nonces:?}");
    bed.shop.end().await;
    is_told(&transcript);
}
