//! What is left to be done once the new server takes writes.

use events::color::Color;
use events::fault::Fault;

use super::{Sessions, fence};
use crate::database::mysql::dialect::{named, quoted};
use crate::database::mysql::preflight::survey;
use crate::database::mysql::session::{Session, number, text};
use crate::database::mysql::settings::Settings;

pub(super) async fn clean_up(sessions: &mut Sessions, to: Color) -> Result<(), Fault> {
    let settings = std::sync::Arc::clone(&sessions.settings);
    let (own, other) = sessions.pair(to);
    end_sessions(&settings, other).await?;
    wake_events(own, other).await?;
    // The old one first: never a moment in which a restart of both would make two writers.
    let (own_bears, other_bears) = (own.dialect().bear_open(), other.dialect().bear_frozen());
    for (session, statement) in [(&mut *other, other_bears), (own, own_bears)] {
        if !statement.is_empty() {
            session.rows(statement).await?;
        }
    }
    Ok(())
}

/// Applications that still hold connections to the old server would find out at their next write.
async fn end_sessions(settings: &Settings, old: &mut Session) -> Result<(), Fault> {
    let accounts: Vec<String> = settings.application.iter().map(|it| quoted(it.as_str())).collect();
    let statement =
        format!("SELECT id FROM information_schema.processlist WHERE user IN ({}) LIMIT 10000", accounts.join(", "));
    for row in old.rows(&statement).await? {
        if let Some(id) = number(&row, "id") {
            fence::kill(old, &format!("KILL {id}")).await?;
        }
    }
    Ok(())
}

/// Scheduled events that ran on the old server and slept here, as its copies. There they go to sleep by replication; what
/// somebody had switched off there looks the same here, and stays off.
async fn wake_events(new: &mut Session, old: &mut Session) -> Result<(), Fault> {
    let ran = survey::events(old).await?;
    let statement = format!(
        "SELECT event_schema AS place, event_name AS name, CONCAT(event_schema, '.', event_name) AS whole, \
         definer AS definer, sql_mode AS mode FROM information_schema.events WHERE status = '{}'",
        new.dialect().sleeping_event()
    );
    let mut rows = new.rows(&statement).await?;
    rows.retain(|row| text(row, "whole").is_some_and(|whole| ran.contains(&whole)));
    for row in &rows {
        let said = |column: &str| text(row, column).ok_or_else(|| new.unread(column));
        let (place, name, definer, mode) = (said("place")?, said("name")?, said("definer")?, said("mode")?);
        // Who alters an event becomes its definer, and lends it his mode, unless he says otherwise.
        let (user, host) = definer.rsplit_once('@').unwrap_or((&definer, "%"));
        let wake = format!(
            "SET SESSION sql_mode = {}; ALTER DEFINER = {}@{} EVENT {}.{} ENABLE",
            quoted(&mode),
            named(user),
            named(host),
            named(&place),
            named(&name)
        );
        new.rows(&wake).await?;
    }
    if !rows.is_empty() {
        new.rows(new.dialect().session()).await?;
    }
    Ok(())
}
