//! Sees to it that what outlives the bot is there: a balancer or a supervisor that died is started again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::SiteConfig;
use crate::{fleet, traffic};

/// How often it is looked. A dead balancer answers nobody, so this is how long users wait at most.
const EVERY: Duration = Duration::from_secs(1);

/// Looks after one site.
pub struct Caretaker {
    pub site: SiteConfig,
    /// The site's own folder.
    pub folder: PathBuf,
    pub program: PathBuf,
    pub clock: Arc<dyn Clock>,
    pub stopped: CancellationToken,
}

impl Caretaker {
    /// Looks until told to stop. What runs is left alone, whoever started it.
    pub async fn run(self) {
        let mut was_well = true;
        loop {
            tokio::select! {
                () = self.stopped.cancelled() => return,
                () = self.clock.pause(EVERY) => {}
            }
            let traffic = traffic::furnish(self.site.traffic.get_ref(), &self.folder, &self.program).await.err();
            let fleet = fleet::furnish(self.site.fleet.get_ref(), &self.folder, &self.program).await.err();
            let is_well = traffic.is_none() && fleet.is_none();
            // Said once, not every second.
            for fault in [traffic, fleet].into_iter().flatten().filter(|_| was_well) {
                tracing::error!(site = %self.site.name(), %fault, "what serves users is not as it should be");
            }
            was_well = is_well;
        }
    }
}
