//! From a site's configuration to its room: the providers it chose, running.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use crate::clock::Clock;
use crate::config::{Config, SiteConfig};
use crate::delivery::Place;
use crate::engine::Room;
use crate::ports::{Check, Delivery, Fleet, Traffic};
use crate::{check, database, delivery, fleet, traffic, workers};

/// Whether every site could be furnished; asked before anything is started or written.
pub async fn could_be_furnished(config: &Config) -> anyhow::Result<()> {
    for site in &config.sites {
        let could = traffic::could_run(site.traffic.get_ref(), &config.folder_of(site)).await;
        could.with_context(|| config.place_of(&site.traffic))?;
    }
    Ok(())
}

/// The site's room. Processes of ours that outlive the bot (balancer, supervisor) are started if they do not run.
pub async fn furnish(
    config: &Config,
    site: &SiteConfig,
    program: &Path,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Room> {
    let name = site.name();
    let folder = config.folder_of(site);
    std::fs::create_dir_all(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
    // Side by side: each may have a process to start.
    let (traffic, fleet) = tokio::join!(
        traffic::furnish(site.traffic.get_ref(), &folder, program),
        fleet::furnish(site.fleet.get_ref(), &folder, program),
    );
    let traffic: Arc<dyn Traffic> = traffic.with_context(|| config.place_of(&site.traffic))?;
    let fleet: Arc<dyn Fleet> = fleet.with_context(|| config.place_of(&site.fleet))?;
    let slots = fleet::slots(site.fleet.get_ref(), &folder);
    let place = Place { folder: folder.clone(), slots, program: program.to_owned() };
    let delivery: Arc<dyn Delivery> = delivery::furnish(&site.delivery, place, Arc::clone(&clock));
    let checks: Result<Vec<Arc<dyn Check>>, _> = site.checks.iter().map(|it| check::furnish(it.get_ref())).collect();
    let database = site.database.as_ref().map(|it| database::furnish(it.get_ref(), &folder, clock));
    let workers = site.workers.as_ref().map(|it| workers::furnish(it, &folder));
    let room = Room { name, terms: site.terms(), traffic, fleet, delivery, checks: checks?, database, workers, folder };
    #[cfg(feature = "mutants")]
    let room = crate::crash::room(room).mistaken();
    Ok(room)
}

/// The site's room for one look: nothing is started.
pub fn look_in(config: &Config, site: &SiteConfig, clock: Arc<dyn Clock>) -> anyhow::Result<Room> {
    let folder = config.folder_of(site);
    let slots = fleet::slots(site.fleet.get_ref(), &folder);
    let checks: Result<Vec<Arc<dyn Check>>, _> = site.checks.iter().map(|it| check::furnish(it.get_ref())).collect();
    Ok(Room {
        name: site.name(),
        terms: site.terms(),
        traffic: traffic::reach(site.traffic.get_ref(), &folder),
        fleet: fleet::reach(site.fleet.get_ref(), &folder),
        delivery: delivery::furnish(
            &site.delivery,
            Place { folder: folder.clone(), slots, program: PathBuf::new() },
            Arc::clone(&clock),
        ),
        checks: checks?,
        database: site.database.as_ref().map(|it| database::furnish(it.get_ref(), &folder, clock)),
        workers: site.workers.as_ref().map(|it| workers::furnish(it, &folder)),
        folder,
    })
}
