//! Steps at the fleet.

use events::fault::Fault;
use events::intent::{FleetIntent, Image};
use events::name::MachineId;

use super::machines;
use crate::engine::room::Room;
use crate::ports::EffectKey;

pub(super) async fn image(room: &Room, intent: &FleetIntent) -> Result<Image, Fault> {
    let (FleetIntent::GrowTo { color, .. } | FleetIntent::ReduceTo { color, .. }) = intent;
    Ok(Image::Machines(machines(room, *color).await?))
}

pub(super) async fn ask(room: &Room, intent: &FleetIntent, key: &EffectKey) -> Result<(), Fault> {
    match intent {
        FleetIntent::GrowTo { color, count } => room.fleet.grow_to(*color, *count, key).await,
        FleetIntent::ReduceTo { color, keep } => {
            let keep: Vec<MachineId> = keep.iter().map(|it| it.id.clone()).collect();
            room.fleet.reduce_to(*color, &keep, key).await
        }
    }
}
