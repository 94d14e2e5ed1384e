//! Both are equal; one is opened.

use std::time::Duration;

use events::color::{ByColor, Color};
use events::fault::Fault;

use super::Sessions;
use crate::database::mysql::gtid::Gtids;
use crate::database::mysql::seams;
use crate::database::mysql::session::{Session, number};
use crate::database::mysql::shortened;
use crate::ports::Positions;

/// Lets in whom a freeze locked out; a session that locked nobody out does nothing by it.
const UNLOCK: &str = "UNLOCK TABLES";
/// How often the frozen server may turn out to have moved: what escapes a freeze is rare, and not waited out.
const ATTEMPTS: u32 = 2;

/// The other server has applied all of `from`, and both have executed exactly the same.
pub(super) async fn catch_up(sessions: &mut Sessions, from: Color, budget: Duration) -> Result<Positions, Fault> {
    let mut wanted = match sessions.frozen.take() {
        Some((color, gtids)) if color == from => gtids,
        Some(_) | None => sessions.server(from).position().await?.1,
    };
    for _ in 0..ATTEMPTS {
        let (own, other) = sessions.pair(from);
        let ((is_frozen, here), there) = {
            // Side by side: what `from` says is read after it was frozen, and that is what counts.
            let (here, there) = tokio::join!(own.position(), follow(other, &wanted, budget));
            (here?, there?)
        };
        if !is_frozen {
            return Err(Fault::drift(format!(
                "the database of {from} is open: somebody opened it after it was frozen"
            )));
        }
        let Some(there) = there else {
            return Err(Fault::passing(format!(
                "the database of {} had not applied everything of {from} after {} ms: look at its appliers (SHOW REPLICA \
                 STATUS), and cross again when it keeps up",
                from.other(),
                budget.as_millis()
            )));
        };
        if seams::same(here == there && here == wanted) {
            return Ok(positions(from, &here, &there));
        }
        if here == wanted {
            return Err(differ(from, &here, &there));
        }
        wanted = here;
    }
    Err(Fault::passing(format!(
        "the database of {from} goes on executing transactions while it is frozen: find out whose they are (an \
         administrator's, or a prepared XA transaction)"
    )))
}

/// What the follower has executed once it has applied `wanted`; none if time ran out.
async fn follow(session: &mut Session, wanted: &Gtids, budget: Duration) -> Result<Option<Gtids>, Fault> {
    let dialect = session.dialect();
    let statement = format!("{}; {}", dialect.wait(wanted, budget.as_secs_f64()), dialect.position());
    let limit = budget + session.limit();
    let results = session.results(&statement, limit).await.map_err(|trouble| trouble.fault(session.color))?;
    let [waited, position] = &results[..] else { return Err(session.unread("what it has executed")) };
    // A wait that ended is not a wait that was fulfilled.
    if !seams::is_applied(waited.first().and_then(|row| number(row, "waited")) == Some(0)) {
        return Ok(None);
    }
    let row = position.first().ok_or_else(|| session.unread("what it has executed"))?;
    Ok(Some(session.read_position(row)?.1))
}

fn positions(from: Color, here: &Gtids, there: &Gtids) -> Positions {
    Positions(ByColor::from_fn(|color| if color == from { here.to_string() } else { there.to_string() }))
}

fn differ(from: Color, here: &Gtids, there: &Gtids) -> Fault {
    let (lacking, lacks) = here.without(there);
    let (errant, extra) = there.without(here);
    let to = from.other();
    Fault::drift(format!(
        "the databases differ: {to} lacks {lacks} transactions of {from} ({}), and has {extra} that {from} never had ({}): \
         find out who wrote there",
        shortened(&lacking.to_string()),
        shortened(&errant.to_string())
    ))
}

/// `to` takes writes, and the other one does not.
pub(super) async fn open(sessions: &mut Sessions, to: Color) -> Result<(), Fault> {
    let (own, other) = sessions.pair(to);
    let (is_frozen, _) = other.position().await?;
    if !seams::is_still_frozen(is_frozen) {
        return Err(Fault::drift(format!(
            "the database of {} is open, so that of {to} was not opened: there would be two writers",
            to.other()
        )));
    }
    thaw(own).await?;
    // From here on it follows, and whoever was locked out there is not any more.
    other.rows(UNLOCK).await.map(drop)
}

/// `from` takes writes again.
pub(super) async fn reopen(sessions: &mut Sessions, from: Color) -> Result<(), Fault> {
    sessions.frozen = None;
    thaw(sessions.server(from)).await
}

/// Opens a server, and reads back that it is.
pub(super) async fn thaw(session: &mut Session) -> Result<(), Fault> {
    let dialect = session.dialect();
    let row = session.row(&format!("{UNLOCK}; {}; {}", dialect.open(), dialect.position())).await?;
    let (is_frozen, _) = session.read_position(&row)?;
    if is_frozen {
        return Err(Fault::lasting(format!(
            "the database of {} says that it is still frozen after it was opened",
            session.color
        )));
    }
    Ok(())
}
