//! What may happen in a history, one thing after the other.

use std::fmt;
use std::time::Duration;

use crate::toy::world::{Incident, Manners, Misdeed};

/// A short life of a site: how its world behaves, what happens, and how people clean up after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct History {
    pub(super) manners: Manners,
    /// Whether blue serves from the beginning; else nothing does.
    pub(super) is_serving: bool,
    pub(super) actions: Vec<Action>,
    /// What people choose in the end follows from this.
    pub(super) ending: u64,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Say(Saying),
    Pass(Duration),
    /// The bot is killed now, and is back after a while.
    Kill {
        down: Duration,
    },
    /// The bot is killed at the n-th point from here.
    KillAt {
        points: u64,
        down: Duration,
    },
    Meet(Incident),
    /// What becomes of the next call of that name.
    Misdo(&'static str, Misdeed),
}

/// A line of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Saying {
    pub(super) who: u32,
    pub(super) text: String,
    /// Whether the answer is waited for before anything else is done.
    pub(super) is_patient: bool,
    /// When the same delivery comes once more.
    pub(super) again: Option<Duration>,
}

/// A line that is waited for.
pub(super) fn say(text: &str) -> Action {
    Action::Say(Saying { who: 1000, text: text.to_owned(), is_patient: true, again: None })
}

/// A line that is not waited for.
pub(super) fn call_out(text: &str) -> Action {
    Action::Say(Saying { who: 1001, text: text.to_owned(), is_patient: false, again: None })
}

pub(super) fn pass(milliseconds: u64) -> Action {
    Action::Pass(Duration::from_millis(milliseconds))
}

impl Action {
    /// The same with less time in it, or something simpler; none if there is nothing simpler.
    pub(super) fn simpler(&self) -> Option<Self> {
        let half = |time: Duration| (time > Duration::from_millis(1)).then(|| Duration::from_millis(halved(time)));
        match self {
            Self::Say(saying) if saying.again.is_some() => Some(Self::Say(Saying { again: None, ..saying.clone() })),
            Self::Say(saying) if !saying.is_patient => Some(Self::Say(Saying { is_patient: true, ..saying.clone() })),
            Self::Pass(time) => half(*time).map(Self::Pass),
            Self::Kill { down } => half(*down).map(|down| Self::Kill { down }),
            Self::KillAt { points, down } => half(*down).map(|down| Self::KillAt { points: *points, down }),
            Self::Say(_) | Self::Meet(_) | Self::Misdo(..) => None,
        }
    }
}

fn halved(time: Duration) -> u64 {
    let milliseconds = u64::try_from(time.as_millis()).unwrap();
    // Round numbers are easier to read: what is long ends on whole seconds.
    if milliseconds > 2_000 { milliseconds / 2_000 * 1_000 } else { milliseconds / 2 }
}

/// As it is written down to be kept.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Say(Saying { text, is_patient: true, again: None, .. }) => write!(f, "say({text:?})"),
            Self::Say(Saying { text, is_patient: false, again: None, .. }) => write!(f, "call_out({text:?})"),
            Self::Say(saying) => write!(f, "{saying:?}"),
            Self::Pass(time) => write!(f, "pass({})", time.as_millis()),
            Self::Kill { down } => write!(f, "kill({})", down.as_millis()),
            Self::KillAt { points, down } => write!(f, "kill_at({points}, {})", down.as_millis()),
            Self::Meet(incident) => write!(f, "Meet({incident:?})"),
            Self::Misdo(call, misdeed) => write!(f, "Misdo({call:?}, {misdeed:?})"),
        }
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}, is_serving: {}, ending: {}", self.manners, self.is_serving, self.ending)?;
        self.actions.iter().try_for_each(|it| writeln!(f, "    {it},"))
    }
}
