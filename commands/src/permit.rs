//! Who may: nothing is decided without a permit.

use std::collections::BTreeSet;

use events::actor::Actor;
use events::name::{RoleName, SiteName};

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
    roles: BTreeSet<RoleName>,
    emergency: Option<RoleName>,
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

    /// Whether who asked is that to the site.
    #[must_use]
    pub fn has(&self, role: &RoleName) -> bool {
        self.roles.contains(role)
    }

    /// By what who asked may do without what others wait for, if they may.
    #[must_use]
    pub fn emergency(&self) -> Option<&RoleName> {
        self.emergency.as_ref()
    }
}

/// Gives leave where the policy does. Otherwise the refusal names the roles that may, so that somebody can be asked.
pub fn permit(policy: &Policy, speaker: &Speaker, site: &SiteName, order: &Order) -> Result<Permit, Refusal> {
    let verb = order.verb();
    if !policy.verbs(speaker, site).contains(verb) {
        return Err(Refusal::NotAllowed { verb, roles: policy.roles_for(verb, site).cloned().collect() });
    }
    Ok(Permit {
        actor: speaker.actor.clone(),
        verb,
        roles: policy.roles_of(speaker, site).map(|it| it.name.clone()).collect(),
        emergency: policy.emergency(speaker, site),
    })
}
