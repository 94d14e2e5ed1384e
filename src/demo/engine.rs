//! Which database server: how it is had, made, started, and told to follow another.

use std::path::{Path, PathBuf};
use std::process::Output;

use clap::ValueEnum;
use tokio::process::Command;

use super::DemoError;

/// A database server that replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Mysql,
    Mariadb,
}

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Mysql => "mysqld",
            Self::Mariadb => "mariadbd",
        })
    }
}

/// Where programs lie that are not on everybody's `PATH`.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/libexec", "/usr/local/sbin"];

/// What the bot and replication may do: the very statements that the documentation shows.
const MYSQL_ACCOUNTS: &str = include_str!("../../examples/grants-mysql.sql");
const MARIADB_ACCOUNTS: &str = include_str!("../../examples/grants-mariadb.sql");

/// A server program, and how an empty database of its own is made.
#[derive(Debug, Clone)]
pub struct Provided {
    pub engine: Engine,
    program: PathBuf,
    /// A folder to copy; without one the program makes it.
    template: Option<PathBuf>,
}

impl Provided {
    /// The server that `folder` holds (`start`, `template/data`), or, without one, the one that is installed here.
    pub fn find(engine: Engine, folder: Option<&Path>, path: Option<&str>) -> Result<Self, DemoError> {
        if let Some(folder) = folder {
            let (program, template) = (folder.join("start"), folder.join("template/data"));
            return if program.exists() && template.exists() {
                Ok(Self { engine, program, template: Some(template) })
            } else {
                Err(DemoError::NoServer { what: format!("{} with a program `start`", folder.display()) })
            };
        }
        let program = installed(&engine.to_string(), path);
        let program = program.ok_or(DemoError::NoServer { what: engine.to_string() })?;
        Ok(Self { engine, program, template: None })
    }

    /// The server with no settings but those that follow.
    pub(super) fn command(&self, folder: &Path) -> Result<Command, DemoError> {
        let mut command = Command::new(&self.program);
        let settings = folder.join("settings");
        std::fs::write(&settings, "").map_err(|source| DemoError::File { path: settings.clone(), source })?;
        match &self.template {
            Some(_) => command.arg(settings),
            None => command.arg(format!("--defaults-file={}", settings.display())).args(as_root()),
        };
        Ok(command)
    }

    /// An empty database in `data`.
    pub(super) async fn make_data(&self, data: &Path) -> Result<(), DemoError> {
        let mut command = match (&self.template, self.engine) {
            (Some(template), _) => {
                let mut copy = Command::new("cp");
                copy.args(["-a", "--reflink=auto"]).arg(template).arg(data);
                copy
            }
            (None, Engine::Mysql) => {
                let mut make = Command::new(&self.program);
                make.args(["--no-defaults", "--initialize-insecure"]).args(as_root());
                make.arg(format!("--datadir={}", data.display()));
                make
            }
            (None, Engine::Mariadb) => {
                let mut make = Command::new("mariadb-install-db");
                make.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                make.args(as_root()).arg(format!("--datadir={}", data.display()));
                make
            }
        };
        let what = || format!("the first database of {}", self.engine);
        let made = command.kill_on_drop(true).output().await;
        let Output { status, stderr, .. } = made.map_err(|source| DemoError::Program { what: what(), source })?;
        if status.success() {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&stderr).lines().last().unwrap_or_default().to_owned();
        Err(DemoError::NoServer { what: format!("{}: {status}: {why}", what()) })
    }
}

impl Engine {
    /// What makes a server fit to be one of a pair; both are born read-only, whichever role they have later.
    pub(super) fn options(self, number: u32) -> Vec<String> {
        let common = ["--log-bin=binlog", "--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"];
        let own: &[&str] = match self {
            Self::Mysql => &[
                "--gtid-mode=ON",
                "--enforce-gtid-consistency=ON",
                "--super-read-only=ON",
                "--innodb-buffer-pool-size=64M",
                "--mysqlx=0",
            ],
            Self::Mariadb => &[
                "--gtid-strict-mode=ON",
                "--log-slave-updates",
                "--binlog-format=ROW",
                "--slave-parallel-threads=4",
                "--read-only=ON",
                "--innodb-buffer-pool-size=64M",
            ],
        };
        let numbers = match self {
            Self::Mysql => vec![format!("--server-id={number}")],
            Self::Mariadb => vec![format!("--server-id={number}"), format!("--gtid-domain-id={number}")],
        };
        common.into_iter().chain(own.iter().copied()).map(str::to_owned).chain(numbers).collect()
    }

    /// The accounts of the bot and of replication.
    pub(super) fn accounts(self, password: &str) -> String {
        let documented = match self {
            Self::Mysql => MYSQL_ACCOUNTS,
            Self::Mariadb => MARIADB_ACCOUNTS,
        };
        documented.replace("the bot''s password", password).replace("the replication''s password", password)
    }

    /// What makes a server follow the one on `port` of this machine.
    pub(super) fn follow(self, port: u16, password: &str) -> String {
        match self {
            Self::Mysql => format!(
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='replication', \
                 SOURCE_PASSWORD='{password}', SOURCE_AUTO_POSITION=1, SOURCE_SSL=0, GET_SOURCE_PUBLIC_KEY=1; \
                 START REPLICA"
            ),
            Self::Mariadb => format!(
                "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='replication', \
                 MASTER_PASSWORD='{password}', MASTER_USE_GTID=slave_pos, MASTER_SSL=0, \
                 MASTER_SSL_VERIFY_SERVER_CERT=0; START SLAVE"
            ),
        }
    }
}

/// Neither server runs as root without being told to.
fn as_root() -> Option<&'static str> {
    rustix::process::geteuid().is_root().then_some("--user=root")
}

fn installed(name: &str, path: Option<&str>) -> Option<PathBuf> {
    let folders = path.unwrap_or_default().split(':').filter(|it| !it.is_empty()).chain(SYSTEM_FOLDERS);
    folders.map(|folder| Path::new(folder).join(name)).find(|it| it.is_file())
}
