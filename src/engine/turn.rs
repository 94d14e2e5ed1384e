//! An order that has waited for its turn is decided as if whoever gave it said it now: leave, release and plan are those of
//! now.

use commands::decide::{queued, turn};
use commands::order::Order;
use commands::pinned::Pinned;
use commands::refusal::Refusal;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::envelope::Stream;
use events::fact::Event;
use events::fold::{Queued, Site};

use super::orders::{Delivered, Orders};
use super::room::Room;
use super::seams::{decide, permit_again};
use crate::ports::AppendError;

impl Orders {
    /// Decides the order at the head of the queue, on the site as it is. It leaves the queue in the same breath, whatever
    /// comes of it: it has one turn, and what was refused never begins later by itself.
    pub async fn from_queue(&self, room: &Room, site: &Site) -> Result<(), AppendError> {
        let Some(head) = site.due() else { return Ok(()) };
        let decided = match queued(head, &room.name) {
            Some(order) => self.decide_turn(room, site, head, order).await,
            None => Err(Refusal::NothingQueued),
        };
        // A refusal is nobody's word.
        let actor = if decided.is_ok() { head.owner.clone() } else { Actor::system("queue") };
        let id = format!("{}/queue/{}", room.name, head.ticket);
        let _turn = self.book.turn(&Stream(room.name.to_string())).await;
        self.record(room, site, &actor, &id, &turn(head.ticket, decided)).await.map(drop)
    }

    async fn decide_turn(&self, room: &Room, site: &Site, head: &Queued, order: Order) -> Result<Vec<Event>, Refusal> {
        let speaker = Speaker { actor: head.owner.clone(), groups: head.groups.clone() };
        let permit = permit_again(&self.policy, &speaker, &room.name, &order)?;
        let delivered = Delivered { speaker, id: String::new(), order, shown: None, place: head.place.clone() };
        let pinned = Pinned { brings: head.brings.clone(), ..self.pin(room, &delivered).await? };
        decide(site, &delivered.order, &permit, &pinned, self.clock.now())
    }
}
