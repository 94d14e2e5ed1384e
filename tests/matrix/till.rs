//! Two real database servers behind a shop, which takes orders all along: none that was acknowledged may be missing.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use changeover::clock::pause;
use changeover::ports::Database as _;
use events::color::{ByColor, Color};
use mysql_async::prelude::Queryable as _;

use crate::database::{Engine, Pair, key};
use crate::kit::Shop;
use crate::orders::Orders;

/// How often it is looked for orders that should be there, and the pause between two looks.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// A balancer where nobody can wait.
pub(crate) const NOBODY_WAITS: &str = "waiting_limit = 0";

/// The settings of each color are written anew, as a whole.
const POINT: &str = r#"
run = ["sh", "-c", "printf 'mysql://shop:shop@%s:%s/till' $1 $2 > $3.new && mv $3.new $3", "point", "{host}", "{port}", "{folder}/{color}.url"]
look = ["sh", "-c", "cat $2; grep -q :$1/ $2", "look", "{port}", "{folder}/{color}.url"]
timeout = "10s"
"#;

pub(crate) struct Till {
    pub(crate) pair: Pair,
    orders: Option<Orders>,
    /// Where both colors find the database; none where each has its own server.
    common: Option<Common>,
}

/// How both colors find the server that takes writes.
pub(crate) struct Common {
    /// The port that is said in both colors' settings in the beginning.
    pub(crate) port: u16,
    /// What stands in `[site.database.mysql.repoint]`; `{folder}` is that of those settings, one file for each color.
    pub(crate) repoint: String,
}

impl Till {
    pub(crate) async fn open(engine: Engine) -> Self {
        let pair = Pair::start(engine).await;
        pair.blue
            .run(
                "CREATE DATABASE till; GRANT ALL ON till.* TO shop@'%'; \
                 CREATE TABLE till.orders (id BIGINT UNSIGNED PRIMARY KEY, color VARCHAR(5) NOT NULL)",
            )
            .await;
        pair.settled().await;
        Self { pair, orders: None, common: None }
    }

    /// Both colors use the server that takes writes, and each has settings of its own that say which.
    pub(crate) async fn open_pointed(engine: Engine) -> Self {
        let till = Self::open(engine).await;
        let port = till.ports().blue;
        till.in_common(Common { port, repoint: POINT.to_owned() })
    }

    /// Both colors use the server that takes writes.
    pub(crate) fn in_common(self, common: Common) -> Self {
        Self { common: Some(common), ..self }
    }

    /// The settings by which a color finds its database.
    pub(crate) fn settings_of(&self, color: Color) -> PathBuf {
        self.folder().join(format!("{color}.url"))
    }

    /// Whose servers the settings of both colors name.
    pub(crate) fn used(&self) -> [Option<Color>; 2] {
        let ports = self.ports();
        Color::BOTH.map(|color| {
            let url = std::fs::read_to_string(self.settings_of(color)).unwrap();
            Color::BOTH.into_iter().find(|it| url.contains(&format!(":{}/", ports.get(*it))))
        })
    }

    fn folder(&self) -> PathBuf {
        self.pair.secret("bot", "the bot's password").parent().unwrap().to_owned()
    }

    /// What a site says that crosses with these databases: the ports by which the bot reaches them, how often it tries,
    /// and what stands in `[site.crossing]`.
    pub(crate) fn configuration(&self, ports: &ByColor<u16>, attempts: u8, crossing: &str) -> String {
        let Pair { settings, .. } = &self.pair;
        let file = |name: &str, text: &str| self.pair.secret(name, text).display().to_string();
        for color in Color::BOTH {
            let port = self.common.as_ref().map_or(self.pair.server(color).port, |it| it.port);
            file(&format!("{color}.url"), &format!("mysql://shop:shop@127.0.0.1:{port}/till"));
        }
        let (bot, replication) = (file("bot", "the bot's password"), file("replication", "the replication's password"));
        let addresses = self.folder().join("{color}.url");
        let addresses = addresses.display();
        let repoint = self.common.as_ref().map_or_else(String::new, |it| {
            let said = it.repoint.replace("{folder}", &self.folder().display().to_string());
            format!("[site.database.mysql.repoint]\n{said}")
        });
        let is_said = settings.blue.starts_read_only;
        let ByColor { blue, green } = self.ports();
        format!(
            r#"
[site.fleet.processes.env]
SHOP_DATABASE = "{addresses}"
[site.retries]
attempts = {attempts}
first_pause = "100ms"
longest_pause = "500ms"
[site.crossing]
{crossing}
[site.database.mysql]
user = "changeover"
password = {{ file = "{bot}" }}
application = ["shop"]
tls = {{ enabled = false }}
[site.database.mysql.blue]
host = "127.0.0.1"
port = {}
replication_port = {blue}
starts_read_only = {is_said}
[site.database.mysql.green]
host = "127.0.0.1"
port = {}
replication_port = {green}
starts_read_only = {is_said}
[site.database.mysql.replication]
user = "replication"
password = {{ file = "{replication}" }}
tls = false
{repoint}
"#,
            ports.blue, ports.green
        )
    }

    /// Where the servers listen.
    pub(crate) fn ports(&self) -> ByColor<u16> {
        ByColor { blue: self.pair.blue.port, green: self.pair.green.port }
    }

    /// From here on customers order.
    pub(crate) fn take_orders(&mut self, shop: &Shop) {
        let text = std::fs::read_to_string(shop.path("changeover.toml")).unwrap();
        let entrance = text.split("listen = \"").nth(1).and_then(|it| it.split('"').next()).unwrap();
        self.orders = Some(Orders::start(entrance.parse::<SocketAddr>().unwrap()));
    }

    /// The primary follows nobody.
    pub(crate) async fn disarm(&self, primary: Color) {
        self.pair.database.disarm(primary, &key()).await.unwrap();
    }

    /// What may never be: another one that takes writes than the color whose users are there, or an order that was
    /// acknowledged and is missing.
    pub(crate) async fn wrong(&self, live: Color) -> Vec<String> {
        let mut wrong = Vec::new();
        let Some(orders) = &self.orders else { return wrong };
        orders.hold().await;
        let writable = self.pair.writable().await;
        if writable != [live] {
            wrong.push(format!("users are on {live}, and writes are taken by {writable:?}"));
        }
        self.pair.settled().await;
        if self.common.as_ref().is_some_and(|it| it.repoint.contains("{color}")) && self.used() != [Some(live); 2] {
            wrong.push(format!("users are on {live}, and the colors use {:?}", self.used()));
        }
        let acknowledged = orders.acknowledged();
        for color in Color::BOTH {
            let missing = self.missing(color, &acknowledged).await;
            if !missing.is_empty() {
                wrong.push(format!("{color} lacks {} orders that were acknowledged: {missing:?}", missing.len()));
            }
        }
        orders.go_on();
        wrong
    }

    /// The orders that were acknowledged and that this color's server lacks.
    pub(crate) async fn lacks(&self, color: Color) -> Vec<u64> {
        let acknowledged = self.orders.as_ref().map(Orders::acknowledged).unwrap_or_default();
        self.missing(color, &acknowledged).await
    }

    /// Nobody orders meanwhile.
    pub(crate) async fn nobody_orders(&self, meanwhile: impl AsyncFnOnce()) {
        let orders = self.orders.as_ref().unwrap();
        orders.hold().await;
        meanwhile().await;
        orders.go_on();
    }

    /// How many orders were not taken so far.
    pub(crate) fn refused(&self) -> u64 {
        self.orders.as_ref().map_or(0, Orders::refused)
    }

    /// How many orders were acknowledged so far.
    pub(crate) fn taken(&self) -> usize {
        self.orders.as_ref().map_or(0, |it| it.acknowledged().len())
    }

    /// Those of the orders that this color's server does not have.
    async fn missing(&self, color: Color, orders: &BTreeSet<u64>) -> Vec<u64> {
        let mut missing = Vec::new();
        // What a MariaDB server has in its log is seen in its tables a moment later.
        for _ in 0..LOOKS {
            missing = orders.difference(&self.kept(color).await).copied().collect();
            if missing.is_empty() {
                break;
            }
            pause(PAUSE).await;
        }
        missing
    }

    /// The orders that this color's server has.
    async fn kept(&self, color: Color) -> BTreeSet<u64> {
        let mut root = self.pair.server(color).root().await;
        root.query("SELECT id FROM till.orders").await.unwrap().into_iter().collect()
    }
}
