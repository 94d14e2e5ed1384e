//! The seam to `permit`: who may.

use commands::order::Order;
use commands::permit::Permit;
use commands::policy::Policy;
use commands::refusal::Refusal;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::name::SiteName;

use super::{Mistake, is};

/// Gives leave to what has waited for its turn, as `permit` does but for the mistake.
pub fn permit_again(policy: &Policy, speaker: &Speaker, site: &SiteName, order: &Order) -> Result<Permit, Refusal> {
    let leave = permit(policy, speaker, site, order);
    if is(Mistake::QueuedLeaveKept) && leave.is_err() {
        return commands::permit::permit(&Policy::default(), &Speaker::alone(Actor::console(0)), site, order);
    }
    leave
}

/// Gives leave, as `permit` does but for the mistake.
pub fn permit(policy: &Policy, speaker: &Speaker, site: &SiteName, order: &Order) -> Result<Permit, Refusal> {
    if is(Mistake::ScheduleMayEverything) && speaker.actor.is_system()
        || is(Mistake::RolesIgnored) && !speaker.actor.is_system()
    {
        return commands::permit::permit(&Policy::default(), &Speaker::alone(Actor::console(0)), site, order);
    }
    commands::permit::permit(policy, speaker, site, order)
}
