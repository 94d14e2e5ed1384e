//! One real server: a copy of a template, on a free port, ended with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, OptsBuilder, Row};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::until;
use crate::guard;

/// Which server is meant; the tests are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Mysql,
    Mariadb,
    Mariadb11,
}

impl Engine {
    fn folder(self) -> PathBuf {
        let name = match self {
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::Mariadb11 => "mariadb-11",
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/servers").join(name);
        assert!(
            folder.join("template/made").exists(),
            "there is no database server {name} to test with: run tests/servers/provision"
        );
        folder
    }

    pub(crate) fn is_mysql(self) -> bool {
        self == Self::Mysql
    }

    /// What makes a server fit to be one of a pair, as its own settings would say it.
    fn options(self, number: u32) -> Vec<String> {
        let common = [
            format!("--server-id={number}"),
            "--log-bin=binlog".to_owned(),
            "--sync-binlog=1".to_owned(),
            "--innodb-flush-log-at-trx-commit=1".to_owned(),
            "--innodb-buffer-pool-size=32M".to_owned(),
            "--max-connections=60".to_owned(),
            "--table-open-cache=200".to_owned(),
        ];
        let own: &[&str] = if self.is_mysql() {
            &[
                "--gtid-mode=ON",
                "--enforce-gtid-consistency=ON",
                "--super-read-only=ON",
                "--innodb-redo-log-capacity=8M",
            ]
        } else {
            &[
                "--gtid-strict-mode=ON",
                "--log-slave-updates",
                "--binlog-format=ROW",
                "--slave-parallel-threads=4",
                "--read-only=ON",
            ]
        };
        let domain = (!self.is_mysql()).then(|| format!("--gtid-domain-id={number}"));
        common.into_iter().chain(own.iter().map(|it| (*it).to_owned())).chain(domain).collect()
    }
}

/// A server that runs.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    pub(crate) port: u16,
    folder: TempDir,
    options: Vec<String>,
    process: Option<Child>,
}

impl Server {
    /// Starts one that is born read-only. Of two settings of one name the last counts.
    pub(crate) async fn start(engine: Engine, number: u32, more: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("db-").tempdir().unwrap();
        guard::watch(folder.path());
        let template = engine.folder().join("template/data");
        let copied =
            Command::new("cp").args(["-a", "--reflink=auto"]).arg(template).arg(folder.path().join("data")).status();
        assert!(copied.unwrap().success(), "the template could not be copied");
        std::fs::write(folder.path().join("settings"), "").unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        let options = engine.options(number).into_iter().chain(more.iter().map(|it| (*it).to_owned())).collect();
        let port = free_port();
        let mut server = Self { engine, port, folder, options, process: None };
        server.start_again().await;
        server
    }

    /// Starts the process, and waits for a real login.
    pub(crate) async fn start_again(&mut self) {
        let folder = self.folder.path();
        let process = Command::new(self.engine.folder().join("start"))
            .arg(folder.join("settings"))
            .arg(format!("--datadir={}", folder.join("data").display()))
            // A server that starts clears its folder of temporary tables: one that two share loses those in use.
            .arg(format!("--tmpdir={}", folder.join("tmp").display()))
            .arg(format!("--socket={}", folder.join("s").display()))
            .arg(format!("--pid-file={}", folder.join("pid").display()))
            .arg(format!("--log-error={}", folder.join("errors.err").display()))
            .arg(format!("--port={}", self.port))
            .arg("--bind-address=127.0.0.1")
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.process = Some(process);
        let root = until("the database server lets somebody in", async || self.try_root().await).await;
        root.disconnect().await.unwrap();
    }

    async fn try_root(&self) -> Option<Conn> {
        let opts = OptsBuilder::default().socket(self.folder.path().join("s").to_str()).user(Some("root"));
        // What is in the way is told by the server's own log.
        tokio::time::timeout(Duration::from_secs(5), Conn::new(opts)).await.ok()?.ok()
    }

    /// An administrator's connection; nothing of ours works by it.
    pub(crate) async fn root(&self) -> Conn {
        until("the administrator is let in", async || self.try_root().await).await
    }

    /// Runs statements as administrator.
    pub(crate) async fn run(&self, statements: &str) {
        let mut root = self.root().await;
        root.query_drop(statements).await.unwrap_or_else(|error| panic!("{statements}: {error}"));
        root.disconnect().await.unwrap();
    }

    /// Begins a statement as administrator, who may be locked out: on return it has run, or waits.
    pub(crate) async fn begin(&self, statement: &'static str) -> JoinHandle<()> {
        let mut root = self.root().await;
        let waits = format!(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE id = {} AND state LIKE 'Waiting%'",
            root.id()
        );
        let running = tokio::spawn(async move {
            root.query_drop(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
            root.disconnect().await.unwrap();
        });
        until("a statement that has run, or waits", async || {
            (running.is_finished() || self.ask(&waits).await != "0").then_some(())
        })
        .await;
        running
    }

    /// The first column of the first row, as administrator.
    pub(crate) async fn ask(&self, question: &str) -> String {
        let mut root = self.root().await;
        let row: Option<Row> = root.query_first(question).await.unwrap_or_else(|error| panic!("{question}: {error}"));
        root.disconnect().await.unwrap();
        let value = row.and_then(|row| row.get_opt::<Option<String>, _>(0)?.ok()?);
        value.unwrap_or_default()
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the process as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
