//! Who may: nothing is decided without a permit.

use std::collections::{BTreeMap, BTreeSet};

use events::actor::Actor;
use events::name::{RoleName, SiteName};

use crate::order::Order;
use crate::policy::{Policy, Verbs};
use crate::refusal::Refusal;
use crate::speaker::Speaker;

/// Leave to have one kind of order decided; made by [`permit`] and by nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Permit {
    actor: Actor,
    verb: &'static str,
    site: SiteName,
    /// Every verb that who asked may say there.
    verbs: BTreeSet<&'static str>,
    /// By verb, who may say it there.
    others: BTreeMap<&'static str, Vec<RoleName>>,
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

    /// Where.
    #[must_use]
    pub fn site(&self) -> &SiteName {
        &self.site
    }

    /// Whether who asked may say that verb there, too.
    pub fn allows(&self, verb: &'static str) -> Result<(), Refusal> {
        if self.verbs.contains(verb) {
            return Ok(());
        }
        Err(Refusal::NotAllowed { verb, roles: self.others.get(verb).cloned().unwrap_or_default() })
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
    let others = |verb| policy.roles_for(verb, site).cloned().collect();
    let permit = Permit {
        actor: speaker.actor.clone(),
        verb,
        site: site.clone(),
        verbs: policy.verbs(speaker, site),
        others: Verbs::all().iter().map(|verb| (verb, others(verb))).collect(),
        roles: policy.roles_of(speaker, site).map(|it| it.name.clone()).collect(),
        emergency: policy.emergency(speaker, site),
    };
    // What one has said is one's own to confirm, and to take out of the queue; what that is, is known when it is decided.
    let is_own = matches!(order, Order::Confirm { .. } | Order::Unqueue { .. }) && !speaker.actor.is_system();
    if is_own { Ok(permit) } else { permit.allows(verb).map(|()| permit) }
}
