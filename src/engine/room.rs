//! A site's room: its name, its terms and the providers that its configuration chose.

use std::path::PathBuf;
use std::sync::Arc;

use commands::pinned::World;
use events::color::{ByColor, Color};
use events::fact::Found;
use events::fault::Fault;
use events::machine::Machine;
use events::name::{CheckName, SiteName};
use events::number::RunNumber;
use events::terms::Terms;

use crate::ports::{Check, Database, Delivery, Fleet, Traffic, Workers};

/// Everything that the engine needs to work on one site.
pub struct Room {
    pub name: SiteName,
    pub terms: Terms,
    pub traffic: Arc<dyn Traffic>,
    pub fleet: Arc<dyn Fleet>,
    pub delivery: Arc<dyn Delivery>,
    pub checks: Vec<Arc<dyn Check>>,
    /// None where the configuration names none: then the bot does nothing about databases.
    pub database: Option<Arc<dyn Database>>,
    /// None where the configuration names none: then the bot pauses and starts nothing.
    pub workers: Option<Arc<dyn Workers>>,
    /// The site's own folder.
    pub folder: PathBuf,
}

impl Room {
    /// The same world, as a mistaken engine speaks to it.
    #[cfg(feature = "mutants")]
    #[must_use]
    pub fn mistaken(self) -> Self {
        use crate::mutants::{checks, database, delivery, fleet, traffic, workers};
        Self {
            traffic: traffic(self.traffic),
            fleet: fleet(self.fleet),
            delivery: delivery(self.delivery),
            checks: checks(self.checks),
            database: self.database.map(database),
            workers: self.workers.map(workers),
            ..self
        }
    }

    /// The file of the transactions that a rollback left behind.
    #[must_use]
    pub fn left_behind(&self, run: RunNumber) -> PathBuf {
        self.folder.join("left-behind").join(format!("run-{run}.binlog"))
    }

    /// The check with that name, if the configuration still has it.
    #[must_use]
    pub fn check(&self, name: &CheckName) -> Option<&Arc<dyn Check>> {
        self.checks.iter().find(|it| it.name() == name)
    }

    /// The site as the world shows it, for adoption. Only reads.
    pub async fn look_around(&self) -> Result<World, Fault> {
        let balance = self.traffic.balance().await?;
        let found = ByColor { blue: self.found(Color::Blue).await?, green: self.found(Color::Green).await? };
        let sole = balance.weights.sole();
        let live = sole.filter(|it| !balance.members.get(*it).is_empty());
        Ok(World { live, is_shared: sole.is_none(), found })
    }

    async fn found(&self, color: Color) -> Result<Found, Fault> {
        let machines: Vec<Machine> = self.fleet.machines(color).await?;
        let running = self.delivery.running(&machines).await?;
        let first = running.first().and_then(|it| it.release.clone());
        let release = first.filter(|it| running.iter().all(|other| other.release.as_ref() == Some(it)));
        Ok(Found { machines, release })
    }
}
