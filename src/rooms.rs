//! From a site's configuration to its room: the providers it chose, running.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use crate::config::{Config, SiteConfig};
use crate::engine::Room;
use crate::ports::{Check, Delivery, Fleet, Traffic};
use crate::{check, delivery, fleet, traffic};

/// The site's room. Processes of ours that outlive the bot (balancer, supervisor) are started if they do not run.
pub async fn furnish(
    config: &Config,
    site: &SiteConfig,
    program: &Path,
    client: &reqwest::Client,
) -> anyhow::Result<Room> {
    let name = site.name();
    let folder = config.folder_of(site);
    std::fs::create_dir_all(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
    let traffic: Arc<dyn Traffic> = traffic::furnish(&site.traffic, &folder, program).await?;
    let fleet: Arc<dyn Fleet> = fleet::furnish(&site.fleet, &folder, program).await?;
    let delivery: Arc<dyn Delivery> = delivery::furnish(&site.delivery, &folder, program)?;
    let checks: Result<Vec<Arc<dyn Check>>, _> =
        site.checks.iter().map(|it| check::furnish(it.get_ref(), client)).collect();
    Ok(Room { name, terms: site.terms(), traffic, fleet, delivery, checks: checks? })
}
