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
    /// Nobody waits: writes may fail for so long instead.
    #[serde(with = "duration::optional")]
    pub allow_write_errors: Option<Duration>,
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
            allow_write_errors: None,
        }
    }
}

impl CrossingConfig {
    /// The same, as a run freezes it. The balancer lets requests wait for `longest_pause` at the most, if at all.
    pub(super) fn terms(&self, longest_pause: Option<Duration>, repoint: Option<Duration>) -> Crossing {
        let signed = |it: Duration| SignedDuration::try_from(it).unwrap_or(SignedDuration::MAX);
        // Who is pointed to the new primary fails for no longer than this takes.
        let shortest = self.frozen(repoint);
        let write_errors = self.allow_write_errors.or(longest_pause.is_none().then_some(shortest));
        Crossing {
            gate: signed(self.gate),
            pause: signed(self.pause),
            settle: signed(self.settle),
            freeze: signed(self.freeze),
            catch_up: signed(self.catch_up),
            lag: signed(self.lag),
            write_errors: write_errors.map(signed),
            repoint: repoint.map(signed),
        }
    }

    /// How long nobody writes, at the most.
    fn frozen(&self, repoint: Option<Duration>) -> Duration {
        let pointing = repoint.unwrap_or_default();
        self.freeze.saturating_add(self.catch_up).saturating_add(pointing)
    }

    /// What can be seen to be wrong without touching the world.
    pub(super) fn check(&self, longest_pause: Option<Duration>, repoint: Option<Duration>) -> Result<(), String> {
        let frozen = self.frozen(repoint);
        let pointing = if repoint.is_some() { ", and the `timeout` of `repoint`" } else { "" };
        if let Some(allowed) = self.allow_write_errors {
            if allowed <= frozen {
                return Err(format!(
                    "writes fail for as long as `freeze` and `catch_up` may take together{pointing}, and until requests have \
                     followed: make `allow_write_errors` longer than {}",
                    duration::format(frozen)
                ));
            }
            return Ok(());
        }
        let Some(longest) = longest_pause else { return Ok(()) };
        let needed = self.settle.saturating_mul(2).saturating_add(frozen);
        if self.pause <= needed {
            return Err(format!(
                "requests must be able to wait for twice `settle`, `freeze` and `catch_up` together{pointing}: make `pause` \
                 longer than {}",
                duration::format(needed)
            ));
        }
        if self.pause > longest {
            return Err(format!("this balancer lets requests wait for {} at the most", duration::format(longest)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Option<Duration> = Some(Duration::from_mins(10));
    const POINTED: Option<Duration> = Some(Duration::from_secs(5));

    fn read(text: &str) -> CrossingConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn writes_fail_only_where_nobody_can_wait_or_somebody_allowed_it() {
        let errors = |text, longest_pause, repoint| read(text).terms(longest_pause, repoint).write_errors;
        let seconds = SignedDuration::from_secs;
        assert_eq!(errors("", LONGEST, None), None);
        assert_eq!(errors("", LONGEST, POINTED), None);
        assert_eq!(errors("", None, POINTED), Some(SignedDuration::from_millis(7500)));
        assert_eq!(errors("allow_write_errors = \"45s\"", LONGEST, None), Some(seconds(45)));
        assert_eq!(errors("allow_write_errors = \"45s\"", None, POINTED), Some(seconds(45)));
    }

    #[test]
    fn a_budget_that_does_not_add_up_is_found_before_anybody_waits() {
        for (text, longest_pause, repoint, wanted) in [
            ("pause = \"6s\"", LONGEST, None, "longer than 6500ms"),
            ("pause = \"7s\"", LONGEST, None, ""),
            ("pause = \"7s\"", LONGEST, POINTED, "the `timeout` of `repoint`: make `pause` longer than 11500ms"),
            ("pause = \"1s\"", None, POINTED, ""),
            ("pause = \"11m\"", LONGEST, None, "lets requests wait for 10m at the most"),
            ("allow_write_errors = \"2500ms\"", None, None, "`allow_write_errors` longer than 2500ms"),
            ("allow_write_errors = \"3s\"\npause = \"1s\"", LONGEST, None, ""),
        ] {
            let found = read(text).check(longest_pause, repoint).err().unwrap_or_default();
            assert!(found.contains(wanted) && found.is_empty() == wanted.is_empty(), "{text}: {found}");
        }
    }
}
