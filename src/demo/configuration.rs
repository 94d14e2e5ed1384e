//! The configuration that the demo writes for the bot, and the free ports in it.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use events::color::ByColor;

use super::DemoError;
use super::folder::Folder;

/// Ports in a row: one for users, those for the processes of both colors and those that follow them, and the databases'.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) users: u16,
    first: u16,
    last: u16,
}

/// How many ports the fleet may use, and how many databases there are.
const FLEET_PORTS: u16 = 15;
const DATABASE_PORTS: u16 = 2;

impl Ports {
    /// Ports that nobody listens on, below those that the kernel gives to outgoing connections: otherwise the prober's
    /// own connections could take one.
    pub(super) fn free() -> Result<Self, DemoError> {
        // Two demos that start at once, of one process or of two, begin to look at different places: nobody listens on
        // what the other has just found.
        static DEMOS: AtomicU32 = AtomicU32::new(0);
        let number = DEMOS.fetch_add(7, Ordering::Relaxed).wrapping_add(std::process::id());
        Self::free_after(usize::try_from(number % 700).unwrap_or(0))
    }

    fn free_after(skipped_blocks: usize) -> Result<Self, DemoError> {
        let count = FLEET_PORTS + DATABASE_PORTS + 1;
        let blocks = (20_000..32_000 - count).step_by(usize::from(count));
        let mut blocks = blocks.clone().skip(skipped_blocks).chain(blocks);
        let is_free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        let users = blocks.find(|first| (*first..first + count).all(is_free));
        let users = users.ok_or(DemoError::NoPorts(count))?;
        Ok(Self { users, first: users + 1, last: users + FLEET_PORTS })
    }

    /// Where the databases listen.
    pub(super) fn databases(self) -> ByColor<u16> {
        ByColor { blue: self.last + 1, green: self.last + 2 }
    }

    /// Where users' requests go in.
    pub(super) fn entrance(self) -> String {
        format!("http://127.0.0.1:{}", self.users)
    }
}

/// Writes the bot's configuration into `folder`; with orders, if the shop takes some.
pub(super) fn write(
    folder: &Folder,
    program: &Path,
    ports: Ports,
    window: Duration,
    has_orders: bool,
) -> Result<(), DemoError> {
    let path = folder.configuration();
    let mut text = text(&folder.repository(), program, ports, window);
    if has_orders {
        text.push_str(&databases(folder, &ports.databases()));
    }
    std::fs::write(&path, text).map_err(|source| DemoError::File { path, source })
}

fn text(repository: &Path, program: &Path, ports: Ports, window: Duration) -> String {
    let Ports { users, first, last } = ports;
    let (repository, program) = (quoted(repository), quoted(program));
    let window = window.as_millis();
    format!(
        r#"# Written by `changeover demo`.
[bot]
log = "changeover.db"
socket = "changeover.sock"

[[site]]
service = "shop"
stage = "demo"

[site.window]
lasts = "{window}ms"
decommission = "* * * * *"
announce = "1s"
quiet_for = "1s"
prove_every = "1s"

[site.gates]
in_a_row = 2
every = "100ms"

[site.patience]
checks = "5s"

[site.traffic.edge]
listen = "127.0.0.1:{users}"

[site.traffic.edge.health]
interval = "100ms"

[site.fleet.processes]
command = [{program}, "sample-app"]
count = 2
ports = "{first}-{last}"
# Shorter than a slow request: what lets those finish is the drain, and not a patient application.
grace = "500ms"

[site.delivery.command]
repository = {repository}

[[site.check]]
[site.check.http]
name = "health"
path = "/health"
"#
    )
}

fn databases(folder: &Folder, ports: &ByColor<u16>) -> String {
    let (password, address) = (quoted(&folder.password()), quoted(&folder.address("{color}")));
    let ByColor { blue, green } = ports;
    format!(
        r#"
[site.fleet.processes.env]
SHOP_DATABASE = {address}

[site.database.mysql]
user = "changeover"
password = {{ file = {password} }}
application = ["shop"]
blue = {{ host = "127.0.0.1", port = {blue}, starts_read_only = true }}
green = {{ host = "127.0.0.1", port = {green}, starts_read_only = true }}
# On one machine, and for as long as a demo lasts.
tls = {{ enabled = false }}
replication = {{ user = "replication", password = {{ file = {password} }}, tls = false }}
"#
    )
}

fn quoted(path: &Path) -> String {
    toml::Value::String(path.display().to_string()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_toml_whatever_the_folder_is_called() {
        let ports = Ports { users: 20_000, first: 20_001, last: 20_015 };
        let text = text(Path::new("/tmp/a \"b\\c"), Path::new("/bin/changeover"), ports, Duration::from_secs(3));
        let table: toml::Table = text.parse().unwrap();
        let site = &table["site"][0];
        assert_eq!(site["delivery"]["command"]["repository"].as_str(), Some("/tmp/a \"b\\c"));
        assert_eq!(site["window"]["lasts"].as_str(), Some("3000ms"));
        assert_eq!(site["fleet"]["processes"]["ports"].as_str(), Some("20001-20015"));
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_not_free() {
        let ports = Ports::free_after(650).unwrap();
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.last)).unwrap();
        assert_ne!(Ports::free_after(650).unwrap(), ports);
    }
}
