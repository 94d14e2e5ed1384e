//! What the engine needs of what works behind a site's requests: consumers of queues, schedulers, cron.

use async_trait::async_trait;
use events::color::Color;
use events::fault::Fault;
use events::intent::Work;

use super::EffectKey;

/// The workers of both colors.
#[async_trait]
pub trait Workers: Send + Sync {
    /// What the workers of `color` do, as they show it themselves; [`Work::Unseen`] where nobody can look.
    async fn look(&self, color: Color) -> Result<Work, Fault>;

    /// What the ask of `key` made of the workers of `color`; [`Work::Unseen`] as long as it is not done. Kept on disk.
    async fn answered(&self, color: Color, key: &EffectKey) -> Result<Work, Fault>;

    /// No worker of `color` takes anything up; on return none does. Twice is once. Bounded by one call; an error leaves
    /// it anywhere between. What a dead bot has still asking there is ended first.
    async fn pause(&self, color: Color, key: &EffectKey) -> Result<(), Fault>;

    /// Every worker of `color` works; on return all do. Otherwise the same.
    async fn start(&self, color: Color, key: &EffectKey) -> Result<(), Fault>;

    /// The command by which a person without the bot starts the workers of `color`.
    fn by_hand(&self, color: Color) -> String;
}
