//! One `[[site]]`: what is released, how, and under which terms.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use commands::calendar::Schedule;
use events::name::{ServiceName, SiteName, StageName};
use events::terms::{DatabaseTerms, Patience, Retries, Slots, Terms, WindowTerms, WorkersTerms};
use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::approval::ApprovalConfig;
use super::crossing::CrossingConfig;
use super::duration;
use super::error::ConfigError;
use super::quiet::QuietConfig;
use super::tables;
use super::text::Text;
use crate::chat::discord::settings::Snowflake;
use crate::chat::slack::settings::SlackId;
use crate::{check, database, delivery, fleet, traffic, workers};

/// The table `[[site]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteConfig {
    pub service: ServiceName,
    pub stage: StageName,
    pub traffic: Spanned<traffic::Settings>,
    pub fleet: Spanned<fleet::Settings>,
    pub delivery: delivery::Settings,
    #[serde(default, rename = "check", deserialize_with = "tables::checks")]
    pub checks: Vec<Spanned<check::Settings>>,
    #[serde(default, rename = "approval", deserialize_with = "tables::approvals")]
    pub approvals: Vec<ApprovalConfig>,
    #[serde(default, deserialize_with = "tables::quiet")]
    pub quiet: Vec<QuietConfig>,
    pub database: Option<Spanned<database::Settings>>,
    #[serde(default = "crossing")]
    pub crossing: Spanned<CrossingConfig>,
    pub workers: Option<workers::Settings>,
    #[serde(default)]
    pub gates: GatesConfig,
    pub window: Spanned<WindowConfig>,
    #[serde(default)]
    pub patience: PatienceConfig,
    #[serde(default)]
    pub retries: RetriesConfig,
    #[serde(default)]
    pub chat: SiteChatConfig,
}

/// The table `[site.chat]`: where the site is shown, if not where all are.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteChatConfig {
    pub slack: Option<Spanned<SlackId>>,
    pub discord: Option<Spanned<Snowflake>>,
}

/// The table `[site.window]`: the stability window and what comes after it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowConfig {
    /// How long the old environment stays as the way back: 24 to 48 hours in most shops.
    #[serde(with = "duration")]
    pub lasts: Duration,
    /// When it may be decommissioned after that: a five-field crontab expression.
    pub decommission: Spanned<String>,
    /// The time zone of that, such as `Europe/Berlin`.
    #[serde(default = "utc")]
    pub zone: Spanned<String>,
    /// How long before a decommission it is announced.
    #[serde(with = "duration", default = "announce")]
    pub announce: Duration,
    /// How long nobody may have used the old environment before it is destroyed.
    #[serde(with = "duration", default = "quiet_for")]
    pub quiet_for: Duration,
    /// How often the way back is proven.
    #[serde(with = "duration", default = "prove_every")]
    pub prove_every: Duration,
}

/// The table `[site.gates]`: how checks decide.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatesConfig {
    /// How many good rounds in a row count as healthy.
    pub in_a_row: u16,
    #[serde(with = "duration")]
    pub every: Duration,
    /// How long each canary share is watched.
    #[serde(with = "duration")]
    pub bake: Duration,
}

/// The table `[site.patience]`: how long each kind of step may take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PatienceConfig {
    #[serde(with = "duration")]
    pub grow: Duration,
    #[serde(with = "duration")]
    pub deliver: Duration,
    #[serde(with = "duration")]
    pub healthy: Duration,
    #[serde(with = "duration")]
    pub checks: Duration,
    #[serde(with = "duration")]
    pub share: Duration,
    #[serde(with = "duration")]
    pub drain: Duration,
    #[serde(with = "duration")]
    pub reduce: Duration,
    #[serde(with = "duration")]
    pub settle: Duration,
}

/// The table `[site.retries]`: how often the world is asked again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetriesConfig {
    pub attempts: u32,
    #[serde(with = "duration")]
    pub first_pause: Duration,
    #[serde(with = "duration")]
    pub longest_pause: Duration,
}

fn crossing() -> Spanned<CrossingConfig> {
    Spanned::new(0..0, CrossingConfig::default())
}

fn utc() -> Spanned<String> {
    Spanned::new(0..0, "UTC".to_owned())
}

fn announce() -> Duration {
    Duration::from_hours(1)
}

fn quiet_for() -> Duration {
    Duration::from_mins(5)
}

fn prove_every() -> Duration {
    Duration::from_secs(30)
}

impl Default for GatesConfig {
    fn default() -> Self {
        Self { in_a_row: 3, every: Duration::from_secs(1), bake: Duration::from_mins(5) }
    }
}

impl Default for PatienceConfig {
    fn default() -> Self {
        Self {
            grow: Duration::from_mins(10),
            deliver: Duration::from_mins(30),
            healthy: Duration::from_mins(5),
            checks: Duration::from_mins(5),
            share: Duration::from_mins(1),
            drain: Duration::from_mins(2),
            reduce: Duration::from_mins(10),
            settle: Duration::from_secs(10),
        }
    }
}

impl Default for RetriesConfig {
    fn default() -> Self {
        Self { attempts: 5, first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(30) }
    }
}

impl SiteConfig {
    /// `service/stage`.
    #[must_use]
    pub fn name(&self) -> SiteName {
        SiteName { service: self.service.clone(), stage: self.stage.clone() }
    }

    /// The terms that a run of this site freezes.
    #[must_use]
    pub fn terms(&self) -> Terms {
        let window = self.window.get_ref();
        let patience = &self.patience;
        Terms {
            machine_count: self.fleet.get_ref().count(),
            checks: self.checks.iter().map(|it| it.get_ref().name().clone()).collect(),
            in_a_row: self.gates.in_a_row,
            check_every: signed(self.gates.every),
            bake: signed(self.gates.bake),
            patience: Patience {
                grow: signed(patience.grow),
                deliver: signed(patience.deliver),
                healthy: signed(patience.healthy),
                checks: signed(patience.checks),
                share: signed(patience.share),
                drain: signed(patience.drain),
                reduce: signed(patience.reduce),
                settle: signed(patience.settle),
            },
            retries: Retries {
                attempts: self.retries.attempts,
                first_pause: signed(self.retries.first_pause),
                longest_pause: signed(self.retries.longest_pause),
            },
            window: WindowTerms {
                lasts: signed(window.lasts),
                decommission: Slots {
                    cron: window.decommission.get_ref().clone(),
                    zone: window.zone.get_ref().clone(),
                },
                announce: signed(window.announce),
                quiet_for: signed(window.quiet_for),
                prove_every: signed(window.prove_every),
                quiet: self.quiet.iter().map(QuietConfig::terms).collect(),
            },
            approvals: self.approvals.iter().map(ApprovalConfig::terms).collect(),
            database: self.database.as_ref().map(|it| {
                let crosses = it.get_ref().crosses();
                let terms =
                    || self.crossing.get_ref().terms(self.traffic.get_ref().longest_pause(), it.get_ref().repoint());
                if crosses { DatabaseTerms::Replicated(terms()) } else { DatabaseTerms::Shared }
            }),
            workers: self
                .workers
                .as_ref()
                .map(|it| WorkersTerms { takes: signed(it.takes()), are_seen: it.are_seen() }),
        }
    }

    /// What two sites of one machine can't both have.
    pub(super) fn check_beside(&self, other: &Self, text: &Text<'_>) -> Result<(), ConfigError> {
        if let Some(address) = self.traffic.get_ref().shares_address(other.traffic.get_ref()) {
            let sentence = format!("{} listens on {address} already: give this site another address", other.name());
            return Err(text.at(self.traffic.span(), sentence));
        }
        if self.fleet.get_ref().shares_ports(other.fleet.get_ref()) {
            let sentence = format!("{} takes its ports from the same range: give this site others", other.name());
            return Err(text.at(self.fleet.span(), sentence));
        }
        Ok(())
    }

    pub(super) fn resolve_paths(&mut self, folder: &Path) {
        self.delivery.resolve_paths(folder);
        self.traffic.get_mut().resolve_paths(folder);
        if let Some(database) = &mut self.database {
            database.get_mut().resolve_paths(folder);
        }
    }

    /// What can be seen to be wrong without touching the world.
    pub(super) fn check(&self, text: &Text<'_>, span: Range<usize>) -> Result<(), ConfigError> {
        let window = self.window.get_ref();
        let (cron, zone) = (&window.decommission, &window.zone);
        Schedule::parse("0 0 * * *", zone.get_ref()).map_err(|error| text.at(zone.span(), error.to_string()))?;
        Schedule::parse(cron.get_ref(), zone.get_ref()).map_err(|error| text.at(cron.span(), error.to_string()))?;
        if self.retries.attempts == 0 || self.gates.in_a_row == 0 {
            return Err(text.at(span, "attempts and in_a_row must be at least 1".to_owned()));
        }
        self.fleet.get_ref().check().map_err(|sentence| text.at(self.fleet.span(), sentence))?;
        if self.checks.is_empty() {
            return Err(text.at(
                span,
                "a site needs at least one [[site.check]]: without one nothing proves that a release works".to_owned(),
            ));
        }
        self.check_database(text)?;
        let mut names = Vec::new();
        for check in &self.checks {
            let name = check.get_ref().name();
            if names.contains(&name) {
                return Err(text.at(check.span(), format!("there are two checks named {name}")));
            }
            names.push(name);
        }
        Ok(())
    }
}

impl SiteConfig {
    /// A database that crosses must have a way to.
    fn check_database(&self, text: &Text<'_>) -> Result<(), ConfigError> {
        let (longest_pause, crossing) = (self.traffic.get_ref().longest_pause(), self.crossing.get_ref());
        let repoint = self.database.as_ref().and_then(|it| it.get_ref().repoint());
        crossing.check(longest_pause, repoint).map_err(|sentence| text.at(self.crossing.span(), sentence))?;
        let Some(database) = &self.database else { return Ok(()) };
        database.get_ref().check().map_err(|sentence| text.at(database.span(), sentence))?;
        let has_a_way = longest_pause.is_some() || repoint.is_some() || crossing.allow_write_errors.is_some();
        if database.get_ref().crosses() && !has_a_way {
            let sentence = "this balancer can't let requests wait while a database crosses: say how both environments are \
                            pointed to the server that takes writes ([site.database.mysql.repoint]), or for how long writes \
                            may fail (allow_write_errors in [site.crossing])";
            return Err(text.at(self.traffic.span(), sentence.to_owned()));
        }
        Ok(())
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
