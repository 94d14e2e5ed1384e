//! Two real database servers, one per color: blue takes writes, green replicates from it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use events::color::{ByColor, Color};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, OptsBuilder};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::DemoError;
use super::engine::Provided;
use super::folder::Folder;
use crate::clock;

/// How long a server may take to let somebody in, and to end.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long one statement of the demo may take.
const STATEMENT_LIMIT: Duration = Duration::from_secs(10);

/// The schema, the table of orders, and the account by which the shop writes them.
const SHOP: &str = "CREATE DATABASE shop; \
    CREATE TABLE shop.orders (id BIGINT UNSIGNED PRIMARY KEY, color VARCHAR(5) NOT NULL, \
    taken_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)) ENGINE=InnoDB; \
    CREATE USER 'shop'@'%' IDENTIFIED BY 'PASSWORD'; GRANT SELECT, INSERT, UPDATE ON shop.* TO 'shop'@'%'";

/// One server, a child of the demo.
struct Server {
    folder: PathBuf,
    child: Child,
}

/// Both, until they are stopped.
pub(super) struct Servers {
    servers: ByColor<Server>,
}

impl Servers {
    /// Starts both, each on its port, with everything that the bot and the shop need; on return green follows blue.
    pub(super) async fn start(
        provided: &Provided,
        folder: &Folder,
        ports: ByColor<u16>,
        password: &str,
    ) -> Result<Self, DemoError> {
        let blue = Server::start(provided, folder, Color::Blue, ports.blue).await?;
        let green = Server::start(provided, folder, Color::Green, ports.green).await?;
        let servers = Self { servers: ByColor { blue, green } };
        let engine = provided.engine;
        // Both are born read-only: a server that comes back after a crash must not be a second one that takes writes.
        servers.run(Color::Blue, "SET GLOBAL read_only = OFF").await?;
        servers.run(Color::Blue, &SHOP.replace("PASSWORD", password)).await?;
        servers.run(Color::Blue, &engine.accounts(password)).await?;
        servers.run(Color::Green, &engine.follow(ports.blue, password)).await?;
        servers.wait_for_shop().await?;
        Ok(servers)
    }

    /// The numbers of the orders that each server has, once both have the same or nothing more comes.
    pub(super) async fn orders(&self) -> Result<ByColor<BTreeSet<u64>>, DemoError> {
        let mut looks = PATIENCE.as_millis() / LOOK_EVERY.as_millis() / 4;
        loop {
            let both = ByColor { blue: self.numbers(Color::Blue).await?, green: self.numbers(Color::Green).await? };
            looks -= 1;
            if both.blue == both.green || looks == 0 {
                return Ok(both);
            }
            clock::pause(LOOK_EVERY).await;
        }
    }

    async fn numbers(&self, color: Color) -> Result<BTreeSet<u64>, DemoError> {
        let mut root = self.servers.get(color).root().await?;
        let numbers = root.query::<u64, _>("SELECT id FROM shop.orders").await;
        Ok(numbers.map_err(|error| failed(color, &error))?.into_iter().collect())
    }

    async fn wait_for_shop(&self) -> Result<(), DemoError> {
        let there = async {
            while self.numbers(Color::Green).await.is_err() {
                clock::pause(LOOK_EVERY).await;
            }
        };
        let late = |_| DemoError::Database { color: Color::Green, why: "it does not follow blue".to_owned() };
        tokio::time::timeout(PATIENCE, there).await.map_err(late)
    }

    async fn run(&self, color: Color, statements: &str) -> Result<(), DemoError> {
        let mut root = self.servers.get(color).root().await?;
        let done = tokio::time::timeout(STATEMENT_LIMIT, root.query_drop(statements)).await;
        let late = |_| DemoError::Database { color, why: format!("a statement took longer than {STATEMENT_LIMIT:?}") };
        done.map_err(late)?.map_err(|error| failed(color, &error))
    }

    /// Asks both to end, and waits until they have.
    pub(super) async fn stop(self) {
        let ByColor { mut blue, mut green } = self.servers;
        tokio::join!(blue.stop(), green.stop());
    }
}

impl Server {
    async fn start(provided: &Provided, folder: &Folder, color: Color, port: u16) -> Result<Self, DemoError> {
        let folder = folder.database(color);
        let data = folder.join("data");
        std::fs::create_dir(&folder).map_err(|source| DemoError::File { path: folder.clone(), source })?;
        provided.make_data(&data).await?;
        let number = if color == Color::Blue { 1 } else { 2 };
        let log = folder.join("log");
        let file = std::fs::File::create(&log).map_err(|source| DemoError::File { path: log.clone(), source })?;
        let mut command = provided.command(&folder)?;
        command
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", folder.join("s").display()))
            .arg(format!("--pid-file={}", folder.join("pid").display()))
            .arg(format!("--port={port}"))
            .arg("--bind-address=127.0.0.1")
            .args(provided.engine.options(number));
        let child = quiet(&mut command, file).spawn();
        let child = child.map_err(|source| DemoError::Program { what: provided.engine.to_string(), source })?;
        let mut server = Self { folder, child };
        server.lets_in(color).await?;
        Ok(server)
    }

    /// Returns once the administrator can log in: an open port alone is no server.
    async fn lets_in(&mut self, color: Color) -> Result<(), DemoError> {
        let mut looks = PATIENCE.as_millis() / LOOK_EVERY.as_millis();
        loop {
            let ended = self.child.try_wait().ok().flatten();
            match (self.root().await, ended) {
                (Ok(_), _) => return Ok(()),
                (Err(_), None) if looks > 0 => {}
                (Err(error), _) => {
                    let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                    let last = log.lines().last().unwrap_or_default();
                    return Err(DemoError::Database { color, why: format!("it did not start: {error}; {last}") });
                }
            }
            looks -= 1;
            clock::pause(LOOK_EVERY).await;
        }
    }

    async fn root(&self) -> Result<Conn, DemoError> {
        let socket = self.folder.join("s");
        let options = OptsBuilder::default().socket(socket.to_str()).user(Some("root"));
        let color = if self.folder.ends_with("blue") { Color::Blue } else { Color::Green };
        let connected = tokio::time::timeout(STATEMENT_LIMIT, Conn::new(options)).await;
        let late = |_| DemoError::Database { color, why: "it does not answer".to_owned() };
        connected.map_err(late)?.map_err(|error| failed(color, &error))
    }

    async fn stop(&mut self) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // A child of ours that was not waited for: the number is nobody else's.
            let _ = kill_process(pid, Signal::TERM);
        }
        if tokio::time::timeout(PATIENCE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

/// A child with nothing to read, whose output goes to `file`, and that ends with the demo.
fn quiet(command: &mut Command, file: std::fs::File) -> &mut Command {
    let output = file.try_clone().map_or_else(|_| Stdio::null(), Stdio::from);
    command.stdin(Stdio::null()).stdout(output).stderr(file).kill_on_drop(true).process_group(0)
}

fn failed(color: Color, error: &mysql_async::Error) -> DemoError {
    DemoError::Database { color, why: error.to_string() }
}
