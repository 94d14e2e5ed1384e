//! The configuration of a story: what a shop usually says, and what this one says otherwise.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Mutex;

/// What a story may want otherwise; everything else is short, so that stories are.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// `service/stage` of each site.
    pub(crate) sites: Vec<&'static str>,
    /// What stands in `[site.window]`.
    pub(crate) window: &'static str,
    /// What stands in `[site.patience]` beside what is usual.
    pub(crate) patience: &'static str,
    /// How many good rounds in a row a gate wants, and the pause between two.
    pub(crate) rounds: (u16, &'static str),
    /// What stands in `[site.gates]` beside that.
    pub(crate) gates: &'static str,
    /// How many processes a color has when it serves.
    pub(crate) count: u16,
    /// What stands in `[site.traffic.edge]` beside where it listens.
    pub(crate) traffic: &'static str,
    /// How often the balancer looks whether a member is healthy.
    pub(crate) health: &'static str,
    /// TOML after `[site.delivery.command]`: hooks.
    pub(crate) hooks: &'static str,
    /// TOML after the rest of the last site: its databases, and what belongs to them.
    pub(crate) database: String,
    /// What stands in `[bot.alert]`.
    pub(crate) alert: Option<String>,
    /// How many further releases the repository has.
    pub(crate) further: usize,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            sites: vec!["shop/demo"],
            window: "lasts = \"1h\"\ndecommission = \"* * * * *\"\nannounce = \"1m\"\nquiet_for = \"1s\"\n",
            patience: "",
            rounds: (2, "50ms"),
            gates: "",
            count: 2,
            traffic: "",
            health: "50ms",
            hooks: "",
            database: String::new(),
            alert: None,
            further: 0,
        }
    }
}

impl Terms {
    /// The file, with ports that nobody else has.
    pub(crate) fn text(&self) -> String {
        let Self { window, patience, rounds: (in_a_row, every), gates, count, traffic, health, hooks, .. } = self;
        let mut text = "[bot]\n".to_owned();
        if let Some(url) = &self.alert {
            write!(text, "[bot.alert]\nurl = {url}\n").unwrap();
        }
        for site in &self.sites {
            let (service, stage) = site.split_once('/').unwrap();
            let first = ports();
            let (fleet, last) = (first + 1, first + BLOCK - 1);
            write!(
                text,
                r#"
[[site]]
service = "{service}"
stage = "{stage}"
[site.window]
{window}
[site.gates]
in_a_row = {in_a_row}
every = "{every}"
{gates}
[site.patience]
{patience}
[site.traffic.edge]
listen = "127.0.0.1:{first}"
{traffic}
[site.traffic.edge.health]
interval = "{health}"
[site.fleet.processes]
command = ["{program}", "sample-app"]
count = {count}
ports = "{fleet}-{last}"
grace = "3s"
[site.delivery.command]
repository = "repository"
{hooks}
[[site.check]]
[site.check.http]
name = "health"
path = "/health"
"#,
                program = super::program()
            )
            .unwrap();
        }
        text.push_str(&self.database);
        text
    }
}

/// How many ports in a row a site takes.
const BLOCK: u16 = 10;

/// The first of so many ports in a row that nobody listens on, below those that the kernel gives to outgoing
/// connections. No two stories of this process get the same.
pub(crate) fn ports() -> u16 {
    static NEXT: Mutex<Option<u16>> = Mutex::new(None);
    let mut next = NEXT.lock().unwrap();
    let blocks = 11_900 / BLOCK;
    let mut block = next.unwrap_or_else(|| u16::try_from(std::process::id() % u32::from(blocks)).unwrap());
    let is_free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    loop {
        let first = 20_000 + (block % blocks) * BLOCK;
        block = (block + 1) % blocks;
        *next = Some(block);
        if (first..first + BLOCK).all(is_free) {
            return first;
        }
    }
}
