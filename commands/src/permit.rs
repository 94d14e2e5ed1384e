//! Who may: nothing is decided without a permit.

use events::actor::Actor;

use crate::order::Order;
use crate::refusal::Refusal;

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

/// Gives leave: people at the console of this machine own the bot's files and may do everything; the schedule may
/// decommission, the bot itself may adopt, and neither anything else.
pub fn permit(actor: &Actor, order: &Order) -> Result<Permit, Refusal> {
    let is_allowed = match order {
        Order::Decommission { .. } => true,
        Order::Deploy(_)
        | Order::Cutover(_)
        | Order::Rollback { .. }
        | Order::Keep(_)
        | Order::Abort { .. }
        | Order::Retry
        | Order::Skip { .. }
        | Order::Lock { .. }
        | Order::Unlock => !actor.is_system(),
        // The bot looks at a site that it meets for the first time; that changes nothing.
        Order::Adopt => !actor.is_system() || *actor == Actor::system("bot"),
    };
    if is_allowed { Ok(Permit { actor: actor.clone(), verb: order.verb() }) } else { Err(Refusal::NotAllowed) }
}
