//! A pair of MySQL or MariaDB servers, one per color, each replicating the other.

mod arm;
mod channel;
mod dialect;
mod errant;
mod export;
mod gtid;
mod missing;
mod preflight;
pub mod repoint;
mod seams;
mod session;
pub mod settings;
mod standing;
mod switch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use events::check::Reading;
use events::color::{ByColor, Color};
use events::fault::Fault;

pub use settings::Settings;

use crate::clock::Clock;
use crate::ports::{Database, EffectKey, Loss, ServerStanding, Switch};

/// The provider.
pub struct Mysql {
    settings: Arc<Settings>,
    folder: PathBuf,
    clock: Arc<dyn Clock>,
}

impl Mysql {
    /// What it starts on this machine is known by the site's `folder`.
    #[must_use]
    pub fn new(settings: Settings, folder: &Path, clock: Arc<dyn Clock>) -> Self {
        Self { settings: Arc::new(settings), folder: folder.to_owned(), clock }
    }
}

#[async_trait]
impl Database for Mysql {
    async fn standing(&self) -> ByColor<Result<ServerStanding, Fault>> {
        standing::standing(&self.settings, &*self.clock).await
    }

    async fn preflight(&self, primary: Color) -> Vec<Reading> {
        let servers = preflight::preflight(&self.settings, &*self.clock, primary);
        // Those whom users are on are where they are; whoever is to serve them next must be right.
        let (servers, pointed) = tokio::join!(servers, self.pointed(primary.other(), primary));
        servers.into_iter().chain(pointed).collect()
    }

    async fn arm(&self, primary: Color, _key: &EffectKey) -> Result<(), Fault> {
        arm::arm(&self.settings, &*self.clock, primary).await
    }

    async fn disarm(&self, primary: Color, _key: &EffectKey) -> Result<(), Fault> {
        arm::disarm(&self.settings, primary).await
    }

    async fn fence(&self, _key: &EffectKey) -> Result<Box<dyn Switch>, Fault> {
        let sessions = switch::fence(Arc::clone(&self.settings), Arc::clone(&self.clock)).await?;
        repoint::end(&self.folder).await?;
        Ok(Box::new(sessions))
    }

    async fn repoint(&self, color: Color, primary: Color, key: &EffectKey) -> Result<(), Fault> {
        repoint::repoint(&self.settings, &self.folder, &*self.clock, color, primary, key).await
    }

    async fn pointed(&self, color: Color, primary: Color) -> Option<Reading> {
        repoint::pointed(&self.settings, color, primary).await
    }

    async fn missing(&self, from: Color) -> Result<Loss, Fault> {
        missing::missing(&self.settings, from).await
    }

    async fn export_missing(&self, from: Color, file: &Path) -> Result<u64, Fault> {
        missing::export(&self.settings, from, file).await
    }

    fn by_hand(&self) -> String {
        let ByColor { blue, green } = self.settings.places();
        format!(
            "on {blue} (blue) and {green} (green), as {}: {}",
            self.settings.user.as_str(),
            dialect::Dialect::Mysql.by_hand()
        )
    }
}

/// How much of a set of transactions is shown, in characters.
const SHOWN: usize = 200;

/// A set of transactions, shortened for people.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
