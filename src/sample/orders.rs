//! Orders of the shop, in the database of its color: what must never get lost when the database crosses.

use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Opts, OptsBuilder, Pool, PoolConstraints, PoolOpts, UrlError};

/// How long one statement may take, connecting included.
const LIMIT: Duration = Duration::from_secs(5);
/// Connections that are kept open, so that no order waits for one, and the most there are.
const CONNECTIONS: (usize, usize) = (8, 16);

/// What an order is written with. A second one of the same number is the same order.
const INSERT: &str = "INSERT INTO orders (id, color) VALUES (?, ?) ON DUPLICATE KEY UPDATE id = id";

/// Where orders are kept.
pub(super) struct Orders {
    pool: Pool,
    color: String,
}

impl Orders {
    /// The database at `url`: `mysql://user:password@host:port/schema`. Nothing is connected to yet.
    pub(super) fn new(url: &str, color: &str) -> Result<Self, UrlError> {
        let constraints = PoolConstraints::new(CONNECTIONS.0, CONNECTIONS.1).unwrap_or_default();
        let options = OptsBuilder::from_opts(Opts::from_url(url)?)
            .pool_opts(PoolOpts::default().with_constraints(constraints))
            .stmt_cache_size(8);
        Ok(Self { pool: Pool::new(options), color: color.to_owned() })
    }

    /// Keeps an order; on return it is committed. An error leaves open whether it is.
    pub(super) async fn take(&self, id: u64) -> Result<(), String> {
        self.bounded(async {
            let mut connection = self.pool.get_conn().await?;
            connection.exec_drop(INSERT, (id, self.color.as_str())).await
        })
        .await
    }

    /// Whether the database answers, read-only or not.
    pub(super) async fn is_there(&self) -> Result<(), String> {
        self.bounded(async { self.pool.get_conn().await?.query_drop("SELECT 1").await }).await
    }

    async fn bounded(&self, statement: impl Future<Output = mysql_async::Result<()>>) -> Result<(), String> {
        match tokio::time::timeout(LIMIT, statement).await {
            Ok(done) => done.map_err(|error| error.to_string()),
            Err(_) => Err(format!("the database did not answer within {LIMIT:?}")),
        }
    }
}
