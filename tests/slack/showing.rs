//! Cards on Slack: shown once, found again, amended, whispered; whatever Slack is like today.

use std::time::Duration;

use changeover::chat::slack::{Messages, Web};
use changeover::chat::{Chat as _, ChatError, MessageId, Place, Platform};
use changeover::config::secret::Secret;
use commands::card::{Card, Part, Span, Tone, answer};
use jiff::Timestamp;

use crate::fake::{BOT_TOKEN, CHANNEL, Fake, Manner, TEAM, USER};

fn messages(fake: &Fake) -> Messages {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, BOT_TOKEN).unwrap();
    let token = Secret::File(path).resolve().unwrap();
    let web = Web::new(changeover::client::client().unwrap(), &fake.api_url(), token);
    Messages { web, team: TEAM.to_owned() }
}

fn card(text: &str) -> Card {
    let parts = vec![Part::Text(vec![Span::Plain(text.to_owned())])];
    Card {
        headline: text.to_owned(),
        sentence: text.to_owned(),
        tone: Tone::Underway,
        parts,
        buttons: vec![],
        footnote: vec![],
    }
}

#[tokio::test]
async fn a_card_is_shown_amended_and_found_again_by_its_key() {
    let fake = Fake::start().await;
    let messages = messages(&fake);
    let mut shown = Vec::new();
    for key in ["one", "two", "three", "four", "five"] {
        shown.push(messages.post(CHANNEL, None, &card(key), key).await.unwrap());
    }
    let reply = messages.post(CHANNEL, Some(&shown[0]), &card("detail"), "detail").await.unwrap();
    messages.amend(CHANNEL, &shown[0], &card("done")).await.unwrap();
    assert_eq!(fake.messages()[0].body["text"], "done");
    // Also on the third page of history, also in a thread; and only what is there.
    let find = async |under, key| messages.find(CHANNEL, under, key, Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(find(None, "one").await.as_ref(), Some(&shown[0]));
    assert_eq!(find(Some(&shown[0]), "detail").await, Some(reply));
    assert_eq!(find(None, "detail").await, None);
    assert_eq!(find(None, "six").await, None);
    let gone = messages.amend(CHANNEL, &MessageId("1.000000".into()), &card("x")).await;
    assert_eq!(gone, Err(ChatError::Gone));
    let gone = messages.post(CHANNEL, Some(&MessageId("1.000000".into())), &card("x"), "y").await;
    assert_eq!(gone, Err(ChatError::Gone));
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_found_instead_of_shown_again() {
    let fake = Fake::start().await;
    let messages = messages(&fake);
    fake.meets("chat.postMessage", Manner::DoneThenBroken);
    let lost = messages.post(CHANNEL, None, &card("one"), "one").await;
    assert!(matches!(lost, Err(ChatError::Passing(_))), "{lost:?}");
    let found = messages.find(CHANNEL, None, "one", Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(found.map(|it| it.0), Some(fake.messages()[0].ts.clone()));
}

#[tokio::test]
async fn what_slack_is_like_today_is_told_apart_and_no_error_names_a_token() {
    let fake = Fake::start().await;
    let messages = messages(&fake);
    let post = async |manner| {
        fake.meets("chat.postMessage", manner);
        let error = messages.post(CHANNEL, None, &card("one"), "one").await.unwrap_err();
        assert!(!format!("{error:?}").contains(BOT_TOKEN), "{error:?}");
        error
    };
    assert_eq!(post(Manner::Throttled(Some(7))).await, ChatError::Throttled { after: Duration::from_secs(7) });
    assert_eq!(post(Manner::Throttled(None)).await, ChatError::Throttled { after: Duration::from_secs(10) });
    assert!(matches!(post(Manner::Broken).await, ChatError::Passing(_)));
    assert!(matches!(post(Manner::Refused("internal_error")).await, ChatError::Passing(_)));
    assert!(matches!(post(Manner::Refused("is_archived")).await, ChatError::Lasting(_)));
    fake.revoke(true);
    let revoked = messages.post(CHANNEL, None, &card("one"), "one").await;
    assert!(matches!(&revoked, Err(ChatError::Lasting(why)) if why.contains("token_revoked")), "{revoked:?}");
    fake.revoke(false);
    messages.post(CHANNEL, None, &card("one"), "one").await.unwrap();
    assert_eq!(fake.messages().len(), 1);
}

#[tokio::test]
async fn who_can_not_be_told_where_they_spoke_is_told_alone() {
    let fake = Fake::start().await;
    let messages = messages(&fake);
    let place = Place { platform: Platform::Slack, channel: CHANNEL.to_owned(), user: Some(USER.to_owned()) };
    messages.whisper(&place, &answer("here", false)).await.unwrap();
    fake.set_channel(false);
    messages.whisper(&place, &answer("alone", false)).await.unwrap();
    assert_eq!(fake.whispers().len(), 1);
    assert_eq!(fake.messages()[0].body["channel"], USER);
}
