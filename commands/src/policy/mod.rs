//! Who may do what: roles with members, verbs and sites, as the configuration says.

mod member;
mod role;
mod site;

use std::collections::BTreeSet;

use events::actor::Actor;
use events::name::{RoleName, SiteName};

pub use member::{BadMember, Member};
pub use role::{BadVerb, Role, Verbs};
pub use site::{BadSites, Sites};

use crate::order::Order;
use crate::speaker::Speaker;

/// The roles of one configuration. Without any, the console may say everything, and chat may ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    pub roles: Vec<Role>,
}

impl Policy {
    /// What somebody is to a site. What the platform did not vouch for is in no group, and so in no role of one.
    pub fn roles_of<'a>(&'a self, speaker: &'a Speaker, site: &'a SiteName) -> impl Iterator<Item = &'a Role> {
        self.roles.iter().filter(move |role| role.is_on(site) && role.has(speaker))
    }

    /// The roles that may say a verb at a site.
    pub fn roles_for<'a>(&'a self, verb: &'a str, site: &'a SiteName) -> impl Iterator<Item = &'a RoleName> {
        self.roles.iter().filter(move |role| role.is_on(site) && role.may.contains(verb)).map(|it| &it.name)
    }

    /// The verbs that somebody may say at a site; questions are nobody's privilege.
    #[must_use]
    pub fn verbs(&self, speaker: &Speaker, site: &SiteName) -> BTreeSet<&'static str> {
        if speaker.actor.is_system() {
            return system_verbs(&speaker.actor);
        }
        if self.is_free(speaker) {
            return Verbs::all().iter().collect();
        }
        self.roles_of(speaker, site).flat_map(|role| role.may.iter()).collect()
    }

    /// By what somebody may break the glass; the console, where it is under no roles, as such.
    #[must_use]
    pub fn emergency(&self, speaker: &Speaker, site: &SiteName) -> Option<RoleName> {
        if self.is_free(speaker) {
            return Some(RoleName::fixed("console"));
        }
        self.roles_of(speaker, site).find(|it| it.is_emergency).map(|it| it.name.clone())
    }

    /// Whether somebody needs no role: at the console, whoever reaches the socket has the bot's own files in hand, and
    /// is put under roles only where one names somebody of this machine.
    #[must_use]
    pub fn is_free(&self, speaker: &Speaker) -> bool {
        speaker.actor.is_console() && !self.roles.iter().any(Role::has_console)
    }
}

/// The schedule may decommission, the bot itself may look at a site that it meets, and neither anything else.
fn system_verbs(actor: &Actor) -> BTreeSet<&'static str> {
    let may = [
        (Actor::system("schedule"), Order::Decommission { reason: None }.verb()),
        (Actor::system("bot"), Order::Adopt.verb()),
    ];
    may.into_iter().filter(|(who, _)| who == actor).map(|(_, verb)| verb).collect()
}
