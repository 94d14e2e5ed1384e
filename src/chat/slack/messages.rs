//! What is shown in channels: cards are posted, found again, amended and whispered.

use async_trait::async_trait;
use commands::card::Card;
use jiff::Timestamp;
use serde::Deserialize;
use slack_morphism::api::{
    SlackApiChatPostEphemeralRequest, SlackApiChatPostMessageRequest, SlackApiChatUpdateRequest,
};
use slack_morphism::{SlackMessageContent, SlackMessageMetadata, SlackTs};

use super::blocks;
use super::web::Web;
use crate::chat::{Chat, ChatError, MessageId, Place, Platform};

/// What the metadata of our messages are called; the key stands in them.
const METADATA: &str = "changeover_card";

/// How many messages a page of history has, and how many pages are read: a card is looked for among the newest.
const PAGE: &str = "100";
const PAGE_LIMIT: usize = 10;

/// Shows cards in one workspace.
pub struct Messages {
    pub web: Web,
    /// The workspace, as people stand in actors: `slack:T01/U02`.
    pub team: String,
}

#[derive(Deserialize)]
struct Posted {
    ts: String,
}

/// What is not asked is not read: a message of somebody else may hold anything.
#[derive(Deserialize)]
struct History {
    messages: Vec<Message>,
    response_metadata: Option<NextPage>,
}

#[derive(Deserialize)]
struct Message {
    ts: String,
    metadata: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct NextPage {
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Done {}

#[async_trait]
impl Chat for Messages {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    async fn post(
        &self,
        channel: &str,
        under: Option<&MessageId>,
        card: &Card,
        key: &str,
    ) -> Result<MessageId, ChatError> {
        let content = self.content(card).with_metadata(metadata(key));
        let request = SlackApiChatPostMessageRequest::new(channel.to_owned().into(), content)
            .opt_thread_ts(under.map(|it| SlackTs(it.0.clone())))
            .with_unfurl_links(false)
            .with_unfurl_media(false);
        let posted: Posted = self.web.ask("chat.postMessage", &request).await?;
        Ok(MessageId(posted.ts))
    }

    async fn find(
        &self,
        channel: &str,
        under: Option<&MessageId>,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<MessageId>, ChatError> {
        let oldest = format!("{}.000000", since.as_second().saturating_sub(1));
        let mut query = vec![("channel", channel), ("include_all_metadata", "true"), ("limit", PAGE)];
        let method = match under {
            Some(under) => {
                query.push(("ts", &under.0));
                "conversations.replies"
            }
            None => "conversations.history",
        };
        query.push(("oldest", &oldest));
        let mut cursor = String::new();
        for _ in 0..PAGE_LIMIT {
            let mut query = query.clone();
            if !cursor.is_empty() {
                query.push(("cursor", &cursor));
            }
            let page: History = self.web.look(method, &query).await?;
            if let Some(found) = page.messages.into_iter().find(|it| it.carries(key)) {
                return Ok(Some(MessageId(found.ts)));
            }
            match page.response_metadata.and_then(|it| it.next_cursor).filter(|it| !it.is_empty()) {
                Some(next) => cursor = next,
                None => return Ok(None),
            }
        }
        // So busy a channel: whether it was shown can't be told, and a second message is the smaller evil.
        Ok(None)
    }

    async fn amend(&self, channel: &str, message: &MessageId, card: &Card) -> Result<(), ChatError> {
        let request =
            SlackApiChatUpdateRequest::new(channel.to_owned().into(), self.content(card), SlackTs(message.0.clone()));
        let Done {} = self.web.ask("chat.update", &request).await?;
        Ok(())
    }

    async fn whisper(&self, place: &Place, card: &Card) -> Result<(), ChatError> {
        let Some(user) = &place.user else {
            return Err(ChatError::Lasting("nobody is named who could be told".to_owned()));
        };
        let request = SlackApiChatPostEphemeralRequest::new(
            place.channel.clone().into(),
            user.clone().into(),
            self.content(card),
        );
        match self.web.ask("chat.postEphemeral", &request).await {
            Ok(Done {}) => Ok(()),
            // The bot is not where they spoke, or they are gone from there: their own conversation with it always works.
            Err(ChatError::Lasting(why)) if is_elsewhere(&why) => {
                let request = SlackApiChatPostMessageRequest::new(user.clone().into(), self.content(card));
                let Done {} = self.web.ask("chat.postMessage", &request).await?;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

impl Messages {
    fn content(&self, card: &Card) -> SlackMessageContent {
        SlackMessageContent::new().with_text(blocks::fallback(card)).with_blocks(blocks::blocks(card, &self.team))
    }
}

impl Message {
    fn carries(&self, key: &str) -> bool {
        let metadata = self.metadata.as_ref();
        let text = |pointer: &str| metadata.and_then(|it| it.pointer(pointer)?.as_str());
        text("/event_type") == Some(METADATA) && text("/event_payload/key") == Some(key)
    }
}

fn metadata(key: &str) -> SlackMessageMetadata {
    let payload = [("key".to_owned(), key.to_owned())];
    SlackMessageMetadata::new(METADATA.to_owned()).with_event_payload(payload.into_iter().collect())
}

fn is_elsewhere(why: &str) -> bool {
    ["channel_not_found", "not_in_channel", "user_not_in_channel", "is_archived"].iter().any(|it| why.ends_with(it))
}
