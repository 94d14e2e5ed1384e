//! No more writes: the one moment that must not wait behind somebody else.

use std::pin::pin;
use std::time::Duration;

use events::color::Color;
use events::fault::Fault;
use mysql_async::Row;

use super::{Sessions, fence, open};
use crate::database::mysql::dialect::{Dialect, quoted};
use crate::database::mysql::seams;
use crate::database::mysql::session::{LOCK_WAIT_TIMEOUT, Session, Trouble, number};

/// The pause between two tries, where a freeze is a try.
const TRY_EVERY: Duration = Duration::from_millis(2);

/// A session beside the one that freezes, on the same server, where a freeze can wait.
pub(super) async fn have_watchdog(sessions: &mut Sessions, color: Color) -> Result<(), Fault> {
    let is_there = sessions.watchdog.as_ref().is_some_and(|it| it.color == color);
    if !is_there && sessions.server(color).dialect() == Dialect::Mysql {
        sessions.watchdog = Some(Session::open(&sessions.settings, color).await?);
    }
    Ok(())
}

pub(super) async fn freeze(sessions: &mut Sessions, color: Color, watchdog: Duration) -> Result<(), Fault> {
    have_watchdog(sessions, color).await?;
    let (is_frozen, has_strangers) = strangers(sessions, color).await?;
    // What is frozen already is frozen as it was: to give up would be to open it.
    let locks_out = has_strangers && !is_frozen;
    // One round trip: freeze, what it had executed by then, and what escapes a freeze.
    let dialect = sessions.server(color).dialect();
    let lock_out = if locks_out { format!("{}; ", dialect.lock_out()) } else { String::new() };
    let statement = format!("{}; {lock_out}{}; XA RECOVER", dialect.freeze(), dialect.position());
    let landed = match dialect {
        Dialect::Mysql => watched(sessions, color, &statement, watchdog).await?,
        Dialect::Mariadb => {
            let tried = tried(sessions, color, &statement, watchdog).await?;
            let own = sessions.server(color);
            match tried {
                Ok(landed) => landed,
                Err(trouble) => {
                    // Frozen, but not for everybody.
                    if locks_out && own.position().await?.0 {
                        open::thaw(own).await?;
                    }
                    return Err(gave_up(color, watchdog, &trouble.fault(color)));
                }
            }
        }
    };
    let own = sessions.server(color);
    let [.., position, prepared] = &landed[..] else { return Err(own.unread("whether it is frozen")) };
    let (is_frozen, gtids) = own.read_position(position.first().ok_or_else(|| own.unread("frozen"))?)?;
    if !is_frozen {
        return Err(Fault::lasting(format!("the database of {color} says that it is still open after it was frozen")));
    }
    if !prepared.is_empty() {
        open::thaw(own).await?;
        return Err(Fault::lasting(format!(
            "the database of {color} has {} prepared XA transactions, which could be committed in spite of the freeze: XA \
             COMMIT or XA ROLLBACK each (XA RECOVER shows them)",
            prepared.len()
        )));
    }
    sessions.frozen = Some((color, gtids));
    Ok(())
}

/// The freeze of a dead session holds, and the lock beside it went with that session.
pub(super) async fn keep_frozen(sessions: &mut Sessions, color: Color, patience: Duration) -> Result<(), Fault> {
    let (_, has_strangers) = strangers(sessions, color).await?;
    if !has_strangers || !seams::locks_anew() {
        return Ok(());
    }
    let statement = sessions.server(color).dialect().lock_out();
    tried(sessions, color, statement, patience).await?.map(drop).map_err(|trouble| {
        Fault::passing(format!(
            "administrators could not be locked out of the database of {color} within {} ms, and nobody is let in anywhere \
             before ({}): one of them writes to it although it is read-only; SHOW PROCESSLIST shows it, end it by KILL",
            patience.as_millis(),
            trouble.fault(color)
        ))
    })
}

/// Whether it is frozen, and whether somebody is there who might write to it all the same.
async fn strangers(sessions: &mut Sessions, color: Color) -> Result<(bool, bool), Fault> {
    let asked = sessions.server(color).dialect().strangers();
    if asked.is_empty() || !seams::looks_for_strangers() {
        return Ok((false, false));
    }
    let settings = &sessions.settings;
    let known = settings.application.iter().chain([&settings.replication.user]);
    let known: Vec<String> = known.map(|it| quoted(it.as_str())).collect();
    let asked = asked.replace("{known}", &known.join(", "));
    let row = sessions.server(color).row(&asked).await?;
    Ok((number(&row, "frozen") != Some(0), number(&row, "strangers") != Some(0)))
}

/// A freeze that waits behind a running write makes every other writer wait too: it is ended from beside.
async fn watched(
    sessions: &mut Sessions,
    color: Color,
    statement: &str,
    watchdog: Duration,
) -> Result<Vec<Vec<Row>>, Fault> {
    let clock = std::sync::Arc::clone(&sessions.clock);
    let Some(beside) = sessions.watchdog.as_mut() else {
        return Err(Fault::lasting("nobody would end a freeze that waits: it was not begun"));
    };
    let own = sessions.servers.get_mut(color);
    let (id, limit) = (own.id, own.limit());
    let outcome = {
        let mut freezing = pin!(own.results(statement, watchdog + limit));
        tokio::select! {
            biased;
            outcome = &mut freezing => outcome,
            () = clock.pause(watchdog), if seams::watches() => {
                fence::kill(beside, &format!("KILL QUERY {id}")).await?;
                freezing.await
            }
        }
    };
    match outcome {
        Ok(landed) => Ok(landed),
        Err(trouble @ Trouble::Refused { .. }) => {
            // It may have landed just before it was ended.
            if own.position().await?.0 {
                open::thaw(own).await?;
            }
            Err(gave_up(color, watchdog, &trouble.fault(color)))
        }
        Err(trouble) => Err(trouble.fault(color)),
    }
}

/// A session with no patience for locks succeeds or fails at once, and makes nobody wait; gives what was in the way to the end.
async fn tried(
    sessions: &mut Sessions,
    color: Color,
    statement: &str,
    watchdog: Duration,
) -> Result<Result<Vec<Vec<Row>>, Trouble>, Fault> {
    let clock = std::sync::Arc::clone(&sessions.clock);
    let own = sessions.server(color);
    let began = clock.elapsed();
    loop {
        match own.results(statement, own.limit()).await {
            Ok(landed) => return Ok(Ok(landed)),
            Err(trouble @ Trouble::Refused { code: LOCK_WAIT_TIMEOUT, .. }) => {
                if clock.elapsed().saturating_sub(began) > watchdog {
                    return Ok(Err(trouble));
                }
                clock.pause(TRY_EVERY).await;
            }
            Err(trouble) => return Err(trouble.fault(color)),
        }
    }
}

fn gave_up(color: Color, watchdog: Duration, fault: &Fault) -> Fault {
    Fault::passing(format!(
        "the database of {color} could not be frozen within {} ms and takes writes as before ({}): a write that runs, or \
         LOCK TABLES, is in the way; SHOW PROCESSLIST shows it",
        watchdog.as_millis(),
        fault.text
    ))
}
