//! Everything that the guards want to know of one server, read at once.

use std::time::Duration;

use events::color::Color;
use events::fault::Fault;
use mysql_async::Row;

use crate::database::mysql::channel::{self, Channel};
use crate::database::mysql::dialect::Version;
use crate::database::mysql::gtid::Gtids;
use crate::database::mysql::session::{Session, number, text};
use crate::database::mysql::standing;

/// What could be read; a fault where it could not, which is no evidence for anything.
pub(super) type Known<T> = Result<T, Fault>;

/// One server.
pub(super) struct Survey {
    pub(super) color: Color,
    pub(super) version: Version,
    pub(super) variables: Variables,
    pub(super) gtids: Gtids,
    pub(super) purged: Gtids,
    pub(super) channels: Known<Vec<Channel>>,
    /// What it leaves out when it writes its log.
    pub(super) log_filters: Known<Vec<String>>,
    pub(super) is_born_frozen: Known<Option<bool>>,
    pub(super) connected: Known<u64>,
    /// Transactions that were prepared and neither committed nor rolled back.
    pub(super) prepared: Known<usize>,
    pub(super) transactions: Known<Vec<Transaction>>,
    pub(super) definitions: Known<Vec<String>>,
    pub(super) other_engines: Known<Vec<String>>,
    pub(super) without_key: Known<Vec<String>>,
    pub(super) privileged: Known<Vec<(String, String)>>,
    /// Accounts and roles, with the roles that each was given.
    pub(super) roles: Known<Vec<(String, String)>>,
    pub(super) events: Known<Vec<String>>,
}

/// Settings and state, by the names that both dialects give them here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of the server, and none depends on another")]
pub(super) struct Variables {
    pub(super) server_id: u64,
    pub(super) identity: String,
    /// MariaDB only.
    pub(super) domain: String,
    pub(super) is_frozen: bool,
    pub(super) has_log: bool,
    /// Whether what was replicated is in its log too.
    pub(super) relogs: bool,
    pub(super) format: String,
    pub(super) is_strict: bool,
    pub(super) sync_binlog: u64,
    pub(super) flush: u64,
    pub(super) appliers: u64,
    pub(super) max_connections: u64,
    /// Whether scheduled events run.
    pub(super) schedules: bool,
}

/// A transaction that is open, and has written or locked something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Transaction {
    pub(super) account: String,
    pub(super) id: u64,
    pub(super) age: Duration,
}

/// A transaction that only reads is in nobody's way. Replication's own are its business.
const TRANSACTIONS: &str = "SELECT p.user AS account, p.id AS id, \
    GREATEST(0, TIMESTAMPDIFF(SECOND, t.trx_started, NOW())) AS age \
    FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id \
    WHERE p.id <> CONNECTION_ID() AND p.user NOT IN ('system user', 'event_scheduler') \
    AND (t.trx_rows_modified > 0 OR t.trx_rows_locked > 0) ORDER BY t.trx_started LIMIT 20";

const DEFINITIONS: &str = "SELECT CONCAT(user, ' (', id, '): ', SUBSTRING_INDEX(TRIM(info), ' ', 3)) AS name \
    FROM information_schema.processlist WHERE command = 'Query' AND user <> 'system user' AND id <> CONNECTION_ID() \
    AND TRIM(info) REGEXP '^(ALTER|CREATE|DROP|RENAME|TRUNCATE|OPTIMIZE|REPAIR)[[:space:]]' LIMIT 20";

const OTHER_ENGINES: &str = "SELECT CONCAT(table_schema, '.', table_name, ' (', COALESCE(engine, 'none'), ')') AS name \
    FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND COALESCE(engine, '') <> 'InnoDB' \
    AND table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') LIMIT 20";

const WITHOUT_KEY: &str = "SELECT CONCAT(t.table_schema, '.', t.table_name) AS name \
    FROM information_schema.tables t LEFT JOIN information_schema.statistics s ON s.table_schema = t.table_schema \
    AND s.table_name = t.table_name AND s.index_name = 'PRIMARY' WHERE t.table_type = 'BASE TABLE' \
    AND t.table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') \
    AND s.index_name IS NULL LIMIT 20";

/// Scheduled events that run on this server.
const EVENTS: &str = "SELECT CONCAT(event_schema, '.', event_name) AS name \
    FROM information_schema.events WHERE status = 'ENABLED' LIMIT 1000";

/// Reads it all. Only what nothing can be judged without is an error.
pub(super) async fn read(session: &mut Session, is_said_to_start_frozen: bool) -> Result<Survey, Fault> {
    let row = session.row(session.dialect().variables()).await?;
    let variables = variables(session, &row)?;
    let (gtids, purged) = (session.gtids(&row, "gtids")?, session.gtids(&row, "purged")?);
    let born = session.rows(session.dialect().born()).await;
    Ok(Survey {
        color: session.color,
        version: session.version,
        variables,
        gtids,
        purged,
        channels: channel::read(session).await,
        log_filters: log_filters(session).await,
        is_born_frozen: born.map(|rows| standing::is_born_frozen(&rows, is_said_to_start_frozen)),
        connected: connected(session).await,
        prepared: session.rows("XA RECOVER").await.map(|rows| rows.len()),
        transactions: transactions(session).await,
        definitions: names(session, DEFINITIONS).await,
        other_engines: names(session, OTHER_ENGINES).await,
        without_key: names(session, WITHOUT_KEY).await,
        privileged: pairs(session, session.dialect().privileged(), "privilege").await,
        roles: pairs(session, session.dialect().roles(), "role").await,
        events: events(session).await,
    })
}

fn variables(session: &Session, row: &Row) -> Result<Variables, Fault> {
    let count = |column: &str| number(row, column).ok_or_else(|| session.unread(column));
    let word = |column: &str| text(row, column).ok_or_else(|| session.unread(column));
    Ok(Variables {
        server_id: count("server_id")?,
        identity: word("identity")?,
        domain: word("domain")?,
        is_frozen: count("frozen")? != 0,
        has_log: count("log_bin")? != 0,
        relogs: count("relogs")? != 0,
        format: word("format")?,
        is_strict: count("strict")? != 0,
        sync_binlog: count("sync_binlog")?,
        flush: count("flush")?,
        appliers: count("appliers")?,
        max_connections: count("max_connections")?,
        schedules: word("scheduler")? == "ON",
    })
}

/// Every transaction that is in the way of a freeze.
pub(in crate::database::mysql) async fn writers(session: &mut Session) -> Result<Vec<String>, Fault> {
    let open = transactions(session).await?;
    Ok(open
        .into_iter()
        .map(|it| format!("{} (connection {}, for {} s)", it.account, it.id, it.age.as_secs()))
        .collect())
}

/// The scheduled events that run on this server.
pub(in crate::database::mysql) async fn events(session: &mut Session) -> Result<Vec<String>, Fault> {
    names(session, EVENTS).await
}

async fn transactions(session: &mut Session) -> Result<Vec<Transaction>, Fault> {
    let rows = session.rows(TRANSACTIONS).await?;
    Ok(rows
        .iter()
        .map(|row| Transaction {
            account: text(row, "account").unwrap_or_default(),
            id: number(row, "id").unwrap_or_default(),
            age: Duration::from_secs(number(row, "age").unwrap_or_default()),
        })
        .collect())
}

async fn connected(session: &mut Session) -> Result<u64, Fault> {
    let row = session.row("SHOW GLOBAL STATUS LIKE 'Threads_connected'").await?;
    number(&row, "Value").ok_or_else(|| session.unread("Threads_connected"))
}

async fn log_filters(session: &mut Session) -> Result<Vec<String>, Fault> {
    let rows = session.rows(session.dialect().log_filters()).await?;
    let said = |row: &Row, name: &str| text(row, name).filter(|it| !it.is_empty()).map(|it| format!("{name} {it}"));
    Ok(rows.iter().flat_map(|row| ["Binlog_Do_DB", "Binlog_Ignore_DB"].map(|name| said(row, name))).flatten().collect())
}

/// Accounts, and what each has.
async fn pairs(session: &mut Session, statement: &str, column: &str) -> Result<Vec<(String, String)>, Fault> {
    let rows = session.rows(statement).await?;
    Ok(rows.iter().filter_map(|row| Some((text(row, "account")?, text(row, column)?))).collect())
}

async fn names(session: &mut Session, statement: &str) -> Result<Vec<String>, Fault> {
    Ok(session.rows(statement).await?.iter().filter_map(|row| text(row, "name")).collect())
}
