//! Chat platforms: what people say comes in by the reception, is decided by the clerk, and what happens is shown by cards.

pub mod clerk;
pub mod discord;
mod door;
mod due;
pub mod limits;
pub mod outbox;
pub mod platform;
pub mod reception;
mod seams;
pub mod slack;
mod trouble;

pub use clerk::Clerk;
pub use limits::{Limits, Rates};
pub use outbox::Outbox;
pub use platform::{Channel, Chat, ChatError, MessageId, Place, Platform};
pub use reception::{Inbound, Reception, Said, Taken};
