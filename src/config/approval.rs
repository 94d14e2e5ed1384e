//! The tables `[[site.approval]]`: which runs wait for people.

use std::time::Duration;

use commands::policy::Policy;
use events::fact::RunKind;
use events::name::{RoleName, SiteName};
use events::terms::ApprovalTerms;
use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::duration;
use super::error::ConfigError;
use super::text::Text;

/// The table `[[site.approval]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalConfig {
    /// Which runs.
    #[serde(rename = "for")]
    pub runs: Vec<Runs>,
    /// Whose approval.
    pub role: Spanned<RoleName>,
    /// Of how many people.
    #[serde(default = "one")]
    pub count: u16,
    /// Whether who asked for the run may be one of them.
    #[serde(default)]
    pub requester_counts: bool,
    /// How long they are waited for.
    #[serde(with = "duration", default = "lasts")]
    pub lasts: Duration,
}

/// Runs that may need approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Runs {
    Deploy,
    Cutover,
    Rollback,
    Decommission,
    /// A rollback that leaves writes behind, and no other.
    LossyRollback,
}

fn one() -> u16 {
    1
}

fn lasts() -> Duration {
    Duration::from_hours(8)
}

impl ApprovalConfig {
    pub(super) fn terms(&self) -> ApprovalTerms {
        ApprovalTerms {
            kinds: self.runs.iter().filter_map(|it| it.kind()).collect(),
            losses: self.runs.contains(&Runs::LossyRollback),
            role: self.role.get_ref().clone(),
            count: self.count,
            requester_counts: self.requester_counts,
            lasts: SignedDuration::try_from(self.lasts).unwrap_or(SignedDuration::MAX),
        }
    }

    /// Whether somebody could ever give it.
    pub(super) fn check(&self, site: &SiteName, policy: &Policy, text: &Text<'_>) -> Result<(), ConfigError> {
        let (name, span) = (self.role.get_ref(), self.role.span());
        if self.count == 0 {
            return Err(text.at(span, "count must be at least 1".to_owned()));
        }
        let role = policy.roles.iter().find(|it| it.name == *name && it.is_on(site));
        let role = role.ok_or_else(|| text.at(span.clone(), format!("there is no [[role]] {name} on {site}")))?;
        if ["approve", "reject"].iter().all(|verb| role.may.contains(verb)) {
            return Ok(());
        }
        Err(text.at(span, format!("{name} can't say so: add \"approvals\" to what the role may")))
    }
}

impl Runs {
    fn kind(self) -> Option<RunKind> {
        match self {
            Self::Deploy => Some(RunKind::Deploy),
            Self::Cutover => Some(RunKind::Cutover),
            Self::Rollback => Some(RunKind::Rollback),
            Self::Decommission => Some(RunKind::Decommission),
            Self::LossyRollback => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    const RULE: &str = "\n[[site.approval]]\nfor = [\"cutover\"]\nrole = \"releasers\"\n";
    const ROLE: &str =
        "\n[[role]]\nname = \"releasers\"\nmembers = [\"slack:T01/S03\"]\nmay = [\"approvals\"]\non = [\"shop/*\"]\n";

    fn read(rule: &str, role: &str) -> Result<Config, String> {
        let example = include_str!("../../examples/single-server.toml");
        let content = format!("{example}{rule}{role}");
        Config::understand(Path::new("changeover.toml"), &content).map_err(|error| error.to_string())
    }

    #[test]
    fn an_approval_is_frozen_in_the_terms() {
        let terms = read(RULE, ROLE).unwrap().sites[0].terms();
        expect_test::expect![[
            r#"[{"kinds":["cutover"],"role":"releasers","count":1,"requester_counts":false,"lasts":"PT8H"}]"#
        ]]
        .assert_eq(&serde_json::to_string(&terms.approvals).unwrap());
    }

    #[test]
    fn only_a_rollback_that_leaves_writes_behind_may_need_it() {
        let terms = read(&RULE.replace("cutover", "lossy_rollback"), ROLE).unwrap().sites[0].terms();
        assert!(terms.approvals[0].losses && terms.approvals[0].kinds.is_empty());
    }

    #[test]
    fn an_approval_that_nobody_could_give_is_refused() {
        for (rule, role, sentence) in [
            (RULE.to_owned(), String::new(), "there is no [[role]] releasers on shop/production"),
            (RULE.to_owned(), ROLE.replace("shop/*", "blog/*"), "there is no [[role]] releasers on shop/production"),
            (RULE.to_owned(), ROLE.replace("approvals", "releases"), "releasers can't say so: add \"approvals\""),
            (format!("{RULE}count = 0\n"), ROLE.to_owned(), "count must be at least 1"),
            (RULE.replace("cutover", "cut"), ROLE.to_owned(), "cut"),
            (RULE.replace("[[site.approval]]", "[site.approval]"), ROLE.to_owned(), "in double brackets"),
        ] {
            let error = read(&rule, &role).unwrap_err();
            assert!(error.contains(sentence), "{error}");
        }
    }
}
