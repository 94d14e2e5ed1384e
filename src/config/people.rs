//! The tables `[[role]]`: who may do what, and where.

use std::str::FromStr;

use commands::policy::{Member, Policy, Role, Sites, Verbs};
use events::name::RoleName;
use serde::Deserialize;
use toml::Spanned;

use super::error::ConfigError;
use super::text::Text;

/// The table `[[role]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleConfig {
    pub name: Spanned<RoleName>,
    /// Verified ids of people, and of groups that a platform vouches for.
    pub members: Vec<Spanned<String>>,
    /// Orders by their verbs, by the word of their group, or `everything`.
    pub may: Vec<Spanned<String>>,
    /// Sites, with `*` for any service or any stage.
    pub on: Vec<Spanned<String>>,
    /// Whether they may break the glass.
    #[serde(default)]
    pub emergency: bool,
}

/// The roles of a configuration, each checked.
pub(super) fn policy(tables: Vec<RoleConfig>, text: &Text<'_>) -> Result<Policy, ConfigError> {
    let mut roles: Vec<Role> = Vec::new();
    for table in tables {
        let (span, name) = (table.name.span(), table.name.into_inner());
        if roles.iter().any(|it| it.name == name) {
            return Err(text.at(span, format!("there are two roles {name}: give one another name")));
        }
        let members = all::<Member>(&table.members, text)?.into_iter().collect();
        let mut may = Verbs::default();
        for word in &table.may {
            let read = Verbs::parse([word.get_ref().as_str()]);
            may.extend(&read.map_err(|error| text.at(word.span(), error.to_string()))?);
        }
        let on = all::<Sites>(&table.on, text)?;
        roles.push(Role { name, members, may, on, is_emergency: table.emergency });
    }
    Ok(Policy { roles })
}

fn all<T: FromStr<Err: ToString>>(words: &[Spanned<String>], text: &Text<'_>) -> Result<Vec<T>, ConfigError> {
    let read = |word: &Spanned<String>| {
        word.get_ref().parse().map_err(|error: T::Err| text.at(word.span(), error.to_string()))
    };
    words.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use commands::speaker::Speaker;
    use events::actor::Actor;

    use crate::config::Config;

    const ROLE: &str = "\n[[role]]\nname = \"releasers\"\nmembers = [\"slack:T01/U02\", \"slack:T01/S03\"]\n\
                        may = [\"releases\", \"abort\"]\non = [\"shop/*\"]\n";

    fn read(change: impl Fn(&str) -> String) -> Result<Config, String> {
        let example = include_str!("../../examples/single-server.toml");
        let content = format!("{example}{}", change(ROLE));
        Config::understand(Path::new("changeover.toml"), &content).map_err(|error| error.to_string())
    }

    #[test]
    fn a_role_gives_its_members_these_verbs_on_these_sites() {
        let policy = read(str::to_owned).unwrap().policy;
        let speaker = Speaker::alone(Actor::slack("T01", "U02").unwrap());
        let verbs = policy.verbs(&speaker, &"shop/staging".parse().unwrap());
        assert!(verbs.contains("deploy") && verbs.contains("abort") && !verbs.contains("unlock"), "{verbs:?}");
        assert!(policy.verbs(&speaker, &"blog/production".parse().unwrap()).is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_role_is_told_at_its_place() {
        for (from, to, sentence) in [
            ("slack:T01/U02", "@ada", "that is nobody's id: write slack:TEAM/USER, "),
            ("abort", "abrot", "`abrot` is no order: write everything, a group of orders (releases, "),
            ("shop/*", "shop", "that means no sites: write SERVICE/STAGE, "),
            ("releasers", "Re leasers", "a role name must be "),
            ("on = ", "at = ", "there is no key `at` here; "),
            ("[[role]]", "[role]", "each role is a table of its own: write [[role]], in double brackets"),
        ] {
            let error = read(|role| role.replace(from, to)).unwrap_err();
            assert!(error.contains(sentence), "{error}");
        }
        let twice = read(|role| role.repeat(2)).unwrap_err();
        assert!(twice.contains("there are two roles releasers"), "{twice}");
    }
}
