//! How each server stands, read from connections of its own.

use events::color::{ByColor, Color};
use events::fault::Fault;
use mysql_async::Row;

use super::gtid::Gtids;
use super::session::{Session, text};
use super::settings::Settings;
use super::{channel, errant, shortened};
use crate::clock::Clock;
use crate::ports::{Channel, ServerStanding};

/// One server, before it is held against the other.
struct Seen {
    session: Session,
    standing: ServerStanding,
    gtids: Gtids,
}

/// How both stand. What one is ahead of the other is told where both could be read.
pub(super) async fn standing(settings: &Settings, clock: &dyn Clock) -> ByColor<Result<ServerStanding, Fault>> {
    let (blue, green) = tokio::join!(look(settings, Color::Blue), look(settings, Color::Green));
    let (mut blue, mut green) = match (blue, green) {
        (Ok(blue), Ok(green)) => (blue, green),
        (blue, green) => return ByColor { blue: blue.map(|it| it.standing), green: green.map(|it| it.standing) },
    };
    // Read once more: what the other one had by then, it was not ahead of.
    let (blue_now, green_now) = tokio::join!(
        executed(&mut blue.session, &green.gtids, green.standing.is_open, clock),
        executed(&mut green.session, &blue.gtids, blue.standing.is_open, clock),
    );
    blue.standing.ahead = green_now.ok().map(|now| blue.gtids.without(&now).1);
    green.standing.ahead = blue_now.ok().map(|now| green.gtids.without(&now).1);
    tokio::join!(blue.session.close(), green.session.close());
    ByColor { blue: Ok(blue.standing), green: Ok(green.standing) }
}

/// What a server has executed. Whoever takes writes is ahead of it by rights: that is not waited for, least of all where both do.
async fn executed(session: &mut Session, theirs: &Gtids, are_open: bool, clock: &dyn Clock) -> Result<Gtids, Fault> {
    if are_open {
        return session.position().await.map(|(_, executed)| executed);
    }
    errant::settled(session, theirs, clock).await
}

async fn look(settings: &Settings, color: Color) -> Result<Seen, Fault> {
    let mut session = Session::open(settings, color).await?;
    let (standing, gtids) = look_by(settings, &mut session).await?;
    Ok(Seen { session, standing, gtids })
}

async fn look_by(settings: &Settings, session: &mut Session) -> Result<(ServerStanding, Gtids), Fault> {
    let channel =
        channel::only(session).await?.map(|it| Channel { is_running: it.is_running(), lag: it.lag, note: it.note() });
    let born = session.rows(session.dialect().born()).await?;
    let is_born_frozen = is_born_frozen(&born, settings.server(session.color).starts_read_only);
    let (frozen, gtids) = session.position().await?;
    let standing = ServerStanding {
        is_open: !frozen,
        is_born_frozen,
        channel,
        ahead: None,
        position: shortened(&gtids.to_string()),
        version: session.version.to_string(),
    };
    Ok((standing, gtids))
}

/// Whether a restart brings it back frozen; what people say of its settings counts where it can't say.
pub(super) fn is_born_frozen(rows: &[Row], is_said_to: bool) -> Option<bool> {
    let said = |wanted: &str| {
        rows.iter().find(|row| text(row, "origin").as_deref() == Some(wanted)).and_then(|row| text(row, "value"))
    };
    if let Some(value) = said("persisted").or_else(|| said("settings")) {
        return Some(value.eq_ignore_ascii_case("ON"));
    }
    if said("default").is_some() {
        return Some(false);
    }
    is_said_to.then_some(true)
}
