//! Steps that bring a release onto machines.

use events::fault::Fault;
use events::intent::{DeliveryIntent, Image};

use super::machines;
use crate::engine::room::Room;
use crate::ports::{EffectKey, Progress};

pub(super) async fn image(room: &Room, intent: &DeliveryIntent) -> Result<Image, Fault> {
    let (DeliveryIntent::Install { color, .. } | DeliveryIntent::Restore { color, .. }) = intent;
    let machines = machines(room, *color).await?;
    Ok(Image::Releases(room.delivery.running(&machines).await?))
}

pub(super) async fn ask(room: &Room, intent: &DeliveryIntent, key: &EffectKey) -> Result<(), Fault> {
    match intent {
        DeliveryIntent::Install { color, release } => {
            let machines = machines(room, *color).await?;
            if machines.is_empty() {
                return Err(Fault::lasting(format!("{color} has no machine to install {release} on")));
            }
            room.delivery.start(release, &machines, key).await
        }
        DeliveryIntent::Restore { color, releases } => {
            let machines = machines(room, *color).await?;
            let releases: Vec<_> = machines
                .into_iter()
                .filter_map(|machine| {
                    let recorded = releases.iter().find(|it| it.machine == machine.id)?;
                    Some((machine, recorded.release.clone()))
                })
                .collect();
            room.delivery.restore(&releases, key).await
        }
    }
}

pub(super) async fn progress(room: &Room, intent: &DeliveryIntent, key: &EffectKey) -> Result<Progress, Fault> {
    match intent {
        DeliveryIntent::Install { color, release } => {
            let machines = machines(room, *color).await?;
            room.delivery.progress(release, &machines, key).await
        }
        DeliveryIntent::Restore { .. } => Ok(Progress::Away),
    }
}
