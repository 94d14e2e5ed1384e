//! Cards: shown once, found again, changed in place, and held back when Discord wants a pause.

use std::sync::Arc;
use std::time::Duration;

use changeover::chat::discord::{Discord, Messages, Settings};
use changeover::chat::{Chat as _, ChatError, MessageId, Place, Platform};
use changeover::clock::{Clock as _, SystemClock};
use commands::card::{Card, answer};
use jiff::Timestamp;
use serde_json::json;

use crate::fake::{APPLICATION, CHANNEL, Fake, GUILD, Manner, TOKEN, USER};

struct Shown {
    fake: Fake,
    chat: Arc<Messages>,
    since: Timestamp,
    _folder: tempfile::TempDir,
}

async fn shown() -> Shown {
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), TOKEN).unwrap();
    let settings = json!({
        "application": APPLICATION, "guild": GUILD, "channel": CHANNEL, "api_url": fake.api_url(), "gateway": {},
        "token": { "file": folder.path().join("token") },
    });
    let settings: Settings = serde_json::from_value(settings).unwrap();
    let clock = SystemClock::new();
    let since = clock.now();
    Shown { fake, chat: Discord::furnish(&settings, Arc::new(clock)).unwrap().chat(), since, _folder: folder }
}

fn card(text: &str) -> Card {
    answer(text, false)
}

impl Shown {
    async fn post(&self, key: &str) -> Result<MessageId, ChatError> {
        self.chat.post(CHANNEL, None, &card(key), key).await
    }

    async fn find(&self, key: &str) -> Option<MessageId> {
        self.chat.find(CHANNEL, None, key, self.since).await.unwrap()
    }
}

#[tokio::test]
async fn a_card_is_shown_once_and_found_by_its_key() {
    let shown = shown().await;
    assert_eq!(shown.find("run/1").await, None);
    let first = shown.post("run/1").await.unwrap();
    assert_eq!(shown.post("run/1").await.unwrap(), first, "the nonce says that it is there");
    let second = shown.post("run/2").await.unwrap();
    assert_ne!(first, second);
    assert_eq!(shown.find("run/1").await, Some(first));
    assert_eq!(shown.find("run/2").await, Some(second));
    assert_eq!(shown.find("run/3").await, None);
    assert_eq!(shown.fake.messages(CHANNEL).len(), 2);
}

#[tokio::test]
async fn a_card_whose_answer_was_lost_is_found_behind_what_others_said() {
    let shown = shown().await;
    shown.fake.meets("POST /channels", Manner::DoneAndBroken(502));
    assert!(matches!(shown.post("run/1").await, Err(ChatError::Passing(_))));
    for other in 0..130 {
        shown.post(&format!("other/{other}")).await.unwrap();
    }
    let found = shown.find("run/1").await.unwrap();
    assert_eq!(shown.fake.messages(CHANNEL)[0]["id"], found.0);
    let last = shown.find("other/129").await.unwrap();
    assert_eq!(shown.fake.messages(CHANNEL)[130]["id"], last.0);
}

#[tokio::test]
async fn a_card_is_changed_in_place_and_one_that_is_gone_is_told() {
    let shown = shown().await;
    let message = shown.post("run/1").await.unwrap();
    shown.chat.amend(CHANNEL, &message, &card("another")).await.unwrap();
    let there = shown.fake.messages(CHANNEL);
    assert_eq!((there.len(), &there[0]["content"]), (1, &json!("another")));
    let gone = MessageId("5".into());
    assert_eq!(shown.chat.amend(CHANNEL, &gone, &card("x")).await, Err(ChatError::Gone));
    assert_eq!(shown.chat.post(CHANNEL, Some(&gone), &card("x"), "run/1/1").await, Err(ChatError::Gone));
    assert!(matches!(shown.chat.amend("6", &message, &card("x")).await, Err(ChatError::Lasting(_))));
}

#[tokio::test]
async fn details_stand_in_one_thread_below_their_card() {
    let shown = shown().await;
    let message = shown.post("run/1").await.unwrap();
    assert_eq!(shown.chat.find(CHANNEL, Some(&message), "run/1/1", shown.since).await, Ok(None));
    let detail = shown.chat.post(CHANNEL, Some(&message), &card("first"), "run/1/1").await.unwrap();
    shown.chat.post(CHANNEL, Some(&message), &card("second"), "run/1/2").await.unwrap();
    assert_eq!(shown.fake.messages(&message.0).len(), 2);
    assert_eq!(shown.fake.messages(CHANNEL).len(), 1);
    assert_eq!(shown.chat.find(CHANNEL, Some(&message), "run/1/1", shown.since).await, Ok(Some(detail)));
    let threads = shown.fake.requests().iter().filter(|it| it.contains("/threads")).count();
    assert_eq!(threads, 1);
}

#[tokio::test]
async fn a_pause_that_discord_wants_is_kept_and_nobody_is_asked_meanwhile() {
    let throttled = |after_ms| Err(ChatError::Throttled { after: Duration::from_millis(after_ms) });
    let within = |error: Result<MessageId, ChatError>, least: u64, most: u64| match error {
        Err(ChatError::Throttled { after }) => {
            assert!((least..=most).contains(&u64::try_from(after.as_millis()).unwrap()), "{after:?}");
        }
        other => panic!("{other:?}"),
    };
    let shown = shown().await;
    shown.fake.meets("POST /channels", Manner::Throttled { after_s: 0.5, is_global: false, is_said: true });
    assert_eq!(shown.post("run/1").await, throttled(500));
    let asked = shown.fake.requests().len();
    within(shown.post("run/1").await, 1, 500);
    assert_eq!(shown.fake.requests().len(), asked, "nobody asks during the pause");
    assert_eq!(shown.find("run/1").await, None, "another route is free");
    SystemClock::new().pause(Duration::from_millis(550)).await;
    // A route that is used up is known before anybody is refused.
    shown.fake.meets("POST /channels", Manner::LastForNow { after_s: 0.4 });
    let message = shown.post("run/1").await.unwrap();
    let asked = shown.fake.requests().len();
    within(shown.post("run/2").await, 1, 400);
    assert_eq!(shown.fake.requests().len(), asked);
    // Without a word on how long.
    shown.fake.meets("PATCH /channels", Manner::Throttled { after_s: 0.0, is_global: false, is_said: false });
    let amended = shown.chat.amend(CHANNEL, &message, &card("x")).await;
    assert_eq!(amended, Err(ChatError::Throttled { after: Duration::from_secs(5) }));
    // Everything, everywhere.
    SystemClock::new().pause(Duration::from_millis(450)).await;
    shown.fake.meets("POST /channels", Manner::Throttled { after_s: 3.0, is_global: true, is_said: true });
    assert_eq!(shown.post("run/2").await, throttled(3000));
    let found = shown.chat.find(CHANNEL, None, "run/2", shown.since).await;
    assert!(matches!(found, Err(ChatError::Throttled { .. })), "{found:?}");
}

#[tokio::test]
async fn a_bad_day_passes_and_a_revoked_token_lasts_until_it_is_good_again() {
    let shown = shown().await;
    for status in [500, 502, 503] {
        shown.fake.meets("POST /channels", Manner::Broken(status));
        assert!(matches!(shown.post("run/1").await, Err(ChatError::Passing(_))), "{status}");
    }
    shown.fake.revoke(true);
    let Err(ChatError::Lasting(why)) = shown.post("run/1").await else { panic!("a revoked token lasts") };
    assert_eq!(why, "Discord does not know the bot's token (any more)");
    shown.fake.revoke(false);
    shown.post("run/1").await.unwrap();
    // No answer at all is waited for, but not for ever.
    let clock = SystemClock::new();
    shown.fake.meets("PATCH /channels", Manner::Silent);
    let silent = shown.chat.amend(CHANNEL, &MessageId("5".into()), &card("x")).await;
    assert_eq!(silent, Err(ChatError::Passing("Discord did not answer in time".into())));
    assert!(clock.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_whisper_without_a_way_to_one_person_stands_in_the_channel() {
    let shown = shown().await;
    let place = Place { platform: Platform::Discord, channel: CHANNEL.into(), user: Some(USER.into()) };
    shown.chat.whisper(&place, &card("done @everyone")).await.unwrap();
    let said = shown.fake.messages(CHANNEL).pop().unwrap();
    assert_eq!(said["content"], format!("<@{USER}>"));
    assert_eq!(said["allowed_mentions"], json!({ "parse": [] }));
}
