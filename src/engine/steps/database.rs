//! Steps at the databases that are asked for and looked at like any other; what crosses has a room of its own.

use events::fault::Fault;
use events::intent::{DatabaseIntent, Image, Primary};

use crate::engine::databases;
use crate::engine::room::Room;
use crate::ports::EffectKey;

pub(super) async fn image(room: &Room, intent: &DatabaseIntent) -> Result<Image, Fault> {
    let database = databases::of(room)?;
    let stands = databases::both(database.as_ref()).await?;
    match intent {
        DatabaseIntent::Arm { .. } | DatabaseIntent::Disarm { .. } => Ok(Image::Servers(stands.servers())),
        DatabaseIntent::Cross { .. } | DatabaseIntent::Return { .. } => {
            let weights = room.traffic.balance().await?.weights;
            Ok(Image::Crossing { servers: stands.servers(), weights })
        }
    }
}

/// Whether what an image shows to be reached is whole: whoever armed the ring may have died over it, and its channel does not run.
pub(super) async fn is_whole(room: &Room, intent: &DatabaseIntent) -> Result<bool, Fault> {
    match intent {
        DatabaseIntent::Arm { .. } => {
            let database = databases::of(room)?;
            Ok(databases::both(database.as_ref()).await?.are_armed().is_ok())
        }
        DatabaseIntent::Disarm { .. } | DatabaseIntent::Cross { .. } | DatabaseIntent::Return { .. } => Ok(true),
    }
}

/// A crossing begins where one takes writes, and nowhere else.
pub(super) fn can_begin(intent: &DatabaseIntent, before: &Image) -> Result<(), Fault> {
    match (intent, before) {
        (DatabaseIntent::Cross { to, .. }, Image::Crossing { servers, .. })
            if Primary::of(servers) != Primary::One(to.other()) =>
        {
            Err(Fault::passing(format!("the database of {} does not take writes, or not alone", to.other())))
        }
        (
            DatabaseIntent::Arm { .. }
            | DatabaseIntent::Disarm { .. }
            | DatabaseIntent::Cross { .. }
            | DatabaseIntent::Return { .. },
            _,
        ) => Ok(()),
    }
}

pub(super) async fn ask(room: &Room, intent: &DatabaseIntent, key: &EffectKey) -> Result<(), Fault> {
    let database = databases::of(room)?;
    match intent {
        DatabaseIntent::Arm { primary } => database.arm(*primary, key).await,
        DatabaseIntent::Disarm { primary } => database.disarm(*primary, key).await,
        DatabaseIntent::Cross { .. } | DatabaseIntent::Return { .. } => {
            Err(Fault::lasting("a crossing is not asked for, but gone through"))
        }
    }
}
