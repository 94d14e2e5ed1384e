//! The seams of the outbox: what stands between it and the platform, or, with the feature `mutants`, the same with a mistake.

#[cfg(not(feature = "mutants"))]
pub(super) use as_written::*;
#[cfg(feature = "mutants")]
pub(super) use mistaken::*;

#[cfg(not(feature = "mutants"))]
mod as_written {
    use commands::card::Card;
    use events::chat::MessageId;

    use crate::chat::ChatError;

    pub(in crate::chat) async fn post(
        post: impl Future<Output = Result<MessageId, ChatError>>,
    ) -> Result<MessageId, ChatError> {
        post.await
    }

    pub(in crate::chat) fn found(found: Option<MessageId>) -> Option<MessageId> {
        found
    }

    /// Whether the message shows another card than it should.
    pub(in crate::chat) fn is_old(shown: Option<&Card>, card: &Card, _is_over: bool) -> bool {
        shown != Some(card)
    }
}

#[cfg(feature = "mutants")]
mod mistaken {
    use commands::card::Card;
    use events::chat::MessageId;

    use crate::chat::ChatError;
    use crate::mutants;

    pub(in crate::chat) async fn post(
        post: impl Future<Output = Result<MessageId, ChatError>>,
    ) -> Result<MessageId, ChatError> {
        if mutants::is_posted_unasked() { Ok(MessageId("0".to_owned())) } else { post.await }
    }

    pub(in crate::chat) fn found(found: Option<MessageId>) -> Option<MessageId> {
        mutants::found(found)
    }

    pub(in crate::chat) fn is_old(shown: Option<&Card>, card: &Card, is_over: bool) -> bool {
        shown != Some(card) && !mutants::is_end_kept_back(is_over)
    }
}
