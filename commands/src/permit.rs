//! Who may: nothing is decided without a permit.

use events::actor::Actor;
use events::name::SiteName;

use crate::order::Order;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::speaker::Speaker;

/// Leave to have one kind of order decided; made by [`permit`] and by nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Permit {
    actor: Actor,
    verb: &'static str,
}

impl Permit {
    /// Who asked.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether this is leave for that order.
    #[must_use]
    pub fn covers(&self, order: &Order) -> bool {
        self.verb == order.verb()
    }
}

/// Gives leave where the policy does. Otherwise the refusal names the roles that may, so that somebody can be asked.
pub fn permit(policy: &Policy, speaker: &Speaker, site: &SiteName, order: &Order) -> Result<Permit, Refusal> {
    let verb = order.verb();
    if policy.verbs(speaker, site).contains(verb) {
        Ok(Permit { actor: speaker.actor.clone(), verb })
    } else {
        Err(Refusal::NotAllowed { verb, roles: policy.roles_for(verb, site).cloned().collect() })
    }
}
