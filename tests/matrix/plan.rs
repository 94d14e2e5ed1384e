//! Where the bot dies, and which points it passed: the two files that `src/crash` reads and writes.

use std::fmt;
use std::path::{Path, PathBuf};

/// How often one call is killed between two appends: no look asks one thing more often.
const ROUNDS: u32 = 3;

/// The calls that change something; every other one only reads.
const CHANGES: [&str; 19] = [
    "log.append",
    "traffic.set_weights",
    "traffic.set_members",
    "traffic.pause",
    "traffic.resume",
    "database.arm",
    "database.disarm",
    "database.fence",
    "switch.freeze",
    "switch.open",
    "switch.reopen",
    "switch.clean_up",
    "fleet.grow_to",
    "fleet.reduce_to",
    "delivery.start",
    "delivery.stop",
    "delivery.restore",
    "workers.pause",
    "workers.start",
];

/// A point, as the bot tells it: `3/before/traffic.set_weights/1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(String);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Place {
    /// Whether it is before this call.
    pub(crate) fn is_before(&self, call: &str) -> bool {
        self.0.split('/').skip(1).take(2).eq(["before", call])
    }

    /// The how manieth of its kind it is since the last append.
    fn times(&self) -> u32 {
        self.0.rsplit('/').next().unwrap().parse().unwrap()
    }

    /// Whether it is before or after something that changes the log or the world.
    pub(crate) fn is_at_change(&self) -> bool {
        CHANGES.contains(&self.call())
    }

    /// Whether it is at a call that has to do with where writes are taken, or with what is written down of it.
    pub(crate) fn is_of_crossing(&self) -> bool {
        let (room, call) = self.call().split_once('.').unwrap();
        matches!(room, "database" | "switch") || matches!(call, "append" | "pause" | "resume" | "set_weights")
    }

    /// Whether it is at a call to workers, or at one by which users go, or where it is written down.
    pub(crate) fn is_of_workers(&self) -> bool {
        let (room, call) = self.call().split_once('.').unwrap();
        room == "workers" || matches!(call, "append" | "set_weights")
    }

    /// Whether it is a moment of its own for the world. After one look and before the next call is one moment, and while
    /// the log is read the world can't tell.
    fn is_moment(&self) -> bool {
        self.is_at_change() || (self.0.contains("/before/") && !self.call().starts_with("log."))
    }

    fn call(&self) -> &str {
        self.0.split(['/', ':']).nth(2).unwrap()
    }
}

/// The points that were passed, for each life of the bot; all but the last ended with a kill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trace(pub(crate) Vec<Vec<Place>>);

impl Trace {
    fn read(text: &str) -> Self {
        let mut lives = vec![Vec::new()];
        for line in text.lines() {
            if line == "killed" {
                lives.push(Vec::new());
            } else {
                lives.last_mut().unwrap().push(Place(line.to_owned()));
            }
        }
        Self(lives)
    }

    /// How often the bot was killed.
    pub(crate) fn kills(&self) -> usize {
        self.0.len() - 1
    }

    /// The points at which the bot was killed.
    pub(crate) fn ends(&self) -> impl Iterator<Item = &Place> {
        self.0.iter().take(self.kills()).filter_map(|life| life.last())
    }

    /// Where the last life can be killed: at each moment that the world can tell from others, or, if it is `thorough`, at
    /// each point. What is looked at again and again, because nothing has changed, is killed in the first round only: the
    /// others are the same.
    pub(crate) fn places(&self, is_thorough: bool) -> Vec<Place> {
        let last = self.0.last().unwrap().iter();
        last.filter(|it| it.times() <= ROUNDS && (is_thorough || it.is_moment())).cloned().collect()
    }
}

/// The plan of one shop.
#[derive(Debug)]
pub(crate) struct Plan {
    path: PathBuf,
    name: u32,
}

impl Plan {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { path: folder.join("crash"), name: 0 }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// From here on points are counted, and the bot is killed at these places, one life after another.
    pub(crate) fn begin(&mut self, places: &[Place]) {
        self.name += 1;
        let _ = std::fs::remove_file(self.passed());
        let words: Vec<String> =
            [format!("plan-{}", self.name)].into_iter().chain(places.iter().map(ToString::to_string)).collect();
        let new = self.path.with_added_extension("new");
        std::fs::write(&new, words.join(" ")).unwrap();
        std::fs::rename(&new, &self.path).unwrap();
    }

    /// Nobody is killed any more.
    pub(crate) fn end(&self) {
        std::fs::remove_file(&self.path).unwrap();
    }

    pub(crate) fn trace(&self) -> Trace {
        Trace::read(&std::fs::read_to_string(self.passed()).unwrap_or_default())
    }

    /// How often something was appended so far, or was about to be.
    pub(crate) fn appends(&self) -> usize {
        std::fs::read_to_string(self.passed()).map_or(0, |it| it.matches("log.append").count())
    }

    /// How much was passed so far.
    pub(crate) fn length(&self) -> u64 {
        std::fs::metadata(self.passed()).map_or(0, |it| it.len())
    }

    fn passed(&self) -> PathBuf {
        self.path.with_added_extension("passed")
    }
}
