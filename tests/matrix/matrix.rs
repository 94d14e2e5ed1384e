//! Which places are left to be killed at, and what was found.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use changeover::chance::Chance;

use crate::patient::Played;
use crate::plan::{Place, Trace};
use crate::procedure::Procedure;

/// How often a place is tried that is not always there, because something was looked at once less.
const TRIES: u32 = 3;
/// After how many differences nobody is killed any more: there is enough to look at.
const ENOUGH: usize = 20;

/// Where a procedure is to be killed: once, or once more after that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) places: Vec<Place>,
    tries: u32,
}

/// At what a bot is killed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum About {
    #[default]
    Everything,
    /// Where a database crosses.
    Crossings,
    /// Where workers rest and go on.
    Workers,
}

/// What is shared by all shops.
#[derive(Default)]
pub(crate) struct Matrix {
    /// Whether they are killed at each point, and not only at those that the world can tell apart.
    is_thorough: bool,
    /// What it is about.
    about: About,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    untouched: BTreeMap<Procedure, Played>,
    left: BTreeMap<Procedure, VecDeque<Target>>,
    figures: Figures,
    /// How many orders were acknowledged meanwhile.
    orders: usize,
    /// What the bot did after it was killed there.
    recoveries: Vec<(Procedure, Place, Vec<Place>)>,
}

/// What is told in the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    /// How many targets were hit.
    pub(crate) killed: usize,
    /// Places that were not there again.
    pub(crate) away: Vec<(Procedure, Vec<Place>)>,
    pub(crate) differences: Vec<String>,
}

impl Matrix {
    pub(crate) fn about(about: About, is_thorough: bool) -> Self {
        Self { is_thorough, about, ..Self::default() }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Each place of each procedure, once.
    pub(crate) fn plan_singles(&self) {
        self.with(|inner| {
            for (procedure, played) in &inner.untouched {
                let places = self.places(*procedure, played);
                let targets = places.into_iter().map(|it| Target { places: vec![it], tries: 0 });
                inner.left.insert(*procedure, targets.collect());
            }
        });
    }

    /// So many places of recoveries, each after the place that it recovers from.
    pub(crate) fn plan_pairs(&self, count: usize, seed: u64) {
        let mut chance = Chance::of_seed(seed);
        self.with(|inner| {
            // Who was killed at the very end may have nothing left to do.
            inner.recoveries.retain(|(_, _, after)| !after.is_empty());
            inner.recoveries.sort();
            for _ in 0..count {
                let (procedure, first, after) = &inner.recoveries[chance.below(inner.recoveries.len())];
                let places = vec![first.clone(), after[chance.below(after.len())].clone()];
                inner.left.entry(*procedure).or_default().push_back(Target { places, tries: 0 });
            }
        });
    }

    /// How much is left of what `wanted` wants, the most first.
    pub(crate) fn left(&self, wanted: impl Fn(Procedure) -> bool) -> Vec<Procedure> {
        let mut left: Vec<(usize, Procedure)> = self.with(|inner| {
            let left = inner.left.iter().filter(|(procedure, left)| !left.is_empty() && wanted(**procedure));
            left.map(|(procedure, left)| (left.len(), *procedure)).collect()
        });
        left.sort();
        left.into_iter().rev().map(|(_, procedure)| procedure).collect()
    }

    /// Where the procedure is to be killed next; none if it was everywhere.
    pub(crate) fn take(&self, procedure: Procedure) -> Option<Target> {
        self.with(|inner| inner.left.get_mut(&procedure)?.pop_front())
    }

    /// What became of a procedure that was to be killed at the target; whether it ended as it must.
    pub(crate) fn tell(&self, procedure: Procedure, target: Option<Target>, played: &Played) -> bool {
        self.with(|inner| {
            let expected = inner.untouched.entry(procedure).or_insert_with(|| played.clone());
            let kills = played.trace.kills();
            let mut differences = played.wrong.clone();
            differences.extend(played.seen.differences(&expected.seen));
            let is_equal = differences.is_empty();
            if !is_equal {
                let ends: Vec<String> = played.trace.ends().map(ToString::to_string).collect();
                let ends = ends.join(", then ");
                inner
                    .figures
                    .differences
                    .push(format!("{procedure:?}, killed at {ends}:\n  {}", differences.join("\n  ")));
                if inner.figures.differences.len() >= ENOUGH {
                    inner.left.clear();
                }
            }
            let Some(mut target) = target else { return is_equal };
            if kills < target.places.len() {
                target.tries += 1;
                if target.tries < TRIES {
                    inner.left.entry(procedure).or_default().push_back(target);
                } else {
                    inner.figures.away.push((procedure, target.places));
                }
                return is_equal;
            }
            inner.figures.killed += 1;
            if let [place] = &target.places[..] {
                inner.recoveries.push((procedure, place.clone(), self.moments(&played.trace)));
            }
            is_equal
        })
    }

    /// Where a procedure can be killed. One that is aborted in haste is killed before it is aborted.
    fn places(&self, procedure: Procedure, played: &Played) -> Vec<Place> {
        if self.about != About::Everything && !procedure.moves_users() {
            return Vec::new();
        }
        let places = self.moments(&played.trace).into_iter();
        places.take_while(|it| !(procedure.is_hasty() && it.is_before("log.append:RunAborted"))).collect()
    }

    /// Where the last life can be killed.
    fn moments(&self, trace: &Trace) -> Vec<Place> {
        let places = trace.places(self.is_thorough).into_iter();
        let is_meant = |it: &Place| match self.about {
            About::Everything => true,
            About::Crossings => it.is_of_crossing(),
            About::Workers => it.is_of_workers(),
        };
        places.filter(is_meant).collect()
    }

    /// So many orders were acknowledged, and none is missing.
    pub(crate) fn took(&self, orders: usize) {
        self.with(|inner| inner.orders += orders);
    }

    pub(crate) fn orders(&self) -> usize {
        self.with(|inner| inner.orders)
    }

    /// What was found since it was last asked.
    pub(crate) fn figures(&self) -> Figures {
        self.with(|inner| std::mem::take(&mut inner.figures))
    }
}
