//! What the databases say of themselves, for people.

use std::fmt;

use events::check::{Reading, Verdict};
use events::color::{ByColor, Color};
use events::name::SiteName;
use serde::Serialize;

/// Everything that the databases ask for before users may cross.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreflightReport {
    pub site: SiteName,
    /// Whose users would cross; none where no database takes writes, or both do.
    pub from: Option<Color>,
    pub readings: Vec<Reading>,
}

/// How the databases stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingReport {
    pub site: SiteName,
    pub servers: ByColor<ServerReport>,
}

/// How one server stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerReport {
    Stands {
        takes_writes: bool,
        /// Whether a restart would bring it back frozen; none where it does not say.
        is_born_frozen: Option<bool>,
        /// How it follows the other one; none if it does not.
        follows: Option<String>,
        /// Transactions that the other one lacks; none where nobody can say.
        ahead: Option<u64>,
        position: String,
        version: String,
    },
    Unknown {
        why: String,
    },
}

impl PreflightReport {
    /// Whether users could cross now.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.from.is_some() && !self.readings.is_empty() && self.readings.iter().all(|it| it.verdict == Verdict::Pass)
    }
}

impl fmt::Display for PreflightReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let site = &self.site;
        match self.from {
            Some(from) if self.passes() => {
                write!(f, "{site}: the database could cross from {from} to {}", from.other())
            }
            Some(from) => write!(f, "{site}: the database can't cross from {from} to {} now", from.other()),
            None => write!(f, "{site}: there is no one database that takes writes; see `standing`"),
        }?;
        for reading in &self.readings {
            write!(f, "\n  {reading}")?;
        }
        Ok(())
    }
}

impl fmt::Display for StandingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.site)?;
        for color in Color::BOTH {
            write!(f, "\n  {color}: {}", self.servers.get(color))?;
        }
        Ok(())
    }
}

impl fmt::Display for ServerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Stands { takes_writes, is_born_frozen, follows, ahead, position, version } = self else {
            let Self::Unknown { why } = self else { return Ok(()) };
            return write!(f, "unknown: {why}");
        };
        f.write_str(if *takes_writes { "takes writes" } else { "is frozen" })?;
        match is_born_frozen {
            Some(true) => f.write_str(" (a restart brings it back frozen)")?,
            Some(false) => f.write_str(" (a restart brings it back taking writes)")?,
            None => {}
        }
        match follows {
            Some(how) => write!(f, ", follows the other one: {how}")?,
            None => f.write_str(", follows nobody")?,
        }
        match ahead {
            Some(0) => f.write_str(", has nothing that the other one lacks")?,
            Some(count) => write!(f, ", has {count} transactions that the other one lacks")?,
            None => f.write_str(", and nobody can say what the other one lacks of it")?,
        }
        write!(f, "; {version} at {position}")
    }
}

#[cfg(test)]
mod tests {
    use events::name::CheckName;
    use expect_test::expect;

    use super::*;

    fn reading(verdict: Verdict) -> Reading {
        Reading {
            check: CheckName::fixed("lag"),
            subject: "green".to_owned(),
            value: "61 s".to_owned(),
            limit: "at most 10 s; wait until it has caught up".to_owned(),
            verdict,
        }
    }

    #[test]
    fn a_preflight_says_whether_users_could_cross_and_what_stands_in_the_way() {
        let site: SiteName = "shop/production".parse().unwrap();
        let told =
            |from, verdict| PreflightReport { site: site.clone(), from, readings: vec![reading(verdict)] }.to_string();
        expect![[r#"
            shop/production: the database could cross from blue to green
              lag of green: ok, 61 s (wanted at most 10 s; wait until it has caught up)"#]]
        .assert_eq(&told(Some(Color::Blue), Verdict::Pass));
        expect![[r#"
            shop/production: the database can't cross from blue to green now
              lag of green: failed, 61 s (wanted at most 10 s; wait until it has caught up)"#]]
        .assert_eq(&told(Some(Color::Blue), Verdict::Fail));
        expect![[r#"
            shop/production: there is no one database that takes writes; see `standing`
              lag of green: no evidence, 61 s (wanted at most 10 s; wait until it has caught up)"#]]
        .assert_eq(&told(None, Verdict::NoEvidence));
        let nothing = PreflightReport { site, from: Some(Color::Blue), readings: vec![] };
        assert!(!nothing.passes(), "no data is never a pass");
    }

    #[test]
    fn a_server_that_can_t_be_reached_is_unknown_and_the_other_one_is_told() {
        let stands = ServerReport::Stands {
            takes_writes: true,
            is_born_frozen: Some(false),
            follows: None,
            ahead: Some(2),
            position: "a1:1-9".to_owned(),
            version: "MySQL 9.7.4".to_owned(),
        };
        let servers = ByColor { blue: stands, green: ServerReport::Unknown { why: "connection refused".to_owned() } };
        let report = StandingReport { site: "shop/production".parse().unwrap(), servers };
        expect![[r#"
            shop/production:
              blue: takes writes (a restart brings it back taking writes), follows nobody, has 2 transactions that the other one lacks; MySQL 9.7.4 at a1:1-9
              green: unknown: connection refused"#]].assert_eq(&report.to_string());
    }
}
