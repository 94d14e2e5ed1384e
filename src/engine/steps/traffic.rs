//! Steps at the balancer.

use events::fault::Fault;
use events::intent::traffic::as_members;
use events::intent::{Image, TrafficIntent};

use super::machines;
use crate::engine::room::Room;
use crate::ports::EffectKey;

pub(super) async fn image(room: &Room, intent: &TrafficIntent) -> Result<Image, Fault> {
    let balance = room.traffic.balance().await?;
    match intent {
        TrafficIntent::Share { .. } => Ok(Image::Weights(balance.weights)),
        TrafficIntent::Attach { color } | TrafficIntent::Members { color, .. } => {
            let members = balance.members.get(*color).iter().map(|it| it.member.clone()).collect();
            Ok(Image::Members { members, machines: machines(room, *color).await? })
        }
    }
}

pub(super) async fn ask(room: &Room, intent: &TrafficIntent, key: &EffectKey) -> Result<(), Fault> {
    match intent {
        TrafficIntent::Share { weights } => room.traffic.set_weights(*weights, key).await,
        TrafficIntent::Members { color, members } => room.traffic.set_members(*color, members.clone(), key).await,
        TrafficIntent::Attach { color } => {
            let machines = machines(room, *color).await?;
            if machines.is_empty() {
                return Err(Fault::lasting(format!("{color} has no machine to attach")));
            }
            room.traffic.set_members(*color, as_members(&machines), key).await
        }
    }
}
