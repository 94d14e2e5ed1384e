//! The seam to `permit`: who may.

use commands::order::Order;
use commands::permit::Permit;
use commands::refusal::Refusal;
use events::actor::Actor;

use super::{Mistake, is};

/// Gives leave, as `permit` does but for the mistake.
pub fn permit(actor: &Actor, order: &Order) -> Result<Permit, Refusal> {
    if is(Mistake::ScheduleMayEverything) && actor.is_system() {
        return commands::permit::permit(&Actor::console(0), order);
    }
    commands::permit::permit(actor, order)
}
