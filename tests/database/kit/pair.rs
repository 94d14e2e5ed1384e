//! Two servers as a shop has them: blue takes writes, green follows.

use std::sync::Arc;
use std::time::Duration;

use changeover::clock::SystemClock;
use changeover::database::mysql::{Mysql, Settings};
use changeover::ports::{Database, EffectKey, Positions, ServerStanding, Switch};
use events::check::{Reading, Verdict};
use events::color::{ByColor, Color};
use events::fault::Fault;
use mysql_async::prelude::Queryable as _;
use tempfile::TempDir;

use super::PATIENCE;
use super::server::{Engine, Server};

pub(crate) struct Pair {
    pub(crate) blue: Server,
    pub(crate) green: Server,
    pub(crate) settings: Settings,
    pub(crate) database: Mysql,
    secrets: TempDir,
}

pub(crate) fn key() -> EffectKey {
    EffectKey("shop/production#1-1".to_owned())
}

impl Pair {
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::start_with(engine, &[], &[]).await
    }

    /// The same, with more settings for each server.
    pub(crate) async fn start_with(engine: Engine, blue: &[&str], green: &[&str]) -> Self {
        let (blue, green) = tokio::join!(Server::start(engine, 11, blue), Server::start(engine, 22, green));
        let secrets = tempfile::tempdir().unwrap();
        for name in ["bot", "replication"] {
            std::fs::write(secrets.path().join(name), format!("the {name}'s password")).unwrap();
        }
        let settings = settings(&blue, &green, &secrets, !engine.is_mysql());
        let database = Mysql::new(settings.clone(), secrets.path(), Arc::new(SystemClock::new()));
        let pair = Self { blue, green, settings, database, secrets };
        pair.furnish().await;
        pair
    }

    /// The accounts as the documentation has them, the shop's table, and green follows blue.
    async fn furnish(&self) {
        let grants = if self.blue.engine.is_mysql() {
            include_str!("../../../examples/grants-mysql.sql")
        } else {
            include_str!("../../../examples/grants-mariadb.sql")
        };
        self.blue.run("SET GLOBAL read_only = OFF").await;
        self.blue.run(grants).await;
        self.blue
            .run(
                "CREATE DATABASE shop; CREATE USER shop@'%' IDENTIFIED BY 'shop'; GRANT ALL ON shop.* TO shop@'%'; \
                 CREATE TABLE shop.orders (writer INT, seq INT, at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (writer, seq))",
            )
            .await;
        self.follow(Color::Green).await;
        self.settled().await;
    }

    /// Points this color's server at the other one.
    pub(crate) async fn follow(&self, color: Color) {
        self.follow_through(color, self.server(color.other()).port).await;
    }

    /// The same by another way than the direct one.
    pub(crate) async fn follow_through(&self, color: Color, port: u16) {
        self.point(color, port).await;
        self.server(color).run("START REPLICA").await;
    }

    /// Tells this color's server whom to follow, and not yet to begin.
    pub(crate) async fn point(&self, color: Color, port: u16) {
        let password = "the replication''s password";
        let point = if self.blue.engine.is_mysql() {
            format!(
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='replication', \
                 SOURCE_PASSWORD='{password}', SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1"
            )
        } else {
            format!(
                "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='replication', \
                 MASTER_PASSWORD='{password}', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, \
                 MASTER_SSL_VERIFY_SERVER_CERT=0"
            )
        };
        self.server(color).run(&point).await;
    }

    /// The provider as if the configuration said something else.
    pub(crate) fn database_with(&self, change: impl FnOnce(&mut Settings)) -> Mysql {
        let mut settings = self.settings.clone();
        change(&mut settings);
        Mysql::new(settings, self.secrets.path(), Arc::new(SystemClock::new()))
    }

    pub(crate) fn server(&self, color: Color) -> &Server {
        match color {
            Color::Blue => &self.blue,
            Color::Green => &self.green,
        }
    }

    /// A file in which a secret can be put.
    pub(crate) fn secret(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.secrets.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Waits until both have executed the same.
    pub(crate) async fn settled(&self) {
        let last = std::sync::Mutex::new(String::new());
        let equal = async {
            loop {
                let standing = self.database.standing().await;
                let is_equal =
                    [&standing.blue, &standing.green].iter().all(|it| it.as_ref().is_ok_and(|it| it.ahead == Some(0)));
                if is_equal {
                    return;
                }
                *last.lock().unwrap() = format!("{standing:#?}");
                changeover::clock::pause(Duration::from_millis(20)).await;
            }
        };
        let is_over = tokio::time::timeout(PATIENCE, equal).await.is_ok();
        assert!(is_over, "both servers have not executed the same: {}", last.lock().unwrap());
    }

    pub(crate) async fn standing(&self) -> ByColor<ServerStanding> {
        let standing = self.database.standing().await;
        ByColor { blue: standing.blue.unwrap(), green: standing.green.unwrap() }
    }

    /// Who takes writes, as the servers say.
    pub(crate) async fn writable(&self) -> Vec<Color> {
        let standing = self.standing().await;
        Color::BOTH.into_iter().filter(|color| standing.get(*color).is_open).collect()
    }

    /// The readings that do not let users cross.
    pub(crate) async fn failures(&self, primary: Color) -> Vec<Reading> {
        let readings = self.database.preflight(primary).await;
        readings.into_iter().filter(|it| it.verdict != Verdict::Pass).collect()
    }

    /// The one guard that fails; its value and what to do are in the text.
    pub(crate) async fn only_failure(&self, primary: Color) -> String {
        let failures = self.failures(primary).await;
        let told: Vec<String> = failures.iter().map(ToString::to_string).collect();
        assert_eq!(failures.len(), 1, "{told:#?}");
        told[0].clone()
    }

    pub(crate) async fn arm(&self, primary: Color) {
        self.database.arm(primary, &key()).await.unwrap();
    }

    pub(crate) async fn fence(&self) -> Box<dyn Switch> {
        self.database.fence(&key()).await.unwrap()
    }

    /// Users cross from `from` to the other color.
    pub(crate) async fn cross(&self, from: Color) -> Result<Positions, Fault> {
        let mut switch = self.database.fence(&key()).await?;
        switch.gate(from, Duration::from_secs(30)).await?;
        switch.settle_writers(from, Duration::from_secs(5)).await?;
        switch.freeze(from, Duration::from_millis(500)).await?;
        let positions = switch.catch_up(from, Duration::from_secs(5)).await?;
        switch.open(from.other()).await?;
        switch.clean_up(from.other()).await?;
        Ok(positions)
    }

    /// A connection of the application.
    pub(crate) async fn shop(&self, color: Color) -> mysql_async::Conn {
        shop(self.server(color).port).await.unwrap()
    }

    /// A connection by the bot's own account.
    pub(crate) async fn bot(&self, color: Color) -> mysql_async::Conn {
        let opts = mysql_async::OptsBuilder::default().ip_or_hostname("127.0.0.1").prefer_socket(false);
        let opts = opts.tcp_port(self.server(color).port).user(Some("changeover")).pass(Some("the bot's password"));
        mysql_async::Conn::new(opts).await.unwrap()
    }

    /// The orders that this server has.
    pub(crate) async fn orders(&self, color: Color) -> std::collections::BTreeSet<(u32, u32)> {
        let mut conn = self.server(color).root().await;
        conn.query("SELECT writer, seq FROM shop.orders").await.unwrap().into_iter().collect()
    }
}

/// A connection of the application to this port.
pub(crate) async fn shop(port: u16) -> Result<mysql_async::Conn, mysql_async::Error> {
    let opts = mysql_async::OptsBuilder::default().ip_or_hostname("127.0.0.1").tcp_port(port);
    let opts = opts.user(Some("shop")).pass(Some("shop")).db_name(Some("shop"));
    mysql_async::Conn::new(opts.prefer_socket(false)).await
}

fn settings(blue: &Server, green: &Server, secrets: &TempDir, starts_read_only: bool) -> Settings {
    let secrets = secrets.path().display();
    let text = format!(
        "user = \"changeover\"
         password = {{ file = \"{secrets}/bot\" }}
         application = [\"shop\"]
         [blue]
         host = \"127.0.0.1\"
         port = {}
         starts_read_only = {starts_read_only}
         [green]
         host = \"127.0.0.1\"
         port = {}
         starts_read_only = {starts_read_only}
         [replication]
         user = \"replication\"
         password = {{ file = \"{secrets}/replication\" }}
         tls = false
         [tls]
         enabled = false",
        blue.port, green.port
    );
    toml::from_str(&text).unwrap()
}
