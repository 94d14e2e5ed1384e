//! How MySQL says it, from 8.4 on.

use super::{Column, Source, quoted};
use crate::database::mysql::gtid::Gtids;

/// A freeze that waits for a running write is ended by a watchdog; its own limit is the smallest that there is.
pub(super) const SESSION: &str = "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', lock_wait_timeout = 1, autocommit = 1";

pub(super) const VARIABLES: &str = "SELECT @@server_id AS server_id, @@server_uuid AS identity, '' AS domain, \
    @@super_read_only AS frozen, @@log_bin AS log_bin, @@log_replica_updates AS relogs, @@binlog_format AS format, \
    (@@gtid_mode = 'ON' AND @@enforce_gtid_consistency = 'ON') AS strict, @@sync_binlog AS sync_binlog, \
    @@innodb_flush_log_at_trx_commit AS flush, @@replica_parallel_workers AS appliers, \
    @@max_connections AS max_connections, @@event_scheduler AS scheduler, @@gtid_executed AS gtids, @@gtid_purged AS purged";

pub(super) const POSITION: &str = "SELECT @@super_read_only AS frozen, @@gtid_executed AS gtids";

/// What was persisted counts at the next start; else what the server was started with.
pub(super) const BORN: &str = "SELECT variable_value AS value, 'persisted' AS origin \
    FROM performance_schema.persisted_variables WHERE variable_name = 'super_read_only' \
    UNION ALL SELECT IF(@@super_read_only, 'ON', 'OFF'), \
    CASE variable_source WHEN 'COMPILED' THEN 'default' WHEN 'DYNAMIC' THEN 'changed' ELSE 'settings' END \
    FROM performance_schema.variables_info WHERE variable_name = 'super_read_only'";

pub(super) const REPLICA_STATUS: &str = "SHOW REPLICA STATUS";
pub(super) const LOG_FILTERS: &str = "SHOW BINARY LOG STATUS";
pub(super) const FREEZE: &str = "SET GLOBAL super_read_only = ON";
/// Clears `super_read_only` too.
pub(super) const OPEN: &str = "SET GLOBAL read_only = OFF";
pub(super) const BEGINS: &str = "SELECT @@gtid_executed AS gtids";
pub(super) const START_REPLICA: &str = "START REPLICA";
pub(super) const STOP_REPLICA: &str = "STOP REPLICA";
pub(super) const FORGET_SOURCE: &str = "RESET REPLICA ALL";

pub(super) const PRIVILEGED: &str = "SELECT user AS account, 'SUPER' AS privilege FROM mysql.user \
    WHERE super_priv = 'Y' UNION SELECT user, priv FROM mysql.global_grants \
    WHERE priv IN ('CONNECTION_ADMIN', 'SYSTEM_VARIABLES_ADMIN', 'REPLICATION_SLAVE_ADMIN')";

pub(super) const ROLES: &str = "SELECT to_user AS account, from_user AS role FROM mysql.role_edges";

/// Nobody who could write anything passes a freeze here.
pub(super) const STRANGERS: &str = "";
pub(super) const LOCK_OUT: &str = "";

pub(super) const BEAR_FROZEN: &str = "SET PERSIST_ONLY super_read_only = ON";
pub(super) const BEAR_OPEN: &str = "SET PERSIST_ONLY super_read_only = OFF; SET PERSIST_ONLY read_only = OFF";
pub(super) const SLEEPING_EVENT: &str = "REPLICA_SIDE_DISABLED";
pub(super) const BY_HAND: &str = "SELECT @@super_read_only, @@gtid_executed; SHOW REPLICA STATUS\\G";

/// 0 if it was applied, 1 if time ran out.
pub(super) fn wait(set: &Gtids, seconds: f64) -> String {
    format!("SELECT WAIT_FOR_EXECUTED_GTID_SET({}, {seconds:.3}) AS waited", quoted(&set.to_string()))
}

pub(super) fn point(source: &Source<'_>) -> String {
    let Source { host, port, user, password, ca } = source;
    let (host, user, password) = (quoted(host), quoted(user), quoted(password));
    let tls = match ca {
        Some(ca) => format!("SOURCE_SSL = 1, SOURCE_SSL_CA = {}, SOURCE_SSL_VERIFY_SERVER_CERT = 1", quoted(ca)),
        // Without TLS the password travels under the source's own key.
        None => "SOURCE_SSL = 0, GET_SOURCE_PUBLIC_KEY = 1".to_owned(),
    };
    // Left to itself a channel gives up after ten attempts, and a restart that takes longer would cost the way back.
    format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = {host}, SOURCE_PORT = {port}, SOURCE_USER = {user}, \
         SOURCE_PASSWORD = {password}, SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 1, \
         SOURCE_RETRY_COUNT = 86400, {tls}"
    )
}

pub(super) fn column(of: Column) -> &'static str {
    match of {
        Column::SourceHost => "Source_Host",
        Column::SourcePort => "Source_Port",
        Column::SourceIdentity => "Source_UUID",
        Column::Receives => "Replica_IO_Running",
        Column::Applies => "Replica_SQL_Running",
        Column::Lag => "Seconds_Behind_Source",
        Column::Positioning => "Auto_Position",
        Column::Delay => "SQL_Delay",
        Column::ReceiveError => "Last_IO_Error",
        Column::ApplyError => "Last_SQL_Error",
    }
}
