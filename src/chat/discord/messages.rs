//! Cards on Discord: posted once, amended in place, and found again after a crash.

use std::sync::Arc;

use async_trait::async_trait;
use commands::card::{Card, Span};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use super::answer::EPHEMERAL;
use super::embeds;
use super::rest::{Refused, Rest, Trouble};
use super::text::{cut, plain};
use super::tokens::Tokens;
use crate::chat::{Chat, ChatError, MessageId, Place, Platform};
use crate::clock::Clock;

/// Discord's codes for what is not there, and for what is there already.
const UNKNOWN_CHANNEL: u64 = 10_003;
const THREAD_EXISTS: u64 = 160_004;

/// The first moment that Discord's ids know, in milliseconds.
const EPOCH_MS: i64 = 1_420_070_400_000;
/// How far the clocks of this machine and Discord may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// How many messages one look shows, and how many looks are taken.
const PAGE: usize = 100;
const PAGES: usize = 20;
/// How long a thread is shown in the list after its last message, in minutes: three days.
const THREAD_LIFE: u32 = 4320;
const THREAD_NAME_LIMIT: usize = 100;
/// Hexadecimal digits of a key's hash: as a nonce, and in the small print of a message.
const NONCE_LENGTH: usize = 25;
const MARK_LENGTH: usize = 12;

/// Shows cards on Discord.
pub struct Messages {
    pub rest: Arc<Rest>,
    pub tokens: Arc<Tokens>,
    pub clock: Arc<dyn Clock>,
    /// The bot's own id as a user.
    me: OnceCell<String>,
}

impl Messages {
    #[must_use]
    pub fn new(rest: Arc<Rest>, tokens: Arc<Tokens>, clock: Arc<dyn Clock>) -> Self {
        Self { rest, tokens, clock, me: OnceCell::new() }
    }

    async fn create(&self, channel: &str, card: &Card, key: &str) -> Result<MessageId, Trouble> {
        let mut body = embeds::message(card, Some(&hash(key, MARK_LENGTH)));
        // The same nonce within a few minutes is answered with the message that there is.
        body["nonce"] = Value::from(hash(key, NONCE_LENGTH));
        body["enforce_nonce"] = Value::from(true);
        let made = self.rest.ask(Method::POST, &format!("/channels/{channel}/messages"), Some(&body)).await?;
        id_of(&made).ok_or_else(|| Trouble::Chat(ChatError::Passing("Discord did not say which message it is".into())))
    }

    /// A thread has the id of the message that it hangs from.
    async fn open_thread(&self, channel: &str, under: &MessageId, card: &Card) -> Result<(), Trouble> {
        let name = cut(&plain(&[Span::Plain(card.headline.clone())]), THREAD_NAME_LIMIT);
        let body = json!({ "name": name, "auto_archive_duration": THREAD_LIFE });
        let path = format!("/channels/{channel}/messages/{}/threads", under.0);
        match self.rest.ask(Method::POST, &path, Some(&body)).await {
            Ok(_) | Err(Trouble::Refused(Refused { code: THREAD_EXISTS, .. })) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }

    async fn me(&self) -> Result<&str, Trouble> {
        let ask = async || {
            let me = self.rest.ask(Method::GET, "/users/@me", None).await?;
            id_of(&me)
                .map(|it| it.0)
                .ok_or_else(|| Trouble::Chat(ChatError::Passing("Discord did not say who the bot is".to_owned())))
        };
        self.me.get_or_try_init(ask).await.map(String::as_str)
    }

    async fn search(&self, channel: &str, key: &str, since: Timestamp) -> Result<Option<MessageId>, Trouble> {
        let me = self.me().await?;
        let mark = hash(key, MARK_LENGTH);
        let mut after = snowflake(since);
        for _ in 0..PAGES {
            let path = format!("/channels/{channel}/messages?limit={PAGE}&after={after}");
            let page = self.rest.ask(Method::GET, &path, None).await?;
            let messages = page.as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(found) = messages.iter().find(|it| is_ours(it, me, &mark)) {
                return Ok(id_of(found));
            }
            let newest = messages.iter().filter_map(|it| it["id"].as_str()?.parse::<u64>().ok()).max();
            match newest.filter(|newest| messages.len() >= PAGE && *newest > after) {
                Some(newest) => after = newest,
                None => break,
            }
        }
        Ok(None)
    }

    /// Says it by the newest token that reaches this person.
    async fn follow_up(&self, place: &Place, card: &Card) -> Option<Result<(), ChatError>> {
        let token = self.tokens.newest(place, self.clock.elapsed())?;
        let mut body = embeds::whisper(card);
        body["flags"] = Value::from(EPHEMERAL);
        let path = format!("/webhooks/{}/{}", self.rest.application, token.expose());
        match self.rest.reply(Method::POST, &path, &body).await {
            Ok(_) => Some(Ok(())),
            Err(Trouble::Refused(Refused { status: 404, .. })) if self.tokens.is_new(&token, self.clock.elapsed()) => {
                let why = "Discord has not heard the first answer yet, after which it takes others";
                Some(Err(ChatError::Passing(why.to_owned())))
            }
            // It has ended, or its interaction never heard of us: there is another way.
            Err(Trouble::Refused(Refused { status: 401 | 403 | 404, .. })) => {
                self.tokens.forget(&token);
                None
            }
            Err(trouble) => Some(Err(trouble.into())),
        }
    }
}

#[async_trait]
impl Chat for Messages {
    fn platform(&self) -> Platform {
        Platform::Discord
    }

    async fn post(
        &self,
        channel: &str,
        under: Option<&MessageId>,
        card: &Card,
        key: &str,
    ) -> Result<MessageId, ChatError> {
        let Some(under) = under else { return Ok(self.create(channel, card, key).await?) };
        match self.create(&under.0, card, key).await {
            Err(Trouble::Refused(Refused { code: UNKNOWN_CHANNEL, .. })) => {
                self.open_thread(channel, under, card).await?;
                Ok(self.create(&under.0, card, key).await?)
            }
            other => Ok(other?),
        }
    }

    async fn find(
        &self,
        channel: &str,
        under: Option<&MessageId>,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<MessageId>, ChatError> {
        let Some(under) = under else { return Ok(self.search(channel, key, since).await?) };
        match self.search(&under.0, key, since).await {
            // Nothing was ever said there.
            Err(Trouble::Refused(Refused { code: UNKNOWN_CHANNEL, .. })) => Ok(None),
            other => Ok(other?),
        }
    }

    async fn amend(&self, channel: &str, message: &MessageId, card: &Card) -> Result<(), ChatError> {
        let path = format!("/channels/{channel}/messages/{}", message.0);
        self.rest.ask(Method::PATCH, &path, Some(&embeds::message(card, None))).await?;
        Ok(())
    }

    async fn whisper(&self, place: &Place, card: &Card) -> Result<(), ChatError> {
        if let Some(said) = self.follow_up(place, card).await {
            return said;
        }
        // A person's own answer can't be brought to them alone any more: it is said where they asked, and nobody is notified.
        let mut body = embeds::whisper(card);
        if let Some(user) = &place.user {
            body["content"] = Value::from(format!("<@{user}>"));
        }
        self.rest.ask(Method::POST, &format!("/channels/{}/messages", place.channel), Some(&body)).await?;
        Ok(())
    }
}

/// Whether this message is the bot's own, with that mark in its small print.
fn is_ours(message: &Value, me: &str, mark: &str) -> bool {
    let is_mine = message["author"]["id"].as_str() == Some(me);
    let footer = message["embeds"][0]["footer"]["text"].as_str();
    is_mine && footer.is_some_and(|it| it.ends_with(mark))
}

fn id_of(thing: &Value) -> Option<MessageId> {
    let id = thing["id"].as_str()?;
    id.bytes().all(|it| it.is_ascii_digit()).then(|| MessageId(id.to_owned()))
}

/// The beginning of the key's hash.
fn hash(key: &str, digits: usize) -> String {
    hex::encode(Sha256::digest(key)).chars().take(digits).collect()
}

/// The id that anything of that moment has, or one a little before.
fn snowflake(since: Timestamp) -> u64 {
    let since = since.checked_sub(SKEW).unwrap_or(since);
    u64::try_from(since.as_millisecond() - EPOCH_MS).unwrap_or(0) << 22
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_an_id_as_discord_makes_them() {
        let since = "2026-08-10T18:05:00Z".parse().unwrap();
        let at = "2026-08-10T18:00:00Z".parse::<Timestamp>().unwrap().as_millisecond();
        assert_eq!(i64::try_from(snowflake(since) >> 22).unwrap() + EPOCH_MS, at);
        assert_eq!(snowflake(Timestamp::UNIX_EPOCH), 0);
    }

    #[test]
    fn only_the_bots_own_message_with_the_mark_is_found() {
        let message = |author: &str, footer: &str| json!({ "author": { "id": author }, "embeds": [{ "footer": { "text": footer } }] });
        assert!(is_ours(&message("5", "shop/production #1 · abc"), "5", "abc"));
        assert!(!is_ours(&message("6", "shop/production #1 · abc"), "5", "abc"));
        assert!(!is_ours(&message("5", "shop/production #1 · abd"), "5", "abc"));
        assert!(!is_ours(&json!({ "author": { "id": "5" }, "embeds": [] }), "5", "abc"));
    }
}
