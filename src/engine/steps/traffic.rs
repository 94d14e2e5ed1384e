//! Steps at the balancer.

use events::color::Color;
use events::fault::Fault;
use events::intent::traffic::as_members;
use events::intent::{Image, Intent, TrafficIntent};

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

/// Whether users who are sent back meet somebody, and nobody is taken away from those whom somebody else has sent there
/// meanwhile. Where nobody answers them now either, they lose nothing.
pub(in crate::engine) async fn somebody_is_there(room: &Room, way_back: &Intent) -> Result<(), Fault> {
    let Intent::Traffic(way_back) = way_back else { return Ok(()) };
    let balance = room.traffic.balance().await?;
    let is_served = |color: Color| balance.members.get(color).iter().any(|it| it.is_healthy);
    let share = |color: Color| balance.weights.of(color);
    match way_back {
        TrafficIntent::Share { weights } => {
            let loses =
                |color: Color| weights.of(color) > share(color) && !is_served(color) && is_served(color.other());
            let Some(color) = Color::BOTH.into_iter().find(|it| loses(*it)) else { return Ok(()) };
            let why =
                format!("users are answered now, and {color} has nobody healthy at the balancer to send them back to");
            Err(Fault::passing(why))
        }
        // Where only this color has anybody, nobody was served before it came.
        TrafficIntent::Members { color, members }
            if members.is_empty() && share(*color) > 0 && is_served(*color) && is_served(color.other()) =>
        {
            let why = format!("users are answered by {color} now, so it stays at the balancer");
            Err(Fault::passing(why))
        }
        TrafficIntent::Members { .. } | TrafficIntent::Attach { .. } => Ok(()),
    }
}
