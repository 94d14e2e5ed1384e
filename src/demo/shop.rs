//! The shop's orders: two databases, and where each color finds its own.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use events::color::{ByColor, Color};

use super::DemoError;
use super::display::Display;
use super::engine::Provided;
use super::folder::Folder;
use super::servers::Servers;

/// The databases of a shop that takes orders.
pub(super) struct Shop(Servers);

impl Shop {
    /// Starts both databases, and writes down for the bot and the shop how they are reached.
    pub(super) async fn open(
        provided: &Provided,
        folder: &Folder,
        ports: ByColor<u16>,
        display: &Display,
    ) -> Result<Self, DemoError> {
        let random = Path::new("/dev/urandom");
        let password = password(random).map_err(|source| DemoError::File { path: random.to_owned(), source })?;
        write(&folder.password(), &password)?;
        for color in Color::BOTH {
            let url = format!("mysql://shop:{password}@127.0.0.1:{}/shop", ports.get(color));
            write(&folder.address(color.as_str()), &url)?;
        }
        let servers = Servers::start(provided, folder, ports, &password).await?;
        display.note(&format!("two {} are up, and green follows blue", provided.engine));
        Ok(Self(servers))
    }

    /// The orders that each database has in the end; then both are ended.
    pub(super) async fn close(self) -> Result<ByColor<BTreeSet<u64>>, DemoError> {
        let orders = self.0.orders().await;
        self.0.stop().await;
        orders
    }
}

/// Letters and digits, which need no quoting anywhere.
fn password(random: &Path) -> std::io::Result<String> {
    let mut bytes = [0; 16];
    std::fs::File::open(random)?.read_exact(&mut bytes)?;
    Ok(hex::encode(bytes))
}

/// A file that nobody else may read.
fn write(path: &Path, secret: &str) -> Result<(), DemoError> {
    let file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(secret.as_bytes()));
    written.map_err(|source| DemoError::File { path: path.to_owned(), source })
}
