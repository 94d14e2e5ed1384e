//! The table `[site.crossing]`: how long each part of a database's crossing may take.

use std::time::Duration;

use events::terms::Crossing;
use jiff::SignedDuration;
use serde::Deserialize;

use super::duration;

/// What `[site.crossing]` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrossingConfig {
    /// Until the load lets three probes in a row through; nothing is held up meanwhile.
    #[serde(with = "duration")]
    pub gate: Duration,
    /// How long requests may wait in all.
    #[serde(with = "duration")]
    pub pause: Duration,
    /// Until requests in flight are answered, and once more until no application has an unfinished write.
    #[serde(with = "duration")]
    pub settle: Duration,
    /// Until the freeze is given up.
    #[serde(with = "duration")]
    pub freeze: Duration,
    /// Until both servers are equal.
    #[serde(with = "duration")]
    pub catch_up: Duration,
    /// The furthest that the way back may be behind while the window is open.
    #[serde(with = "duration")]
    pub lag: Duration,
}

impl Default for CrossingConfig {
    fn default() -> Self {
        Self {
            gate: Duration::from_secs(15),
            pause: Duration::from_secs(10),
            settle: Duration::from_secs(2),
            freeze: Duration::from_millis(500),
            catch_up: Duration::from_secs(2),
            lag: Duration::from_secs(30),
        }
    }
}

impl CrossingConfig {
    /// The same, as a run freezes it.
    pub(super) fn terms(&self) -> Crossing {
        let signed = |it: Duration| SignedDuration::try_from(it).unwrap_or(SignedDuration::MAX);
        Crossing {
            gate: signed(self.gate),
            pause: signed(self.pause),
            settle: signed(self.settle),
            freeze: signed(self.freeze),
            catch_up: signed(self.catch_up),
            lag: signed(self.lag),
        }
    }

    /// What can be seen to be wrong without touching the world.
    pub(super) fn check(&self) -> Result<(), String> {
        let needed = self.settle.saturating_mul(2) + self.freeze + self.catch_up;
        if self.pause <= needed {
            return Err(format!(
                "requests must be able to wait for twice `settle`, `freeze` and `catch_up` together: make `pause` longer \
                 than {}",
                duration::format(needed)
            ));
        }
        Ok(())
    }
}
