//! What a pair of MySQL or MariaDB servers is told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use events::color::{ByColor, Color};
use serde::{Deserialize, Serialize};

use super::repoint::Repoint;
use crate::config::duration;
use crate::config::secret::Secret;

/// What `[site.database.mysql]` says: a server for each color, each replicating the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub blue: Server,
    pub green: Server,
    /// Whom the bot is to both servers: an account with the privileges that the documentation lists, and no others.
    pub user: Name,
    pub password: Secret,
    pub replication: Replication,
    #[serde(default)]
    pub tls: Tls,
    /// The accounts of the application: whose transactions are waited for, and whose sessions on the old server are
    /// ended. They must not be able to write to a read-only server.
    pub application: Vec<Name>,
    /// How both colors are pointed to the server that takes writes; none where each color uses its own.
    #[serde(default)]
    pub repoint: Option<Repoint>,
    /// How long a transaction may have been open when a crossing begins.
    #[serde(with = "duration", default = "longest_transaction")]
    pub longest_transaction: Duration,
    /// How far the idle server may be behind when a crossing begins.
    #[serde(with = "duration", default = "longest_lag")]
    pub longest_lag: Duration,
    /// How long connecting to a server may take.
    #[serde(with = "duration", default = "connect_timeout")]
    pub connect_timeout: Duration,
    /// How long a server may take to answer a statement that waits for nothing.
    #[serde(with = "duration", default = "answer_timeout")]
    pub answer_timeout: Duration,
}

/// What `[site.database.mysql.blue]` and `[site.database.mysql.green]` say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub host: Host,
    #[serde(default = "port")]
    pub port: u16,
    /// Where the other server finds this one, if not where the bot does.
    #[serde(default)]
    pub replication_host: Option<Host>,
    #[serde(default)]
    pub replication_port: Option<u16>,
    /// A person's word that the server's own settings say `read_only`. A MySQL server is asked instead.
    #[serde(default)]
    pub starts_read_only: bool,
}

/// What `[site.database.mysql.replication]` says: the account by which each server reads from the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replication {
    pub user: Name,
    pub password: Secret,
    /// Whether the servers talk TLS with each other.
    #[serde(default = "yes")]
    pub tls: bool,
    /// With TLS: a file of certificates (PEM) on both servers' machines, one of which must have signed each server's.
    #[serde(default)]
    pub ca: Option<String>,
}

/// What `[site.database.mysql.tls]` says: between the bot and the servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    #[serde(default = "yes")]
    pub enabled: bool,
    /// A file of certificates (PEM), one of which must have signed the server's; none means the public ones.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}

impl Default for Tls {
    fn default() -> Self {
        Self { enabled: true, ca: None }
    }
}

impl Settings {
    #[must_use]
    pub fn server(&self, color: Color) -> &Server {
        match color {
            Color::Blue => &self.blue,
            Color::Green => &self.green,
        }
    }

    /// What can be seen to be wrong without asking a server.
    pub fn check(&self) -> Result<(), String> {
        let place = |it: &Server| (it.host.clone(), it.port);
        if place(&self.blue) == place(&self.green) {
            return Err("blue and green name the same database server: each needs its own".to_owned());
        }
        if self.application.is_empty() {
            return Err("application is empty: name the accounts by which the application writes".to_owned());
        }
        if self.application.contains(&self.user) || self.application.contains(&self.replication.user) {
            return Err("the bot, the replication and the application need accounts of their own".to_owned());
        }
        if self.replication.tls && self.replication.ca.is_none() {
            return Err("replication needs ca, a file on the servers by which they verify each other (or tls = false)"
                .to_owned());
        }
        self.repoint.as_ref().map_or(Ok(()), Repoint::check)
    }

    /// Makes paths mean what they mean from the configuration file's folder.
    pub fn resolve_paths(&mut self, folder: &Path) {
        if let Some(ca) = &mut self.tls.ca {
            *ca = folder.join(&*ca);
        }
    }

    /// `host:port` of each server, as the bot reaches it.
    #[must_use]
    pub fn places(&self) -> ByColor<String> {
        ByColor::from_fn(|color| {
            let server = self.server(color);
            format!("{}:{}", server.host.as_str(), server.port)
        })
    }
}

fn yes() -> bool {
    true
}

fn port() -> u16 {
    3306
}

fn longest_transaction() -> Duration {
    Duration::from_secs(5)
}

fn longest_lag() -> Duration {
    Duration::from_secs(5)
}

fn connect_timeout() -> Duration {
    Duration::from_secs(3)
}

fn answer_timeout() -> Duration {
    Duration::from_secs(5)
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $accepts:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, &'static str> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(&text) { Ok(Self(text)) } else { Err($rule) }
            }
        }

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(it: $name) -> Self {
                it.0
            }
        }
    };
}

text!(
    /// The name of an account, without its host.
    Name,
    |text| (1..=32).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)),
    "the name of a database account must be 1 to 32 letters, digits and _ - ."
);
text!(
    /// Where a server is: a name or an address.
    Host,
    |text| (1..=255).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:".contains(c)),
    "a database host must be a name or an address, such as db1.internal or 10.0.0.5"
);

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        user = "changeover"
        password = { env = "DB_PASSWORD" }
        application = ["shop"]
        blue = { host = "10.0.0.5" }
        green = { host = "10.0.0.6", port = 3307 }
        replication = { user = "repl", password = { env = "REPL_PASSWORD" }, ca = "/etc/mysql/ca.pem" }
    "#;

    fn read(text: &str) -> Result<Settings, String> {
        toml::from_str::<Settings>(text).map_err(|error| error.to_string())
    }

    #[test]
    fn servers_are_verified_unless_somebody_says_otherwise() {
        let settings = read(WHOLE).unwrap();
        assert!(settings.tls.enabled && settings.replication.tls);
        assert_eq!(settings.check(), Ok(()));
        assert_eq!(settings.places().green, "10.0.0.6:3307");
    }

    #[test]
    fn what_could_become_part_of_a_statement_is_no_name() {
        for (good, bad) in [("\"repl\"", "\"re'pl\""), ("10.0.0.5", "10.0.0.5'"), ("\"changeover\"", "\"change over\"")]
        {
            let text = read(&WHOLE.replace(good, bad)).unwrap_err();
            assert!(text.contains("must be"), "{text}");
        }
    }

    #[test]
    fn one_server_is_no_pair_and_one_account_is_not_enough() {
        for (good, bad, wanted) in [
            ("10.0.0.6\", port = 3307", "10.0.0.5\"", "the same database server"),
            ("[\"shop\"]", "[]", "application is empty"),
            ("[\"shop\"]", "[\"repl\"]", "accounts of their own"),
            (", ca = \"/etc/mysql/ca.pem\"", "", "replication needs ca"),
        ] {
            let sentence = read(&WHOLE.replace(good, bad)).unwrap().check().unwrap_err();
            assert!(sentence.contains(wanted), "{sentence}");
        }
    }
}
