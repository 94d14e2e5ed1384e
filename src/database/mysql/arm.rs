//! The ring: the primary replicates from the other color too, so that whichever is opened, the other one follows.

use std::time::Duration;

use events::color::Color;
use events::fault::Fault;

use super::channel::{self, Channel};
use super::dialect::Source;
use super::errant;
use super::session::{Session, number, text};
use super::settings::Settings;
use crate::clock::Clock;

/// How often a channel that was just started is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long the other server may take to have what the primary has.
const FOLLOW_LIMIT: Duration = Duration::from_secs(5);
/// How long it may take to connect and run; a source that refuses says so sooner.
const START_LIMIT: Duration = Duration::from_secs(10);

/// `primary` replicates from the other color too, and both channels run.
pub(super) async fn arm(settings: &Settings, clock: &dyn Clock, primary: Color) -> Result<(), Fault> {
    let (mut own, mut other) = both(settings, primary).await?;
    let armed = arm_by(settings, clock, &mut own, &mut other).await;
    tokio::join!(own.close(), other.close());
    armed
}

async fn arm_by(settings: &Settings, clock: &dyn Clock, own: &mut Session, other: &mut Session) -> Result<(), Fault> {
    let follower = channel::only(other).await?;
    if !is_running_from(follower.as_ref(), &identity(own).await?) {
        return Err(not_following(other.color, own.color, follower.as_ref()));
    }
    // Before anything else: from here on no restart may bring a second writer.
    for session in [&mut *own, &mut *other] {
        let bear_frozen = session.dialect().bear_frozen();
        if !bear_frozen.is_empty() {
            session.rows(bear_frozen).await?;
        }
    }
    let source = identity(other).await?;
    match channel::only(own).await? {
        Some(it) if it.source_identity == source && it.is_running() => return Ok(()),
        Some(it) if !is_of(settings, &it, other.color) => {
            return Err(Fault::drift(format!(
                "the database of {} replicates {}, which is not {}: STOP REPLICA and RESET REPLICA ALL there, unless \
                 somebody needs it",
                own.color,
                it.note(),
                other.color
            )));
        }
        Some(_) => own.rows(own.dialect().stop_replica()).await?,
        None => Vec::new(),
    };
    let started = match point(settings, clock, own, other).await {
        Ok(()) => start(clock, own, &source).await,
        Err(fault) => Err(fault),
    };
    if started.is_err() {
        forget(own).await?;
    }
    started
}

/// Points `own` at the other server, from where that stands now: it has nothing that `own` lacks.
async fn point(settings: &Settings, clock: &dyn Clock, own: &mut Session, other: &mut Session) -> Result<(), Fault> {
    let (_, theirs) = other.position().await?;
    let ours = errant::settled(own, &theirs, clock).await?;
    let (errant, count) = theirs.without(&ours);
    if count > 0 {
        return Err(Fault::drift(format!(
            "the database of {} has {count} transactions that {} lacks ({}): they would come back to users' data",
            other.color,
            own.color,
            super::shortened(&errant.to_string())
        )));
    }
    let server = settings.server(other.color);
    let replication = &settings.replication;
    let password = replication.password.resolve().map_err(|error| Fault::lasting(error.to_string()))?;
    let source = Source {
        host: server.replication_host.as_ref().unwrap_or(&server.host).as_str(),
        port: server.replication_port.unwrap_or(server.port),
        user: replication.user.as_str(),
        password: password.expose(),
        ca: replication.ca.as_deref().filter(|_| replication.tls),
    };
    own.rows(&own.dialect().point(&source)).await?;
    // A source that has not heard yet of what its replica begins after sends it away for good.
    let row = own.row(own.dialect().begins()).await?;
    let begins = own.gtids(&row, "gtids")?;
    let wait = other.dialect().wait(&begins, FOLLOW_LIMIT.as_secs_f64());
    match other.results(&wait, FOLLOW_LIMIT + other.limit()).await {
        Ok(results) if results.first().and_then(|it| it.first()).and_then(|it| number(it, "waited")) == Some(0) => {
            Ok(())
        }
        Ok(_) => Err(Fault::passing(format!("the database of {} does not keep up with {}", other.color, own.color))),
        Err(trouble) => Err(trouble.fault(other.color)),
    }
}

async fn start(clock: &dyn Clock, own: &mut Session, source: &str) -> Result<(), Fault> {
    own.rows(own.dialect().start_replica()).await?;
    let began = clock.elapsed();
    loop {
        let channel = channel::only(own).await?;
        if is_running_from(channel.as_ref(), source) {
            return Ok(());
        }
        let has_failed = channel.as_ref().is_some_and(|it| !it.error.is_empty());
        if has_failed || clock.elapsed().saturating_sub(began) > START_LIMIT {
            let note = channel.map_or_else(|| "it replicates from nobody".to_owned(), |it| it.note());
            return Err(Fault::lasting(format!(
                "the database of {} could not replicate back ({note}): see to the replication account, its privileges \
                 and the network between the servers",
                own.color
            )));
        }
        clock.pause(LOOK_EVERY).await;
    }
}

/// `primary` replicates from nobody.
pub(super) async fn disarm(settings: &Settings, primary: Color) -> Result<(), Fault> {
    let mut own = Session::open(settings, primary).await?;
    let channel = channel::only(&mut own).await?;
    if channel.as_ref().is_some_and(|it| !is_of(settings, it, primary.other())) {
        return Err(Fault::drift(format!(
            "the database of {primary} replicates from a server that is not {}: it is left alone",
            primary.other()
        )));
    }
    if channel.is_some() {
        forget(&mut own).await?;
    }
    let bear_open = own.dialect().bear_open();
    if !bear_open.is_empty() {
        own.rows(bear_open).await?;
    }
    own.close().await;
    Ok(())
}

async fn forget(own: &mut Session) -> Result<(), Fault> {
    own.rows(own.dialect().stop_replica()).await?;
    own.rows(own.dialect().forget_source()).await?;
    Ok(())
}

async fn both(settings: &Settings, primary: Color) -> Result<(Session, Session), Fault> {
    let (own, other) = tokio::join!(Session::open(settings, primary), Session::open(settings, primary.other()));
    Ok((own?, other?))
}

/// What tells this server from every other one.
async fn identity(session: &mut Session) -> Result<String, Fault> {
    let row = session.row(session.dialect().variables()).await?;
    text(&row, "identity").ok_or_else(|| session.unread("identity"))
}

fn is_running_from(channel: Option<&Channel>, identity: &str) -> bool {
    channel.is_some_and(|it| it.is_running() && it.source_identity == identity)
}

/// Whether this channel comes from `color`, as its address says; one that never connected knows no identity.
pub(super) fn is_of(settings: &Settings, channel: &Channel, color: Color) -> bool {
    let server = settings.server(color);
    let host = server.replication_host.as_ref().unwrap_or(&server.host).as_str();
    channel.source == format!("{host}:{}", server.replication_port.unwrap_or(server.port))
}

fn not_following(idle: Color, primary: Color, channel: Option<&Channel>) -> Fault {
    let note = channel.map_or_else(|| "it replicates from nobody".to_owned(), Channel::note);
    Fault::lasting(format!("the database of {idle} does not follow {primary} ({note}): mend that first"))
}
