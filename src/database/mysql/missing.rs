//! What one server has and the other lacks: what users would lose, and a file from which people can put it back.

use std::path::Path;

use events::color::Color;
use events::fault::Fault;

use super::gtid::Gtids;
use super::session::Session;
use super::settings::Settings;
use super::{export, shortened};
use crate::ports::Loss;

pub(super) async fn missing(settings: &Settings, from: Color) -> Result<Loss, Fault> {
    let (lacking, count) = lacking(settings, from).await?.1;
    Ok(Loss { count, what: shortened(&lacking.to_string()) })
}

/// Writes what is missing to `file`; gives how many transactions those are.
pub(super) async fn export(settings: &Settings, from: Color, file: &Path) -> Result<u64, Fault> {
    let (theirs, (_, count)) = lacking(settings, from).await?;
    if count > 0 {
        export::write(settings, from, &theirs, file).await?;
    }
    Ok(count)
}

/// What the other color has, and what of `from` it lacks.
async fn lacking(settings: &Settings, from: Color) -> Result<(Gtids, (Gtids, u64)), Fault> {
    let mut own = Session::open(settings, from).await?;
    let ours = own.position().await?.1;
    own.close().await;
    // Read afterwards: what arrived in between is not missing.
    let mut other = Session::open(settings, from.other()).await?;
    let theirs = other.position().await?.1;
    other.close().await;
    let lacking = ours.without(&theirs);
    Ok((theirs, lacking))
}
