//! Who is in a role: a verified id of a person, or of a group that a platform vouches for.

use std::fmt;
use std::str::FromStr;

use events::actor::{Actor, is_slack_id, is_snowflake};

use crate::speaker::Speaker;

/// `slack:T01/U02` (a person), `slack:T01/S03` (a user group), `discord:81384788/53908232` (a person, or a role of the
/// guild: no two of them have one number), `console:1000`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member(String);

/// A text that is nobody's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "that is nobody's id: write slack:TEAM/USER, slack:TEAM/USERGROUP, discord:GUILD/USER, discord:GUILD/ROLE or \
     console:UID, with the ids that the platform shows, not with names"
)]
pub struct BadMember;

impl Member {
    /// Whether that is who speaks, or a group that they are in.
    #[must_use]
    pub fn is(&self, speaker: &Speaker) -> bool {
        self.0 == speaker.actor.as_str() || speaker.groups.contains(&self.0)
    }

    #[must_use]
    pub fn is_console(&self) -> bool {
        self.0.starts_with("console:")
    }
}

impl FromStr for Member {
    type Err = BadMember;

    fn from_str(text: &str) -> Result<Self, BadMember> {
        let (platform, id) = text.split_once(':').ok_or(BadMember)?;
        let is_id = match (platform, id.split_once('/')) {
            ("slack", Some((team, id))) => is_slack_id(team, "TE") && is_slack_id(id, "UWS"),
            ("discord", Some((guild, id))) => is_snowflake(guild) && is_snowflake(id),
            ("console", None) => id.parse().is_ok_and(|uid| Actor::console(uid).as_str() == text),
            _ => false,
        };
        if is_id { Ok(Self(text.to_owned())) } else { Err(BadMember) }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_an_id_and_never_a_name() {
        for id in ["slack:T01/U02", "slack:E01/W02", "slack:T01/S03", "discord:81384788/53908232", "console:0"] {
            assert_eq!(id.parse::<Member>().unwrap().to_string(), id);
        }
        for name in [
            "",
            "ada",
            "@ada",
            "slack:ada",
            "slack:T01/ada",
            "slack:T01",
            "discord:1/ada",
            "console:root",
            "console:+1",
            "console:1/2",
            "system:bot",
            "irc:1/2",
        ] {
            assert_eq!(name.parse::<Member>(), Err(BadMember), "{name}");
        }
    }
}
