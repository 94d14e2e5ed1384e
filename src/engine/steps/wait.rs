//! Steps that wait; when the time is over, the run goes on.

use events::fact::Outcome;
use events::plan::Until;

use super::Seen;
use crate::engine::room::Room;
use commands::next::Look;

pub(super) async fn look(room: &Room, until: &Until, look: Look) -> Seen {
    match until {
        Until::At { .. } if look.is_late => Seen::reached(Outcome::Plain),
        Until::At { .. } => Seen::Underway,
        Until::Drained { color, .. } => match room.traffic.balance().await {
            Ok(balance) => match *balance.connections.get(*color) {
                left if left == 0 || look.is_late => Seen::reached(Outcome::Drained { left }),
                _ => Seen::Underway,
            },
            // What can't be counted is not known to be zero; the deadline ends the wait all the same.
            Err(_) if look.is_late => Seen::reached(Outcome::Plain),
            Err(_) => Seen::Underway,
        },
    }
}
