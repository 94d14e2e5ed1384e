//! Chat platforms: what people say comes in by the reception, and what happens is shown by cards.

pub mod platform;
pub mod reception;
pub mod slack;

pub use platform::{Chat, ChatError, MessageId, Place, Platform};
