//! The workers' port, answered by the toy world.

use async_trait::async_trait;
use changeover::ports::{EffectKey, Workers};
use events::color::Color;
use events::fault::Fault;
use events::intent::Work;

use super::clock::Pause;
use super::outside::Line;

#[async_trait]
impl Workers for Line {
    async fn look(&self, color: Color) -> Result<Work, Fault> {
        self.read("workers look", |world| world.workers().map(|it| it.shown(color))).await
    }

    async fn answered(&self, color: Color, key: &EffectKey) -> Result<Work, Fault> {
        self.read("workers answered", |world| world.workers().map(|it| it.answered(color, key))).await
    }

    async fn pause(&self, color: Color, key: &EffectKey) -> Result<(), Fault> {
        self.runs("workers pause", color, Work::Paused, key).await
    }

    async fn start(&self, color: Color, key: &EffectKey) -> Result<(), Fault> {
        self.runs("workers start", color, Work::Running, key).await
    }

    fn by_hand(&self, color: Color) -> String {
        format!("toy start {color}")
    }
}

impl Line {
    /// A program that works on one machine after the other, and may die with its bot in between.
    async fn runs(&self, call: &'static str, color: Color, wanted: Work, key: &EffectKey) -> Result<(), Fault> {
        let (life, asked) = (self.life, key.clone());
        self.read(call, |world| {
            world.judge_ask(life, &asked, &[]);
            world.set_workers(color, Work::Partly)
        })
        .await?;
        let takes = self.outside.world().workers.as_ref().map(|it| it.takes).unwrap_or_default();
        Pause::new(&self.outside, &self.timers, takes).await;
        self.read("workers done", |world| world.finish_workers(color, wanted, key)).await
    }
}
