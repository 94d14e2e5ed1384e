//! Guards on what each server is, and how it is set.

use events::check::Reading;

use super::survey::Survey;
use super::{Sides, held, judged};
use crate::database::mysql::dialect::Dialect;
use crate::database::mysql::settings::Settings;

/// How many connections must be free: the operator's, and the pools of applications that come.
const FREE_CONNECTIONS: u64 = 5;

pub(super) fn versions(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let (own, other) = (sides.primary.version, sides.idle.version);
    let series = |it: crate::database::mysql::dialect::Version| (it.dialect, it.major, it.minor);
    let limit = format!("{own} or another patch of it: each must replicate from the other; upgrade one of them");
    vec![held("versions", sides.idle.color, series(own) == series(other), other.to_string(), limit)]
}

pub(super) fn roles(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let word = |survey: &Survey| if survey.variables.is_frozen { "read-only" } else { "writable" };
    let (primary, idle) = (&sides.primary, &sides.idle);
    vec![
        held(
            "roles",
            primary.color,
            !primary.variables.is_frozen,
            word(primary),
            "writable, because users are here: find out who made it read-only, then SET GLOBAL read_only = OFF",
        ),
        held(
            "roles",
            idle.color,
            idle.variables.is_frozen,
            word(idle),
            match idle.version.dialect {
                Dialect::Mysql => "read-only: SET PERSIST super_read_only = ON",
                Dialect::Mariadb => "read-only: SET GLOBAL read_only = ON, and read_only = ON in its settings",
            },
        ),
    ]
}

pub(super) fn binary_log(_: &Settings, sides: &Sides) -> Vec<Reading> {
    each(sides, |it| {
        let variables = &it.variables;
        let is_so = variables.has_log && variables.relogs && variables.format == "ROW";
        let updates = match it.version.dialect {
            Dialect::Mysql => "log_replica_updates",
            Dialect::Mariadb => "log_slave_updates",
        };
        let state = |is_on: bool| if is_on { "ON" } else { "OFF" };
        let value = format!(
            "log_bin {}, {updates} {}, binlog_format {}",
            state(variables.has_log),
            state(variables.relogs),
            variables.format
        );
        let limit = format!("log_bin ON, {updates} ON, binlog_format ROW: set them in its settings and restart it");
        held("binary-log", it.color, is_so, value, limit)
    })
}

pub(super) fn gtids(_: &Settings, sides: &Sides) -> Vec<Reading> {
    each(sides, |it| {
        let names = match it.version.dialect {
            Dialect::Mysql => "gtid_mode and enforce_gtid_consistency",
            Dialect::Mariadb => "gtid_strict_mode",
        };
        let value = format!("{names} {}", if it.variables.is_strict { "ON" } else { "not ON" });
        held("gtids", it.color, it.variables.is_strict, value, format!("{names} ON: set it in its settings"))
    })
}

pub(super) fn identities(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let (own, other) = (&sides.primary.variables, &sides.idle.variables);
    let color = sides.idle.color;
    let mut readings = vec![held(
        "server-id",
        color,
        own.server_id != other.server_id,
        format!("{} (the other one {})", other.server_id, own.server_id),
        "another server_id than the other server's: set one in its settings and restart it",
    )];
    readings.push(match sides.idle.version.dialect {
        Dialect::Mysql => held(
            "server-uuid",
            color,
            own.identity != other.identity,
            other.identity.clone(),
            "another server_uuid than the other server's: stop it, delete auto.cnf in its data folder, start it",
        ),
        Dialect::Mariadb => held(
            "domain-id",
            color,
            own.domain != other.domain,
            format!("gtid_domain_id {} (the other one {})", other.domain, own.domain),
            "another gtid_domain_id than the other server's, or one stray statement stops replication both ways: set it \
             in its settings while nobody writes",
        ),
    });
    readings
}

pub(super) fn durability(_: &Settings, sides: &Sides) -> Vec<Reading> {
    each(sides, |it| {
        let (sync, flush) = (it.variables.sync_binlog, it.variables.flush);
        let value = format!("sync_binlog {sync}, innodb_flush_log_at_trx_commit {flush}");
        let limit = "1 and 1, or a crash forgets what was acknowledged: SET GLOBAL both, and in its settings";
        held("durability", it.color, sync == 1 && flush == 1, value, limit)
    })
}

/// A MySQL server is told so when the pair is armed; of a MariaDB server only its settings can say it.
pub(super) fn born_read_only(_: &Settings, sides: &Sides) -> Vec<Reading> {
    each(sides, |it| match it.version.dialect {
        Dialect::Mysql => {
            held("born-read-only", it.color, true, "is persisted when the pair is armed", "read-only after a restart")
        }
        Dialect::Mariadb => {
            let limit = "read_only = ON in its settings file, or a restart makes a second writer; then say \
                         starts_read_only = true in the configuration";
            judged("born-read-only", it.color, &it.is_born_frozen, limit, |born| match born {
                Some(true) => (true, "read_only = ON in its settings".to_owned()),
                Some(false) => (false, "writable after a restart".to_owned()),
                None => (false, "it cannot say, and nobody has said it".to_owned()),
            })
        }
    })
}

pub(super) fn connections(_: &Settings, sides: &Sides) -> Vec<Reading> {
    each(sides, |it| {
        let most = it.variables.max_connections;
        let limit = format!("at least {FREE_CONNECTIONS} of max_connections free: end some, or raise it");
        judged("connections", it.color, &it.connected, &limit, |connected| {
            (connected + FREE_CONNECTIONS <= most, format!("{connected} of {most} in use"))
        })
    })
}

fn each(sides: &Sides, guard: impl Fn(&Survey) -> Reading) -> Vec<Reading> {
    vec![guard(&sides.primary), guard(&sides.idle)]
}
