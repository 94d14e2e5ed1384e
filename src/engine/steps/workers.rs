//! Steps at what works behind a site's requests.

use std::sync::Arc;

use events::check::{Reading, Verdict};
use events::color::Color;
use events::fault::Fault;
use events::intent::{Image, Work, WorkersIntent};

use super::gate::builtin;
use crate::engine::room::Room;
use crate::ports::{EffectKey, Workers};

/// What they show; where nobody can look, what came of our own ask is what there is to go by.
pub(super) async fn image(room: &Room, intent: &WorkersIntent, key: &EffectKey) -> Result<Image, Fault> {
    let (WorkersIntent::Pause { color } | WorkersIntent::Start { color }) = intent;
    let workers = of(room)?;
    Ok(Image::Workers(match workers.look(*color).await? {
        Work::Unseen => workers.answered(*color, key).await?,
        seen @ (Work::Running | Work::Paused | Work::Partly) => seen,
    }))
}

pub(super) async fn ask(room: &Room, intent: &WorkersIntent, key: &EffectKey) -> Result<(), Fault> {
    match intent {
        WorkersIntent::Pause { color } => of(room)?.pause(*color, key).await,
        WorkersIntent::Start { color } => of(room)?.start(*color, key).await,
    }
}

/// Whether no worker of the color works.
pub(super) async fn paused(room: &Room, color: Color) -> Reading {
    let seen = match of(room) {
        Ok(workers) => workers.look(color).await,
        Err(fault) => Err(fault),
    };
    let (value, verdict) = match seen {
        Ok(Work::Paused) => (told(Work::Paused).to_owned(), Verdict::Pass),
        Ok(seen @ (Work::Running | Work::Partly)) => (told(seen).to_owned(), Verdict::Fail),
        Ok(Work::Unseen) => (told(Work::Unseen).to_owned(), Verdict::NoEvidence),
        Err(fault) => (fault.text, Verdict::NoEvidence),
    };
    builtin("workers", color.as_str(), &value, told(Work::Paused), verdict)
}

/// What they do, in few words.
pub(super) fn told(work: Work) -> &'static str {
    match work {
        Work::Running => "all of them work",
        Work::Paused => "none of them works",
        Work::Partly => "some of them work",
        Work::Unseen => "nobody can see what they do",
    }
}

fn of(room: &Room) -> Result<Arc<dyn Workers>, Fault> {
    room.workers.clone().ok_or_else(|| Fault::lasting("the configuration has no workers any more"))
}
