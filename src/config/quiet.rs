//! The tables `[[site.quiet]]`: hours in which no run begins.

use std::time::Duration;

use commands::calendar::{Quiet, Schedule};
use commands::policy::Policy;
use events::fact::RunKind;
use events::name::{RoleName, SiteName};
use events::terms::{QuietTerms, Slots};
use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::duration;
use super::error::ConfigError;
use super::text::Text;

/// The table `[[site.quiet]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietConfig {
    /// When they begin: a five-field crontab expression.
    pub begins: Spanned<String>,
    /// The time zone of that, such as `Europe/Berlin`.
    #[serde(default = "utc")]
    pub zone: Spanned<String>,
    #[serde(with = "duration")]
    pub lasts: Duration,
    /// Who may begin runs all the same.
    #[serde(default)]
    pub except_roles: Vec<Spanned<RoleName>>,
    /// Which runs may begin all the same.
    #[serde(default)]
    pub except_kinds: Vec<RunKind>,
}

fn utc() -> Spanned<String> {
    Spanned::new(0..0, "UTC".to_owned())
}

impl QuietConfig {
    pub(super) fn terms(&self) -> QuietTerms {
        QuietTerms {
            begins: Slots { cron: self.begins.get_ref().clone(), zone: self.zone.get_ref().clone() },
            lasts: SignedDuration::try_from(self.lasts).unwrap_or(SignedDuration::MAX),
            except_roles: self.except_roles.iter().map(|it| it.get_ref().clone()).collect(),
            except_kinds: self.except_kinds.clone(),
        }
    }

    pub(super) fn check(&self, site: &SiteName, policy: &Policy, text: &Text<'_>) -> Result<(), ConfigError> {
        let (begins, zone) = (&self.begins, &self.zone);
        Schedule::parse("0 0 * * *", zone.get_ref()).map_err(|error| text.at(zone.span(), error.to_string()))?;
        let schedule = Schedule::parse(begins.get_ref(), zone.get_ref());
        let schedule = schedule.map_err(|error| text.at(begins.span(), error.to_string()))?;
        Quiet::new(schedule, self.terms().lasts).map_err(|error| text.at(begins.span(), error.to_string()))?;
        for role in &self.except_roles {
            if !policy.roles.iter().any(|it| it.name == *role.get_ref() && it.is_on(site)) {
                return Err(text.at(role.span(), format!("there is no [[role]] {} on {site}", role.get_ref())));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    const NIGHTS: &str = "\n[[site.quiet]]\nbegins = \"0 22 * * *\"\nlasts = \"10h\"\n";

    fn read(quiet: &str) -> Result<Config, String> {
        // The example has quiet hours of its own, which end with an empty line.
        let example = include_str!("../../examples/single-server.toml");
        let (before, after) = example.split_once("[[site.quiet]]").unwrap();
        let (_, after) = after.split_once("\n\n").unwrap();
        let content = format!("{before}{after}{quiet}");
        Config::understand(Path::new("changeover.toml"), &content).map_err(|error| error.to_string())
    }

    #[test]
    fn quiet_hours_are_frozen_in_the_terms() {
        let terms = read(NIGHTS).unwrap().sites[0].terms();
        expect_test::expect![[
            r#"[{"begins":{"cron":"0 22 * * *","zone":"UTC"},"lasts":"PT10H","except_roles":[],"except_kinds":[]}]"#
        ]]
        .assert_eq(&serde_json::to_string(&terms.window.quiet).unwrap());
    }

    #[test]
    fn quiet_hours_that_mean_nothing_are_refused() {
        for (quiet, sentence) in [
            (NIGHTS.replace("22", "25"), "hour: an item is out of range"),
            (NIGHTS.replace("10h", "800h"), "quiet hours must last between 1 minute and 31 days"),
            (format!("{NIGHTS}zone = \"Mars\"\n"), "that is no time zone"),
            (format!("{NIGHTS}except_roles = [\"night-watch\"]\n"), "there is no [[role]] night-watch on shop/"),
            (format!("{NIGHTS}except = []\n"), "there is no key `except` here"),
            (NIGHTS.replace("[[site.quiet]]", "[site.quiet]"), "in double brackets"),
        ] {
            let error = read(&quiet).unwrap_err();
            assert!(error.contains(sentence), "{error}");
        }
    }
}
