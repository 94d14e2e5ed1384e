//! MySQL and MariaDB: what each calls the same thing. Every statement that differs stands in one of the two files.

mod mariadb;
mod mysql;

use std::fmt;

use super::gtid::{BadGtids, Gtids};

/// Which SQL a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Mysql,
    Mariadb,
}

/// Product and version of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) dialect: Dialect,
    pub(super) major: u16,
    pub(super) minor: u16,
    pub(super) patch: u16,
}

/// Where a replica reads from, and as whom.
pub(super) struct Source<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) user: &'a str,
    pub(super) password: &'a str,
    /// The certificates, on the replica's machine, that verify the source; none means no TLS.
    pub(super) ca: Option<&'a str>,
}

impl Version {
    /// What `@@version` says; the sentence says why it is refused.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let dialect = if text.to_ascii_lowercase().contains("mariadb") { Dialect::Mariadb } else { Dialect::Mysql };
        let digits = text.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
        let mut numbers = digits.split('.').map_while(|it| it.parse().ok());
        let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else {
            return Err(format!("says of itself that it is {text:?}, which is no version"));
        };
        let version = Self { dialect, major, minor, patch: numbers.next().unwrap_or(0) };
        let oldest = match dialect {
            Dialect::Mysql => (8, 4),
            Dialect::Mariadb => (10, 11),
        };
        if (major, minor) < oldest {
            let (major, minor) = oldest;
            return Err(format!(
                "is {version}, whose statements were never tried: {dialect} {major}.{minor} is the oldest that is supported"
            ));
        }
        Ok(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dialect, major, minor, patch } = self;
        write!(f, "{dialect} {major}.{minor}.{patch}")
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mysql => "MySQL",
            Self::Mariadb => "MariaDB",
        })
    }
}

/// One word for each statement; the match is the same everywhere.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident: $constant:ident,)*) => {
        $(
            $(#[$doc])*
            pub(super) fn $name(self) -> &'static str {
                match self {
                    Self::Mysql => mysql::$constant,
                    Self::Mariadb => mariadb::$constant,
                }
            }
        )*
    };
}

impl Dialect {
    statements! {
        /// What a session of ours wants for itself.
        session: SESSION,
        /// One row: settings and state that guards and standing need, named alike.
        variables: VARIABLES,
        /// One row, `frozen` and `gtids`: whether applications may write, and what was executed.
        position: POSITION,
        /// Whether a restart brings it back frozen, in rows of `value` and `origin`.
        born: BORN,
        /// What it replicates.
        replica_status: REPLICA_STATUS,
        /// What it leaves out when it writes its log.
        log_filters: LOG_FILTERS,
        freeze: FREEZE,
        open: OPEN,
        /// Where a replica that was just pointed will begin, as `gtids`: its source must have all of that.
        begins: BEGINS,
        start_replica: START_REPLICA,
        stop_replica: STOP_REPLICA,
        forget_source: FORGET_SOURCE,
        /// Accounts that may write to a read-only server, as rows of `account` and `privilege`.
        privileged: PRIVILEGED,
        /// Which roles an account or a role has been given, as rows of `account` and `role`.
        roles: ROLES,
        /// How many are connected beside those in place of `{known}`, and whether it is `frozen`; empty where a freeze stops
        /// everybody.
        strangers: STRANGERS,
        /// Keeps everybody from writing, administrators too, until the session unlocks its tables; empty where a freeze does.
        lock_out: LOCK_OUT,
        /// A restart brings it back frozen; empty where only its own settings can say that.
        bear_frozen: BEAR_FROZEN,
        /// A restart brings it back open; empty where only its own settings can say that.
        bear_open: BEAR_OPEN,
        /// How the other server's copy of an event is called, which runs nowhere.
        sleeping_event: SLEEPING_EVENT,
        /// How a person sees what is replicated.
        by_hand: BY_HAND,
    }

    /// Waits until everything of `set` was applied; gives `waited`.
    pub(super) fn wait(self, set: &Gtids, seconds: f64) -> String {
        match self {
            Self::Mysql => mysql::wait(set, seconds),
            Self::Mariadb => mariadb::wait(set, seconds),
        }
    }

    /// Points a replica, which does not run, at its source.
    pub(super) fn point(self, source: &Source<'_>) -> String {
        match self {
            Self::Mysql => mysql::point(source),
            Self::Mariadb => mariadb::point(source),
        }
    }

    pub(super) fn gtids(self, text: &str) -> Result<Gtids, BadGtids> {
        match self {
            Self::Mysql => Gtids::mysql(text),
            Self::Mariadb => Gtids::mariadb(text),
        }
    }

    /// The column of the replica's status that says this.
    pub(super) fn column(self, of: Column) -> &'static str {
        match self {
            Self::Mysql => mysql::column(of),
            Self::Mariadb => mariadb::column(of),
        }
    }
}

/// What a replica says of itself, whatever the server calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    SourceHost,
    SourcePort,
    /// What tells the source from every other server.
    SourceIdentity,
    Receives,
    Applies,
    Lag,
    /// How it finds its place: by the names of transactions, or by a file's name and a number.
    Positioning,
    Delay,
    ReceiveError,
    ApplyError,
}

/// A text as a statement may hold it. Sessions of ours know backslashes as themselves, so there is one character to mind.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name of a table or an event, or a part of one, as a statement may hold it.
pub(super) fn named(text: &str) -> String {
    format!("`{}`", text.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_their_version() {
        for (text, wanted) in [
            ("9.7.4-2", "MySQL 9.7.4"),
            ("8.4.0", "MySQL 8.4.0"),
            ("10.11.18-MariaDB-0+deb12u1", "MariaDB 10.11.18"),
            ("11.8.9-MariaDB-4 from Debian", "MariaDB 11.8.9"),
        ] {
            assert_eq!(Version::read(text).unwrap().to_string(), wanted);
        }
    }

    #[test]
    fn what_was_never_tried_is_refused() {
        for (text, wanted) in [
            ("8.0.40", "MySQL 8.4 is the oldest"),
            ("5.7.44-log", "MySQL 8.4 is the oldest"),
            ("10.6.20-MariaDB", "MariaDB 10.11 is the oldest"),
            ("five", "no version"),
        ] {
            let sentence = Version::read(text).unwrap_err();
            assert!(sentence.contains(wanted), "{sentence}");
        }
    }

    #[test]
    fn what_is_quoted_stays_one_text() {
        assert_eq!(quoted("it's \\ 'x'"), "'it''s \\ ''x'''");
        assert_eq!(named("a`b"), "`a``b`");
    }
}
