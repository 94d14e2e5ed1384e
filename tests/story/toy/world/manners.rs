//! How the world behaves: the manners, good and bad, that real providers have.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How the world behaves at all times.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own, and they go together in every way")]
pub(crate) struct Manners {
    /// How long every call takes, asks and reads alike; half of nothing is nothing.
    pub(crate) latency: Duration,
    /// How long an append waits before the log decides over it.
    pub(crate) log_takes: Duration,
    /// How long the whole log takes to be verified after a start.
    pub(crate) verification_takes: Duration,
    /// How much later than it was accepted a change at the balancer is done.
    pub(crate) balancer_takes: Duration,
    /// How long the balancer's answers lag behind what it does.
    pub(crate) balancer_lags: Duration,
    /// Whether a change is refused while another is in progress, as `DigitalOcean` does.
    pub(crate) is_exclusive: bool,
    /// Whether a member that is set again starts unhealthy again, as a reload or a PUT of everything makes it.
    pub(crate) forgets_health: bool,
    /// How long a new member takes to be called healthy.
    pub(crate) healthy_after: Duration,
    /// How long users stick to a color that gets no share any more.
    pub(crate) sticky_for: Duration,
    /// How long a machine takes to be there, and to be gone.
    pub(crate) machine_takes: Duration,
    /// How long one machine takes to get a release.
    pub(crate) install_takes: Duration,
    /// Whether a delivery ends with the bot that started it, as one over a plain SSH session does.
    pub(crate) delivery_dies_with_bot: bool,
    /// Whether a delivery that is gone may be started again.
    pub(crate) is_delivery_repeatable: bool,
}

impl Default for Manners {
    /// A world that is quick but not immediate: nothing shows in the call that asked for it.
    fn default() -> Self {
        let milliseconds = Duration::from_millis;
        Self {
            latency: milliseconds(20),
            log_takes: Duration::ZERO,
            verification_takes: Duration::from_secs(1),
            balancer_takes: milliseconds(300),
            balancer_lags: Duration::ZERO,
            is_exclusive: false,
            forgets_health: false,
            healthy_after: Duration::from_secs(2),
            sticky_for: Duration::from_secs(3),
            machine_takes: Duration::from_secs(4),
            install_takes: Duration::from_secs(2),
            delivery_dies_with_bot: false,
            is_delivery_repeatable: true,
        }
    }
}

impl Manners {
    /// Everything is done in the call that asks for it, and no call takes time.
    pub(crate) fn immediate() -> Self {
        Self {
            latency: Duration::ZERO,
            balancer_takes: Duration::ZERO,
            healthy_after: Duration::ZERO,
            sticky_for: Duration::ZERO,
            machine_takes: Duration::ZERO,
            install_takes: Duration::ZERO,
            ..Self::default()
        }
    }
}

/// What the world does to one call, instead of what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misdeed {
    /// Too many requests: nothing is done.
    Throttled,
    /// It is done, and the answer is an error that may pass.
    DoneButError,
    /// Nothing is done, and the error will not pass.
    Refused,
    /// Accepted, and never done.
    Swallowed,
    /// Accepted, and done that much later.
    Late(Duration),
    /// The delivery is accepted, and fails at its first machine.
    Breaks,
}

impl std::fmt::Display for Misdeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Throttled => write!(f, "is answered 429, and nothing is done"),
            Self::DoneButError => write!(f, "is accepted, and answered 500"),
            Self::Refused => write!(f, "is refused for good"),
            Self::Swallowed => write!(f, "is accepted, and will never be done"),
            Self::Late(late) => write!(f, "is accepted, and will be done {} s late", late.as_secs()),
            Self::Breaks => write!(f, "is accepted, and will break"),
        }
    }
}

/// What will be done to the next calls, by the name of the call.
pub(crate) type Misdeeds = BTreeMap<&'static str, VecDeque<Misdeed>>;
