//! Who asked: verified ids only, never names that people choose.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who caused an event: `console:1000`, `system:schedule`, `system:engine`, `slack:T01/U02`, `discord:81384788/53908232`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(String);

impl Actor {
    /// The user of this machine with the user id that the kernel vouches for.
    #[must_use]
    pub fn console(uid: u32) -> Self {
        Self(format!("console:{uid}"))
    }

    /// The member of a Slack workspace whose ids the platform vouches for: `T01`, `U02`. None if these are no ids.
    #[must_use]
    pub fn slack(team: &str, user: &str) -> Option<Self> {
        is_slack_id(team, "TE").then_some(())?;
        is_slack_id(user, "UW").then(|| Self(format!("slack:{team}/{user}")))
    }

    /// The member of a Discord guild whose ids the platform vouches for. None if these are no ids.
    #[must_use]
    pub fn discord(guild: &str, user: &str) -> Option<Self> {
        (is_snowflake(guild) && is_snowflake(user)).then(|| Self(format!("discord:{guild}/{user}")))
    }

    /// A part of the bot itself, such as `schedule` or `engine`.
    #[must_use]
    pub fn system(part: &'static str) -> Self {
        Self(format!("system:{part}"))
    }

    /// An actor as it stands in a log.
    #[must_use]
    pub fn recorded(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_system(&self) -> bool {
        self.0.starts_with("system:")
    }

    /// Whether this is somebody at this machine, who reaches the bot's own files.
    #[must_use]
    pub fn is_console(&self) -> bool {
        self.0.starts_with("console:")
    }
}

/// Whether this is an id of Slack that begins with one of `initials`: never a name that somebody chose.
#[must_use]
pub fn is_slack_id(text: &str, initials: &str) -> bool {
    (3..=32).contains(&text.len())
        && text.starts_with(|c| initials.contains(c))
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether this is an id of Discord: a number without a sign, a space or a zero before it.
#[must_use]
pub fn is_snowflake(text: &str) -> bool {
    (1..=20).contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_an_id_makes_an_actor() {
        assert_eq!(Actor::slack("T01", "U02").unwrap().as_str(), "slack:T01/U02");
        assert_eq!(Actor::discord("81384788", "53908232").unwrap().as_str(), "discord:81384788/53908232");
        for (team, user) in
            [("T01", "eve"), ("T01", "U02/U03"), ("T01", "S02"), ("U01", "U02"), ("", "U02"), ("T0", "U\u{b2}2")]
        {
            assert_eq!(Actor::slack(team, user), None, "{team} {user}");
        }
        for (guild, user) in
            [("1", "eve"), ("", "1"), ("01", "1"), ("1", "-1"), ("1", "1/2"), ("1", "111111111111111111111")]
        {
            assert_eq!(Actor::discord(guild, user), None, "{guild} {user}");
        }
    }
}
