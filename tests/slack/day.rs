//! A day in Slack: deploys, a cutover by shares, a rollback by button, a way back that is kept by button.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bed::Bed;
use crate::fake::Message;
use crate::kit::within;
use crate::peer::Peer;

/// How long anything of the day may take: messages are changed every three seconds at most.
const LONG: Duration = Duration::from_mins(2);

/// What a message says, as a reader sees it.
fn headline(message: &Message) -> &str {
    message.body["blocks"][0]["text"]["text"].as_str().unwrap()
}

/// The button whose label begins like this, as its action and value.
fn button(message: &Message, label: &str) -> Option<(String, String)> {
    let blocks = message.body["blocks"].as_array().unwrap();
    let buttons = blocks.iter().filter(|it| it["type"] == "actions").flat_map(|it| it["elements"].as_array().unwrap());
    let mut found = buttons.filter(|it| it["text"]["text"].as_str().unwrap().starts_with(label));
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    found.next().map(|it| (text(&it["action_id"]), text(&it["value"])))
}

fn has_buttons(message: &Message) -> bool {
    message.body["blocks"].as_array().unwrap().iter().any(|it| it["type"] == "actions")
}

impl Bed {
    async fn says(&self, command: &str, text: &str) {
        let id = self.fake.deliver("slash_commands", &self.fake.command(command, text));
        let acknowledged = self.fake.acknowledged(&id).await;
        let said = acknowledged.payload.unwrap()["text"].as_str().unwrap().to_owned();
        assert!(said.contains("in the log"), "{command} {text}: {said}");
    }

    /// Waits for a message of the channel whose headline holds this.
    async fn shows(&self, what: &str) -> Message {
        within(LONG, what, async || {
            let messages = self.fake.messages();
            messages.into_iter().rev().find(|it| it.thread.is_none() && headline(it).contains(what))
        })
        .await
    }

    /// Presses a button, and says why where it asks for that.
    async fn presses(&self, message: &Message, label: &str) {
        let (action, value) = button(message, label).unwrap_or_else(|| panic!("no {label} in {message:?}"));
        let before = self.fake.views().len();
        let id = self.fake.deliver("interactive", &self.fake.press(&action, &value));
        self.fake.acknowledged(&id).await;
        if action.starts_with("reason") {
            let view = within(LONG, "the form", async || self.fake.views().get(before).cloned()).await;
            let given = json!({ "type": "plain_text_input", "value": "checkout fails" });
            let id = self.fake.deliver("interactive", &self.fake.submission(&view, &given));
            self.fake.acknowledged(&id).await;
        }
    }
}

#[tokio::test]
async fn a_day_is_shown_as_it_goes_on_each_run_in_one_message() {
    let bed = Bed::socket().await;
    bed.says("/deploy", "shop@v1 to demo --reason \"the <first> *one*\"").await;
    bed.shows("v1 is ready on demo").await;
    bed.says("/cutover", "shop/demo").await;
    bed.shop.site_is("live", |it| it.live.is_some() && it.run.is_none()).await;
    bed.says("/deploy", "shop@v2 to demo").await;
    bed.shows("v2 is ready on demo").await;
    bed.says("/cutover", "shop/demo --canary 50").await;
    let window = bed.shows("is the way back of shop/demo").await;
    bed.presses(&window, "Keep").await;
    bed.shop.site_is("kept", |it| it.window.is_some()).await;
    bed.presses(&window, "Roll back").await;
    bed.shop.site_is("locked by the rollback", |it| it.lock.is_some()).await;
    bed.shows("went back to").await;

    // Pressed again, the old button explains itself, and changes nothing.
    let facts = bed.shop.facts().await.len();
    let whispers = bed.fake.whispers().len();
    bed.presses(&window, "Roll back").await;
    within(LONG, "an explanation", async || (bed.fake.whispers().len() > whispers).then_some(())).await;
    assert!(bed.shop.facts().await.len() <= facts + 1, "nothing but a refusal is recorded");

    // One message for each thing, and nothing to press on what is over.
    let messages = bed.fake.messages();
    let keys: Vec<String> = messages.iter().map(|it| it.body["metadata"]["event_payload"]["key"].to_string()).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{keys:?}");
    for message in
        messages.iter().filter(|it| headline(it).contains("is ready on") || headline(it).contains("went back to"))
    {
        assert!(!has_buttons(message), "{message:?}");
    }
    let mut peer = Peer::python("blocks.py", None);
    for blocks in bed.fake.shown() {
        assert_eq!(peer.asked(&blocks.to_string()).await, "good", "{blocks:#}");
    }
    bed.shop.end().await;
}
