//! `changeover adopt SITE`: take a site over as the world shows it.

use std::process::ExitCode;

use events::name::SiteName;

use super::output::Format;
use super::place::Place;
use super::say::{Manner, say};
use crate::clock::SystemClock;
use crate::console::client::delivery_id;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site, as SERVICE/STAGE.
    site: SiteName,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let socket = args.place.socket()?;
    let id = delivery_id(&SystemClock::new());
    let manner = Manner { follow: false, is_sure: false, format: Format::Text };
    super::block_on(async { say(&socket, format!("adopt {}", args.site), id, manner).await })
}
