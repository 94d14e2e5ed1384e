//! A day in Slack.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::bed::{Bed, SOCKET};
use crate::chat::{self, Pressable, Shown, Talk, Tone, Typed, Who, day, in_words, is_told, marked};
use crate::fake::{OTHER_USER, TEAM, USER};
use crate::kit::until;
use crate::peer::Peer;

fn user(who: Who) -> &'static str {
    match who {
        Who::Ann => USER,
        Who::Bob => OTHER_USER,
    }
}

/// A text, with people by their names.
fn plain(text: &str) -> String {
    [Who::Ann, Who::Bob].into_iter().fold(text.to_owned(), |text, who| {
        text.replace(&format!("slack:{TEAM}/{}", user(who)), &format!("@{}", who.name()))
    })
}

/// One piece of rich text, as a reader sees it.
fn piece(element: &Value) -> String {
    match element["type"].as_str().unwrap() {
        "text" => plain(element["text"].as_str().unwrap()),
        "emoji" => marked(element["name"].as_str().unwrap()).unwrap().to_owned(),
        "date" => in_words(Timestamp::from_second(element["timestamp"].as_i64().unwrap()).unwrap()),
        "user" => {
            format!("@{}", Who::of(element["user_id"].as_str().unwrap(), user).name())
        }
        other => panic!("{other} is no piece of ours"),
    }
}

/// The lines of a rich text; those that begin in bold, if they all do, are names and values.
fn rich(block: &Value, shown: &mut Shown) {
    let mut lines: Vec<(bool, String)> = vec![(false, String::new())];
    for element in block["elements"][0]["elements"].as_array().unwrap() {
        if element["text"] == "\n" {
            lines.push((false, String::new()));
            continue;
        }
        let (is_bold, line) = lines.last_mut().unwrap();
        *is_bold |= line.is_empty() && element["style"]["bold"] == true;
        line.push_str(&piece(element));
    }
    // A single reading is one, too; `Why:` is not.
    let is_list = lines.len() > 1 || lines.iter().all(|(_, line)| line.contains("(wanted "));
    if is_list && lines.iter().all(|(is_bold, _)| *is_bold) {
        let fact = |(_, line): &(bool, String)| line.split_once(": ").map(|(a, b)| (a.to_owned(), b.to_owned()));
        shown.facts.extend(lines.iter().filter_map(fact));
    } else {
        shown.lines.extend(lines.into_iter().map(|(_, line)| line));
    }
}

fn shown(blocks: &Value) -> Shown {
    const TONES: [(&str, Tone); 4] = [
        (":hourglass_flowing_sand: ", Tone::Underway),
        (":white_check_mark: ", Tone::Good),
        (":warning: ", Tone::Attention),
        (":x: ", Tone::Bad),
    ];
    let mut shown = Shown::default();
    for block in blocks.as_array().unwrap() {
        match block["type"].as_str().unwrap() {
            "header" => {
                let text = block["text"]["text"].as_str().unwrap();
                let tone = TONES.into_iter().find(|(sign, _)| text.starts_with(sign));
                shown.tone = tone.map(|(_, tone)| tone);
                let headline = tone.and_then(|(sign, _)| text.strip_prefix(sign)).unwrap_or(text);
                headline.clone_into(&mut shown.headline);
            }
            "rich_text" => rich(block, &mut shown),
            "actions" => shown.buttons.extend(block["elements"].as_array().unwrap().iter().map(|it| Pressable {
                label: it["text"]["text"].as_str().unwrap().to_owned(),
                action: it["action_id"].as_str().unwrap().to_owned(),
                value: it["value"].as_str().unwrap().to_owned(),
            })),
            // The small print has numbers that differ from day to day.
            "context" => {}
            other => panic!("{other} is no block of ours"),
        }
    }
    shown
}

impl Bed {
    fn whispers_to(&self, who: Who) -> Vec<Value> {
        self.fake.whispers().into_iter().filter(|it| it["user"] == user(who)).collect()
    }

    /// What they alone are shown after so many others.
    async fn answer(&self, who: Who, before: usize) -> Shown {
        let whisper = until("an answer", async || self.whispers_to(who).get(before).cloned()).await;
        shown(&whisper["blocks"])
    }
}

impl Talk for Bed {
    async fn types(&self, who: Who, typed: &Typed) -> Shown {
        let before = self.whispers_to(who).len();
        let mut command = self.fake.command(&format!("/{}", typed.verb), typed.rest);
        command["user_id"] = user(who).into();
        let id = self.fake.deliver("slash_commands", &command);
        let said = self.fake.acknowledged(&id).await.payload.unwrap();
        assert!(said["text"].as_str().unwrap().contains("in the log"), "{typed:?}: {said}");
        self.answer(who, before).await
    }

    async fn presses(&self, who: Who, button: &Pressable, why: &str) -> Shown {
        let (before, forms) = (self.whispers_to(who).len(), self.fake.views().len());
        let mut press = self.fake.press(&button.action, &button.value);
        press["user"]["id"] = user(who).into();
        let id = self.fake.deliver("interactive", &press);
        self.fake.acknowledged(&id).await;
        if button.action.starts_with("reason") {
            let form = until("the form", async || self.fake.views().get(forms).cloned()).await;
            let given = json!({ "type": "plain_text_input", "value": why });
            let mut submission = self.fake.submission(&form, &given);
            submission["user"]["id"] = user(who).into();
            let id = self.fake.deliver("interactive", &submission);
            self.fake.acknowledged(&id).await;
        }
        self.answer(who, before).await
    }

    fn channel(&self) -> Vec<Shown> {
        let messages = self.fake.messages();
        messages.iter().filter(|it| it.thread.is_none()).map(|it| shown(&it.body["blocks"])).collect()
    }
}

#[tokio::test]
async fn a_day_in_slack_is_as_it_is_told() {
    let mut bed = Bed::furnished(chat::shop().await, SOCKET).await;
    bed.shop.start().await;
    bed.fake.connected(2).await;
    let transcript = day(&bed).await;

    // One message for each thing, and nothing that Slack would not take.
    let messages = bed.fake.messages();
    let keys: Vec<String> = messages.iter().map(|it| it.body["metadata"]["event_payload"]["key"].to_string()).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{keys:?}");
    let mut peer = Peer::python("blocks.py", None);
    for blocks in bed.fake.shown() {
        assert_eq!(peer.asked(&blocks.to_string()).await, "good", "{blocks:#}");
    }
    bed.shop.end().await;
    is_told(&transcript);
}
