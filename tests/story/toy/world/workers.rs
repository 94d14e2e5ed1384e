//! What works behind the requests of each color: it takes things up from the database that users write to.

use std::time::Duration;

use changeover::ports::EffectKey;
use events::color::{ByColor, Color};
use events::fault::Fault;
use events::intent::Work;

use super::{Told, World};

/// The workers of both colors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workers {
    pub(crate) work: ByColor<Work>,
    /// Whether somebody can look.
    pub(crate) are_seen: bool,
    /// How long a program takes to pause or start them.
    pub(crate) takes: Duration,
    /// The newest ask for each that was done.
    done: ByColor<Option<EffectKey>>,
}

impl Workers {
    /// Blue's work.
    pub(crate) fn of_blue(are_seen: bool) -> Self {
        let work = ByColor { blue: Work::Running, green: Work::Paused };
        Self { work, are_seen, takes: Duration::from_millis(300), done: ByColor::default() }
    }

    pub(crate) fn shown(&self, color: Color) -> Work {
        if self.are_seen { *self.work.get(color) } else { Work::Unseen }
    }

    pub(crate) fn answered(&self, color: Color, key: &EffectKey) -> Work {
        let newest = self.done.get(color).as_ref();
        let is_of = newest.is_some_and(|it| it.0 == key.0 || it.0.starts_with(&format!("{}/", key.0)));
        if is_of { *self.work.get(color) } else { Work::Unseen }
    }
}

impl World {
    pub(crate) fn workers(&mut self) -> Result<&mut Workers, Fault> {
        self.workers.as_mut().ok_or_else(|| Fault::lasting("there are no workers"))
    }

    /// What the workers of a color do from now on.
    pub(crate) fn set_workers(&mut self, color: Color, work: Work) -> Result<(), Fault> {
        let workers = self.workers()?;
        *workers.done.get_mut(color) = None;
        *workers.work.get_mut(color) = work;
        Ok(())
    }

    /// A program ended well.
    pub(crate) fn finish_workers(&mut self, color: Color, wanted: Work, key: &EffectKey) -> Result<(), Fault> {
        self.set_workers(color, wanted)?;
        *self.workers()?.done.get_mut(color) = Some(key.clone());
        let what = if wanted == Work::Running { "work" } else { "are paused" };
        self.tell(|| Told::World(format!("the workers of {color} {what}")));
        self.judge_workers("they were asked");
        Ok(())
    }

    /// Users go somewhere else: whatever is taken up from here on belongs to the other color.
    pub(crate) fn judge_workers(&mut self, when: &str) {
        let Some(workers) = &self.workers else { return };
        if Color::BOTH.into_iter().all(|it| *workers.work.get(it) != Work::Paused) {
            self.accuse(format!("workers of both colors work at once, when {when}"));
        }
    }

    /// Nothing works behind the requests of a color that everybody is taken from.
    pub(crate) fn judge_workers_rest(&mut self, from: Color) {
        let Some(workers) = &self.workers else { return };
        if *workers.work.get(from) != Work::Paused {
            self.accuse(format!("everybody leaves {from}, and its workers work"));
        }
    }

    pub(super) fn image_of_workers(&self) -> Vec<String> {
        let of = |it: &Workers| Color::BOTH.map(|color| format!("workers of {color}: {:?}", it.work.get(color)));
        self.workers.as_ref().map(|it| of(it).to_vec()).unwrap_or_default()
    }
}
