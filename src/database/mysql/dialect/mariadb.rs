//! How MariaDB says it, from 10.11 on.

use super::{Column, Source, quoted};
use crate::database::mysql::gtid::Gtids;

/// With no patience for locks a freeze is a try: it succeeds at once or fails at once, and never makes a writer wait.
pub(super) const SESSION: &str = "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', lock_wait_timeout = 0, autocommit = 1";

pub(super) const VARIABLES: &str = "SELECT @@server_id AS server_id, CAST(@@server_id AS CHAR) AS identity, \
    CAST(@@gtid_domain_id AS CHAR) AS domain, @@global.read_only AS frozen, @@log_bin AS log_bin, \
    @@log_slave_updates AS relogs, @@global.binlog_format AS format, @@gtid_strict_mode AS strict, \
    @@sync_binlog AS sync_binlog, @@innodb_flush_log_at_trx_commit AS flush, @@slave_parallel_threads AS appliers, \
    @@max_connections AS max_connections, @@event_scheduler AS scheduler, @@gtid_binlog_pos AS gtids, '' AS purged";

pub(super) const POSITION: &str = "SELECT @@global.read_only AS frozen, @@gtid_binlog_pos AS gtids";

/// Nothing can be persisted: only the server's own settings count.
pub(super) const BORN: &str = "SELECT global_value AS value, CASE global_value_origin WHEN 'COMPILE-TIME' THEN 'default' \
    WHEN 'SQL' THEN 'changed' ELSE 'settings' END AS origin FROM information_schema.system_variables \
    WHERE variable_name = 'READ_ONLY'";

pub(super) const REPLICA_STATUS: &str = "SHOW REPLICA STATUS";
pub(super) const LOG_FILTERS: &str = "SHOW BINLOG STATUS";
pub(super) const FREEZE: &str = "SET GLOBAL read_only = ON";
pub(super) const OPEN: &str = "SET GLOBAL read_only = OFF";
pub(super) const BEGINS: &str = "SELECT @@gtid_slave_pos AS gtids";
pub(super) const START_REPLICA: &str = "START REPLICA";
pub(super) const STOP_REPLICA: &str = "STOP REPLICA";
pub(super) const FORGET_SOURCE: &str = "RESET REPLICA ALL";

pub(super) const PRIVILEGED: &str = "SELECT SUBSTRING_INDEX(SUBSTRING(grantee, 2), '''@', 1) AS account, \
    privilege_type AS privilege FROM information_schema.user_privileges \
    WHERE privilege_type IN ('READ ONLY ADMIN', 'READ_ONLY ADMIN', 'CONNECTION ADMIN', 'SUPER') \
    UNION SELECT user, CASE WHEN JSON_VALUE(priv, '$.access') & (1 << 33) THEN 'READ_ONLY ADMIN' \
    WHEN JSON_VALUE(priv, '$.access') & (1 << 32) THEN 'CONNECTION ADMIN' ELSE 'SUPER' END FROM mysql.global_priv \
    WHERE host = '' AND JSON_VALUE(priv, '$.access') & (1 << 33 | 1 << 32 | 1 << 15)";
pub(super) const ROLES: &str = "SELECT user AS account, role AS role FROM mysql.roles_mapping";

/// Whoever else is connected, and events that run, may be an administrator's: those write to a read-only server.
pub(super) const STRANGERS: &str = "SELECT @@global.read_only AS frozen, COUNT(*) AS strangers \
    FROM information_schema.processlist WHERE user NOT IN ('system user', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), {known})";
pub(super) const LOCK_OUT: &str = "FLUSH TABLES WITH READ LOCK";

pub(super) const BEAR_FROZEN: &str = "";
pub(super) const BEAR_OPEN: &str = "";
pub(super) const SLEEPING_EVENT: &str = "SLAVESIDE_DISABLED";
pub(super) const BY_HAND: &str = "SELECT @@read_only, @@gtid_binlog_pos; SHOW REPLICA STATUS\\G";

/// 0 if it was applied, -1 if time ran out.
pub(super) fn wait(set: &Gtids, seconds: f64) -> String {
    format!("SELECT MASTER_GTID_WAIT({}, {seconds:.3}) AS waited", quoted(&set.to_string()))
}

/// A primary becomes a replica: it begins after what is in its own log.
pub(super) fn point(source: &Source<'_>) -> String {
    let Source { host, port, user, password, ca } = source;
    let (host, user, password) = (quoted(host), quoted(user), quoted(password));
    let tls = match ca {
        Some(ca) => format!("MASTER_SSL = 1, MASTER_SSL_CA = {}, MASTER_SSL_VERIFY_SERVER_CERT = 1", quoted(ca)),
        None => "MASTER_SSL = 0, MASTER_SSL_VERIFY_SERVER_CERT = 0".to_owned(),
    };
    format!(
        "CHANGE MASTER TO MASTER_HOST = {host}, MASTER_PORT = {port}, MASTER_USER = {user}, \
         MASTER_PASSWORD = {password}, MASTER_USE_GTID = slave_pos, MASTER_DEMOTE_TO_SLAVE = 1, \
         MASTER_CONNECT_RETRY = 1, {tls}"
    )
}

pub(super) fn column(of: Column) -> &'static str {
    match of {
        Column::SourceHost => "Master_Host",
        Column::SourcePort => "Master_Port",
        Column::SourceIdentity => "Master_Server_Id",
        Column::Receives => "Slave_IO_Running",
        Column::Applies => "Slave_SQL_Running",
        Column::Lag => "Seconds_Behind_Master",
        Column::Positioning => "Using_Gtid",
        Column::Delay => "SQL_Delay",
        Column::ReceiveError => "Last_IO_Error",
        Column::ApplyError => "Last_SQL_Error",
    }
}
