//! The toy platform as a bot reaches it.

use async_trait::async_trait;
use changeover::chat::{Chat, ChatError, MessageId, Place, Platform};
use commands::card::Card;
use jiff::Timestamp;

use super::outside::Line;
use super::world::chat::ChatWorld;

impl Line {
    async fn chat<T>(
        &self,
        call: &'static str,
        done: impl FnOnce(&mut ChatWorld, std::time::Duration) -> Result<T, ChatError>,
    ) -> Result<T, ChatError> {
        self.point(call).await;
        self.travel().await;
        let answer = {
            let mut world = self.outside.world();
            let now = world.steady;
            world.chat.admit(now).and_then(|()| done(&mut world.chat, now))
        };
        self.point(call).await;
        answer
    }
}

fn place(message: Option<&MessageId>) -> Option<usize> {
    message.map(|it| it.0.parse().unwrap())
}

#[async_trait]
impl Chat for Line {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    async fn post(&self, _: &str, under: Option<&MessageId>, card: &Card, key: &str) -> Result<MessageId, ChatError> {
        let posted = self.chat("chat post", |chat, now| chat.post(place(under), key, card, now)).await;
        posted.map(|it| MessageId(it.to_string()))
    }

    async fn find(
        &self,
        _: &str,
        under: Option<&MessageId>,
        key: &str,
        _: Timestamp,
    ) -> Result<Option<MessageId>, ChatError> {
        let found = self.chat("chat find", |chat, _| Ok(chat.find(place(under), key))).await?;
        Ok(found.map(|it| MessageId(it.to_string())))
    }

    async fn amend(&self, _: &str, message: &MessageId, card: &Card) -> Result<(), ChatError> {
        self.chat("chat amend", |chat, now| chat.amend(message.0.parse().unwrap(), card, now)).await
    }

    async fn whisper(&self, _: &Place, card: &Card) -> Result<(), ChatError> {
        self.chat("chat whisper", |chat, _| {
            chat.whispers.push(card.clone());
            Ok(())
        })
        .await
    }
}
