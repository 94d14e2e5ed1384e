//! Orders of the shop, in the database that a file names: what must never get lost when the database crosses.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Opts, OptsBuilder, Pool, PoolConstraints, PoolOpts};

use super::SampleError;

/// How long one statement may take, connecting included.
const LIMIT: Duration = Duration::from_secs(5);
/// Connections that are kept open, so that no order waits for one, and the most there are.
const CONNECTIONS: (usize, usize) = (8, 16);

/// What an order is written with. A second one of the same number is the same order.
const INSERT: &str = "INSERT INTO orders (id, color) VALUES (?, ?) ON DUPLICATE KEY UPDATE id = id";

/// Where orders are kept.
pub(super) struct Orders {
    /// A file with `mysql://user:password@host:port/schema`. It is read again with each order: whoever points the shop to
    /// another server writes it anew, as it is done with the settings of applications that read theirs with each request.
    file: PathBuf,
    used: Mutex<Used>,
    color: String,
}

/// The server that is used.
struct Used {
    url: String,
    pool: Pool,
}

impl Orders {
    /// The database that `file` names. Nothing is connected to yet.
    pub(super) fn new(file: &Path, color: &str) -> Result<Self, SampleError> {
        let used = Mutex::new(Used::of(read(file)?, file)?);
        Ok(Self { file: file.to_owned(), used, color: color.to_owned() })
    }

    fn pool(&self) -> Result<Pool, SampleError> {
        let url = read(&self.file)?;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.url != url {
            *used = Used::of(url, &self.file)?;
        }
        Ok(used.pool.clone())
    }

    /// Keeps an order; on return it is committed. An error leaves open whether it is.
    pub(super) async fn take(&self, id: u64) -> Result<(), String> {
        let pool = self.pool().map_err(|error| error.to_string())?;
        bounded(async {
            let mut connection = pool.get_conn().await?;
            connection.exec_drop(INSERT, (id, self.color.as_str())).await
        })
        .await
    }

    /// Whether the database answers, read-only or not.
    pub(super) async fn is_there(&self) -> Result<(), String> {
        let pool = self.pool().map_err(|error| error.to_string())?;
        bounded(async { pool.get_conn().await?.query_drop("SELECT 1").await }).await
    }
}

async fn bounded(statement: impl Future<Output = mysql_async::Result<()>>) -> Result<(), String> {
    match tokio::time::timeout(LIMIT, statement).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err(format!("the database did not answer within {LIMIT:?}")),
    }
}

impl Used {
    fn of(url: String, file: &Path) -> Result<Self, SampleError> {
        let options =
            Opts::from_url(&url).map_err(|source| SampleError::BadDatabase { path: file.to_owned(), source })?;
        let constraints = PoolConstraints::new(CONNECTIONS.0, CONNECTIONS.1).unwrap_or_default();
        let options = OptsBuilder::from_opts(options)
            .pool_opts(PoolOpts::default().with_constraints(constraints))
            .stmt_cache_size(8);
        Ok(Self { url, pool: Pool::new(options) })
    }
}

fn read(file: &Path) -> Result<String, SampleError> {
    match std::fs::read_to_string(file) {
        Ok(url) => Ok(url.trim().to_owned()),
        Err(source) => Err(SampleError::Unreadable { path: file.to_owned(), source }),
    }
}
