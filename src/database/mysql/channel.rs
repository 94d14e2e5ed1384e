//! What a server says of its replication, whatever it calls it.

use std::time::Duration;

use events::color::Color;
use events::fault::Fault;
use mysql_async::Row;

use super::dialect::Column;
use super::session::{Session, text};

/// Replication from one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) source: String,
    /// What tells the source from other servers.
    pub(super) source_identity: String,
    pub(super) receives: String,
    pub(super) applies: String,
    pub(super) lag: Option<Duration>,
    /// Whether it finds its place by the names of transactions.
    pub(super) uses_gtids: bool,
    pub(super) delay: Duration,
    /// What it leaves out: `Replicate_Do_DB shop`.
    pub(super) filters: Vec<String>,
    pub(super) error: String,
}

impl Channel {
    pub(super) fn is_running(&self) -> bool {
        self.receives == "Yes" && self.applies == "Yes" && self.error.is_empty()
    }

    /// What it does, for people.
    pub(super) fn note(&self) -> String {
        let Self { source, receives, applies, error, .. } = self;
        let what = format!("from {source}: receives {receives}, applies {applies}");
        if error.is_empty() { what } else { format!("{what}; {error}") }
    }
}

/// Every source that this server replicates from.
pub(super) async fn read(session: &mut Session) -> Result<Vec<Channel>, Fault> {
    let rows = session.rows(session.dialect().replica_status()).await?;
    Ok(rows.iter().map(|row| channel(session, row)).collect())
}

/// The source that it replicates from, where there may be one at most.
pub(super) async fn only(session: &mut Session) -> Result<Option<Channel>, Fault> {
    let mut channels = read(session).await?;
    let last = channels.pop();
    if channels.is_empty() { Ok(last) } else { Err(several(session.color)) }
}

pub(super) fn several(color: Color) -> Fault {
    Fault::lasting(format!(
        "the database of {color} replicates from several servers: it may replicate from the other color alone"
    ))
}

fn channel(session: &Session, row: &Row) -> Channel {
    let column = |of: Column| text(row, session.dialect().column(of)).unwrap_or_default();
    let filters = row.columns_ref().iter().map(|it| it.name_str().into_owned()).filter_map(|name| {
        let said = name.starts_with("Replicate_").then(|| text(row, &name))??;
        (!said.is_empty() && said != "0").then(|| format!("{name} {said}"))
    });
    let errors = [column(Column::ReceiveError), column(Column::ApplyError)];
    Channel {
        source: format!("{}:{}", column(Column::SourceHost), column(Column::SourcePort)),
        source_identity: column(Column::SourceIdentity),
        receives: column(Column::Receives),
        applies: column(Column::Applies),
        lag: column(Column::Lag).parse().ok().map(Duration::from_secs),
        uses_gtids: ["1", "Slave_Pos", "Current_Pos"].contains(&column(Column::Positioning).as_str()),
        delay: Duration::from_secs(column(Column::Delay).parse().unwrap_or(0)),
        filters: filters.collect(),
        error: errors.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("; "),
    }
}
