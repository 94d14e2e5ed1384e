//! One connection to one server, with a limit on everything.

use std::time::Duration;

use events::color::Color;
use events::fault::Fault;
use mysql_async::prelude::{FromValue, Queryable as _};
use mysql_async::{BinlogStream, BinlogStreamRequest, Conn, Error, Opts, OptsBuilder, Row, Sid, SslOpts};

use super::dialect::{Dialect, Version, quoted};
use super::gtid::Gtids;
use super::settings::{Name, Replication, Settings};
use crate::config::secret::Secret;

/// The error codes that somebody branches on.
pub(super) const UNKNOWN_THREAD: u16 = 1094;
pub(super) const LOCK_WAIT_TIMEOUT: u16 = 1205;
pub(super) const INTERRUPTED: u16 = 1317;
/// As which server a reader of the log is known; of two with one number the first is sent away.
const READER_ID: u32 = 4_294_901_760;
const TOO_MANY_CONNECTIONS: [u16; 3] = [1040, 1203, 1226];

/// Why a statement gave nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server said no.
    Refused { code: u16, message: String },
    /// The connection is gone, or was never there; what was asked may have happened.
    Lost(String),
    /// No answer in time; the connection is given up.
    Late(Duration),
}

/// A connection of the operator's account.
pub(super) struct Session {
    conn: Conn,
    pub(super) color: Color,
    pub(super) version: Version,
    /// By which this server knows the connection.
    pub(super) id: u64,
    limit: Duration,
}

impl Session {
    /// Connects and says what a session of ours wants; a server of another kind or age is a lasting fault.
    pub(super) async fn open(settings: &Settings, color: Color) -> Result<Self, Fault> {
        Self::open_as(settings, color, &settings.user, &settings.password).await
    }

    /// The same by the account that may read a server's log, and nothing else.
    pub(super) async fn open_as_replica(settings: &Settings, color: Color) -> Result<Self, Fault> {
        let Replication { user, password, .. } = &settings.replication;
        Self::open_as(settings, color, user, password).await
    }

    async fn open_as(settings: &Settings, color: Color, user: &Name, password: &Secret) -> Result<Self, Fault> {
        let opts = options(settings, color, user, password)?;
        let fault = |trouble: Trouble| trouble.fault(color);
        let connecting = tokio::time::timeout(settings.connect_timeout, Conn::new(opts));
        let mut conn = match connecting.await {
            Ok(conn) => conn.map_err(|error| fault(error.into()))?,
            Err(_) => return Err(fault(Trouble::Late(settings.connect_timeout))),
        };
        let asked = conn.query_first::<(String, u64), _>("SELECT @@version, CONNECTION_ID()");
        let (version, id) = match tokio::time::timeout(settings.answer_timeout, asked).await {
            Ok(row) => row.map_err(|error| fault(error.into()))?.unwrap_or_default(),
            Err(_) => return Err(fault(Trouble::Late(settings.answer_timeout))),
        };
        let version = Version::read(&version)
            .map_err(|sentence| Fault::lasting(format!("the database of {color} {sentence}")))?;
        let mut session = Self { conn, color, version, id, limit: settings.answer_timeout };
        session.rows(session.dialect().session()).await?;
        Ok(session)
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.version.dialect
    }

    /// Every result of one text of statements, in one round trip. Not cancel-safe: dropped, the session is useless.
    pub(super) async fn results(&mut self, text: &str, limit: Duration) -> Result<Vec<Vec<Row>>, Trouble> {
        let reading = async {
            let mut result = self.conn.query_iter(text).await?;
            let mut results = Vec::new();
            while !result.is_empty() {
                results.push(result.collect::<Row>().await?);
            }
            Ok::<_, Error>(results)
        };
        match tokio::time::timeout(limit, reading).await {
            Ok(results) => results.map_err(Trouble::from),
            Err(_) => Err(Trouble::Late(limit)),
        }
    }

    /// The rows of the last result, within the usual limit.
    pub(super) async fn rows(&mut self, text: &str) -> Result<Vec<Row>, Fault> {
        let results = self.results(text, self.limit).await.map_err(|trouble| trouble.fault(self.color))?;
        Ok(results.into_iter().next_back().unwrap_or_default())
    }

    /// The one row of the last result.
    pub(super) async fn row(&mut self, text: &str) -> Result<Row, Fault> {
        let rows = self.rows(text).await?;
        rows.into_iter()
            .next()
            .ok_or_else(|| Fault::lasting(format!("the database of {} answered nothing", self.color)))
    }

    /// Whether applications are kept from writing, and what was executed.
    pub(super) async fn position(&mut self) -> Result<(bool, Gtids), Fault> {
        let row = self.row(self.dialect().position()).await?;
        self.read_position(&row)
    }

    pub(super) fn read_position(&self, row: &Row) -> Result<(bool, Gtids), Fault> {
        let frozen = number(row, "frozen").ok_or_else(|| self.unread("frozen"))?;
        Ok((frozen != 0, self.gtids(row, "gtids")?))
    }

    /// The set of transactions in this column.
    pub(super) fn gtids(&self, row: &Row, column: &str) -> Result<Gtids, Fault> {
        let text = text(row, column).ok_or_else(|| self.unread(column))?;
        self.dialect().gtids(&text).map_err(|error| Fault::lasting(format!("the database of {}: {error}", self.color)))
    }

    pub(super) fn unread(&self, column: &str) -> Fault {
        Fault::lasting(format!("the database of {} does not say {column}", self.color))
    }

    /// The usual limit of an answer.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Becomes a reader of the server's log, of what is not in `known`; it ends where the log ends.
    pub(super) async fn log_after(mut self, known: &Gtids) -> Result<BinlogStream, Fault> {
        let color = self.color;
        let request = BinlogStreamRequest::new(READER_ID).with_non_blocking();
        let request = match known {
            Gtids::Mysql(_) => {
                let sets = known.to_string();
                let sets: Result<Vec<Sid<'_>>, _> =
                    sets.split(',').filter(|it| !it.is_empty()).map(str::parse).collect();
                let unread =
                    |error| Fault::lasting(format!("the transactions of {color} cannot be asked for: {error}"));
                request.with_gtid().with_gtid_set(sets.map_err(unread)?)
            }
            Gtids::Mariadb(_) => {
                // Asked for by variables: a reader that says nothing of itself is taken for an old one.
                let known = quoted(&known.to_string());
                self.rows(&format!("SET @mariadb_slave_capability = 4, @slave_connect_state = {known}")).await?;
                request
            }
        };
        self.conn.get_binlog_stream(request).await.map_err(|error| Trouble::from(error).fault(color))
    }

    /// Closes the connection; what it held is free on return.
    pub(super) async fn close(self) {
        let _ = tokio::time::timeout(self.limit, self.conn.disconnect()).await;
    }
}

/// A value of a row, as text; none if it is NULL or not there.
pub(super) fn text(row: &Row, column: &str) -> Option<String> {
    value::<Vec<u8>>(row, column).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// A value of a row, as a number; none if it is NULL, none or not there.
pub(super) fn number(row: &Row, column: &str) -> Option<u64> {
    text(row, column)?.parse().ok()
}

fn value<T: FromValue>(row: &Row, column: &str) -> Option<T> {
    row.get_opt::<Option<T>, _>(column)?.ok()?
}

fn options(settings: &Settings, color: Color, user: &Name, password: &Secret) -> Result<Opts, Fault> {
    let server = settings.server(color);
    let password = password.resolve().map_err(|error| Fault::lasting(error.to_string()))?;
    let tls = settings.tls.enabled.then(|| {
        let own = settings.tls.ca.iter().map(|path| path.clone().into()).collect();
        // Who names certificates means these and no others.
        SslOpts::default().with_disable_built_in_roots(settings.tls.ca.is_some()).with_root_certs(own)
    });
    Ok(OptsBuilder::default()
        .ip_or_hostname(server.host.as_str())
        .tcp_port(server.port)
        .user(Some(user.as_str()))
        .pass(Some(password.expose()))
        .ssl_opts(tls)
        .prefer_socket(false)
        .stmt_cache_size(0)
        // Asked for otherwise, at the price of a round trip each.
        .max_allowed_packet(Some(16 * 1024 * 1024))
        .wait_timeout(Some(28_800))
        .into())
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Server(error) => Self::Refused { code: error.code, message: error.message },
            // Whatever else it is, nobody knows what the server did.
            Error::Io(error) => Self::Lost(error.to_string()),
            Error::Driver(error) => Self::Lost(error.to_string()),
            Error::Other(error) => Self::Lost(error.to_string()),
            Error::Url(error) => Self::Lost(error.to_string()),
        }
    }
}

impl Trouble {
    /// As people read it: which server, and what to do where that is known.
    pub(super) fn fault(self, color: Color) -> Fault {
        match self {
            Self::Refused { code, message } if TOO_MANY_CONNECTIONS.contains(&code) => Fault::passing(format!(
                "the database of {color} takes no more connections ({code}: {message}): end some, or raise max_connections"
            )),
            Self::Refused { code: code @ (LOCK_WAIT_TIMEOUT | INTERRUPTED), message } => {
                Fault::passing(format!("the database of {color} gave up ({code}: {message})"))
            }
            Self::Refused { code, message } => {
                Fault::lasting(format!("the database of {color} refused ({code}: {message})"))
            }
            Self::Lost(text) => Fault::passing(format!("the database of {color} cannot be reached: {text}")),
            Self::Late(limit) => {
                Fault::passing(format!("the database of {color} did not answer within {} ms", limit.as_millis()))
            }
        }
    }
}
