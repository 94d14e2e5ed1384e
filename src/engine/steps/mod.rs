//! How each family of steps is looked at and asked for: `image` reads what is there, `ask` asks, once.

mod database;
mod delivery;
mod fleet;
pub(super) mod gate;
pub(super) mod traffic;
mod wait;
mod workers;

use std::time::Duration;

use events::color::{ByColor, Color};
use events::fact::{Answer, Heading, Outcome};
use events::fault::{Fault, FaultKind};
use events::fold::{Ask, Asking, Begun, Run, StepState};
use events::gate::{Criterion, Gate};
use events::intent::{Image, Intent, OnAbort, Server, Standing, WayBack};
use events::number::{Attempt, StepIndex};
use events::plan::Step;
use jiff::Timestamp;

use super::proof::Surroundings;
use super::room::Room;
use super::seams::{somebody_is_there, standing};
use crate::ports::{EffectKey, Progress};
use commands::next::Look;

/// What a look at a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// Nothing worth recording; look again soon.
    Underway,
    /// It was asked for, and accepted.
    Asked,
    /// The world would not, but may yet.
    Faulted(Fault),
    Answered(Answer),
}

impl Seen {
    fn failed(fault: Fault) -> Self {
        Self::Answered(Answer::Failed(fault))
    }

    fn reached(outcome: Outcome) -> Self {
        Self::Answered(Answer::Reached(outcome))
    }

    /// A fault that may pass is met again; another ends the step.
    pub(super) fn fault(fault: Fault) -> Self {
        match fault.kind {
            FaultKind::Passing => Self::Faulted(fault),
            FaultKind::Lasting | FaultKind::Drift | FaultKind::Unknown | FaultKind::Late => Self::failed(fault),
        }
    }
}

/// What is there before a step is begun, and the way back to it. Gates and waits change nothing.
pub(super) async fn survey(room: &Room, run: &Run, step: StepIndex) -> Result<(Option<Image>, WayBack), Fault> {
    match run.plan.step(step) {
        Some(Step::Change { intent, .. }) => {
            let before = image(room, intent, &key(room, run, step)).await?;
            if let Intent::Database(intent) = intent {
                database::can_begin(intent, &before)?;
            }
            let way_back = intent.way_back(&before);
            Ok((Some(before), way_back))
        }
        Some(Step::Gate(_) | Step::Wait(_)) | None => Ok((None, WayBack::Nothing)),
    }
}

/// How long what a guard saw is taken for what is.
const FRESH: Duration = Duration::from_secs(5);

/// What must hold when the world is asked: the guards before a change may have passed long ago, if the bot was down or the
/// run was stuck since, or if one of them waited for long.
pub(super) struct Guard<'a> {
    /// Each with when it was seen to hold, if this bot saw it.
    pub(super) gates: Vec<(&'a Gate, Option<Duration>)>,
    pub(super) surroundings: Surroundings<'a>,
}

impl Guard<'_> {
    /// What was not seen to hold just now is looked at once more.
    pub(in crate::engine) async fn holds(&self, room: &Room) -> Result<(), Fault> {
        for gate in self.old() {
            gate::still_holds(room, gate, &self.surroundings).await?;
        }
        Ok(())
    }

    /// Whether a guard that is looked at once more wants a log that is verified, and a bot that has just started is not
    /// through with it yet. That is no fault of the world, and however long the log is, it passes by itself.
    fn waits_for_log(&self) -> bool {
        let is_proof = |gate: &Gate| matches!(gate.criterion, Criterion::Proof { .. });
        self.old().any(is_proof) && !self.surroundings.is_log_verified
    }

    /// The guards that were not seen to hold just now.
    fn old(&self) -> impl Iterator<Item = &Gate> {
        let now = self.surroundings.clock.elapsed();
        let is_old = move |seen: &Option<Duration>| seen.is_none_or(|it| now.saturating_sub(it) >= FRESH);
        self.gates.iter().filter(move |(_, seen)| is_old(seen)).map(|(gate, _)| *gate)
    }
}

/// Looks at a change that was begun, and asks for it where that may be done.
pub(super) async fn look(room: &Room, run: &Run, intent: &Intent, look: Look, guard: &Guard<'_>) -> Seen {
    let key = key(room, run, look.step);
    match run.state(look.step) {
        Some(StepState::Open { begun, asking }) if look.heading == Heading::Forward => {
            forward(room, intent, begun, asking, look, &key, guard).await
        }
        Some(StepState::Undoing { begun, asking, .. }) if look.heading == Heading::Back => {
            back(room, intent, begun, asking, look, &key).await
        }
        Some(_) | None => Seen::Underway,
    }
}

async fn forward(
    room: &Room,
    intent: &Intent,
    begun: &Begun,
    asking: &Asking,
    look: Look,
    key: &EffectKey,
    guard: &Guard<'_>,
) -> Seen {
    let late = || Seen::failed(Fault::late(format!("it was not reached by {}", begun.deadline)));
    let Some(before) = &begun.before else { return Seen::failed(no_image()) };
    // Before the image: what was done by then must show in it, and only what does not is asked for again.
    let progress = progress(room, intent, key).await;
    let (now, standing) = match stands(room, intent, before, key).await {
        Ok(seen) => seen,
        Err(fault) if look.is_late => return Seen::failed(Fault::late(format!("the deadline passed: {fault}"))),
        Err(fault) => return unreadable(fault),
    };
    match standing {
        Standing::Reached => Seen::reached(outcome(now)),
        Standing::Elsewhere => Seen::failed(drift(intent, before, &now)),
        Standing::Before | Standing::Partway => match progress {
            Err(fault) if look.is_late => Seen::failed(Fault::late(format!("the deadline passed: {fault}"))),
            Err(fault) => unreadable(fault),
            Ok(progress) => asked(room, intent, &asking.last, look, progress, key, guard).await.unwrap_or_else(late),
        },
    }
}

/// What is there, and where that is between what was and what is asked.
async fn stands(room: &Room, intent: &Intent, before: &Image, key: &EffectKey) -> Result<(Image, Standing), Fault> {
    let now = image(room, intent, key).await?;
    let standing = standing(intent, before, &now);
    if let (Intent::Database(intent), Standing::Reached) = (intent, standing)
        && !database::is_whole(room, intent).await?
    {
        return Ok((now, Standing::Partway));
    }
    Ok((now, standing))
}

/// Asks where that may be done; none when it is too late.
async fn asked(
    room: &Room,
    intent: &Intent,
    last: &Ask,
    look: Look,
    progress: Progress,
    key: &EffectKey,
    guard: &Guard<'_>,
) -> Option<Seen> {
    let is_known = matches!(last, Ask::Faulted { .. });
    match progress {
        // A fault that is in the log already is no news: it was decided to ask again.
        Progress::Unknown(fault) if !is_known => Some(Seen::failed(fault)),
        Progress::Failed(fault) if matches!(last, Ask::Accepted { .. }) => Some(Seen::fault(fault)),
        _ if look.is_late => None,
        Progress::Underway(_) => Some(Seen::Underway),
        Progress::Unknown(_) | Progress::Failed(_) | Progress::Away | Progress::Reached if !look.may_ask => {
            Some(Seen::Underway)
        }
        Progress::Unknown(_) | Progress::Failed(_) | Progress::Away | Progress::Reached => {
            Some(ask_guarded(room, intent, key, guard, &progress).await)
        }
    }
}

async fn ask_guarded(room: &Room, intent: &Intent, key: &EffectKey, guard: &Guard<'_>, progress: &Progress) -> Seen {
    if guard.waits_for_log() {
        return Seen::Underway;
    }
    if let Err(fault) = guard.holds(room).await {
        return Seen::fault(fault);
    }
    // A person said that it may happen twice: what is left of the first time is ended for good.
    if matches!(progress, Progress::Unknown(_))
        && let Err(fault) = room.delivery.stop(key).await
    {
        return Seen::fault(fault);
    }
    ask_now(room, intent, key).await
}

async fn ask_now(room: &Room, intent: &Intent, key: &EffectKey) -> Seen {
    match ask(room, intent, key).await {
        Ok(()) => Seen::Asked,
        Err(fault) => Seen::fault(fault),
    }
}

/// Undone only while the world is between what was and what we asked; anything else is somebody else's.
async fn back(room: &Room, intent: &Intent, begun: &Begun, asking: &Asking, look: Look, key: &EffectKey) -> Seen {
    let (Some(before), WayBack::By(way_back)) = (&begun.before, &begun.way_back) else {
        return Seen::failed(no_image());
    };
    // What still runs could change the world behind whatever is read of it.
    if intent.on_abort() == OnAbort::Stop && (look.may_ask || !matches!(asking.last, Ask::Accepted { .. })) {
        if !look.may_ask && !look.is_late {
            return Seen::Underway;
        }
        if let Err(fault) = room.delivery.stop(key).await {
            return Seen::fault(fault);
        }
    }
    let now = match image(room, intent, key).await {
        Ok(now) => now,
        Err(fault) if look.is_late => return Seen::failed(Fault::late(format!("the deadline passed: {fault}"))),
        Err(fault) => return unreadable(fault),
    };
    match standing(intent, before, &now) {
        Standing::Before => Seen::reached(Outcome::Plain),
        Standing::Reached if now.is_like(before) => Seen::reached(Outcome::Plain),
        Standing::Elsewhere => Seen::failed(drift(intent, before, &now)),
        Standing::Reached | Standing::Partway if look.may_ask => match somebody_is_there(room, way_back).await {
            Ok(()) => ask_now(room, way_back, &EffectKey(format!("{}/back", key.0))).await,
            Err(fault) => Seen::fault(fault),
        },
        Standing::Reached | Standing::Partway if look.is_late => {
            Seen::failed(Fault::late("what was could not be restored in time"))
        }
        Standing::Reached | Standing::Partway => Seen::Underway,
    }
}

async fn image(room: &Room, intent: &Intent, key: &EffectKey) -> Result<Image, Fault> {
    match intent {
        Intent::Traffic(intent) => traffic::image(room, intent).await,
        Intent::Fleet(intent) => fleet::image(room, intent).await,
        Intent::Delivery(intent) => delivery::image(room, intent).await,
        Intent::Database(intent) => database::image(room, intent).await,
        Intent::Workers(intent) => workers::image(room, intent, key).await,
    }
}

pub(super) async fn ask(room: &Room, intent: &Intent, key: &EffectKey) -> Result<(), Fault> {
    match intent {
        Intent::Traffic(intent) => traffic::ask(room, intent, key).await,
        Intent::Fleet(intent) => fleet::ask(room, intent, key).await,
        Intent::Delivery(intent) => delivery::ask(room, intent, key).await,
        Intent::Database(intent) => database::ask(room, intent, key).await,
        Intent::Workers(intent) => workers::ask(room, intent, key).await,
    }
}

/// How far something is that takes time beyond its ask; what does not is [`Progress::Away`] until it is reached.
async fn progress(room: &Room, intent: &Intent, key: &EffectKey) -> Result<Progress, Fault> {
    match intent {
        Intent::Traffic(_) | Intent::Fleet(_) | Intent::Database(_) | Intent::Workers(_) => Ok(Progress::Away),
        Intent::Delivery(intent) => delivery::progress(room, intent, key).await,
    }
}

fn outcome(now: Image) -> Outcome {
    match now {
        Image::Machines(machines) => Outcome::Machines(machines),
        Image::Weights(_)
        | Image::Members { .. }
        | Image::Releases(_)
        | Image::Servers(_)
        | Image::Crossing { .. }
        | Image::Workers(_) => Outcome::Plain,
    }
}

/// Names one step for ever, whatever attempt.
pub(super) fn key(room: &Room, run: &Run, step: StepIndex) -> EffectKey {
    EffectKey(format!("{}/{}/{step}", room.name, run.number))
}

/// What can't be read now can be read later; nothing is recorded of it until the deadline.
fn unreadable(fault: Fault) -> Seen {
    tracing::debug!(%fault, "the world could not be read");
    match fault.kind {
        FaultKind::Passing | FaultKind::Late => Seen::Underway,
        FaultKind::Lasting | FaultKind::Drift | FaultKind::Unknown => Seen::failed(fault),
    }
}

fn no_image() -> Fault {
    Fault::lasting("what was there before was not recorded, so nothing can be compared with it")
}

fn drift(intent: &Intent, before: &Image, now: &Image) -> Fault {
    let step = Step::Change { intent: intent.clone(), within: jiff::SignedDuration::ZERO };
    moved(&step, before, Some(now))
}

/// The world is not what this run knew it to be.
pub(super) fn moved(step: &Step, known: &Image, now: Option<&Image>) -> Fault {
    let what = commands::sentence::step(step);
    let (known, now) = (told(known), now.map_or_else(|| "unknown".to_owned(), told));
    Fault::drift(format!("somebody else changed what we were to change ({what}): it was {known}, and is {now}"))
}

/// An image in few words.
fn told(image: &Image) -> String {
    let list = |items: Vec<String>| if items.is_empty() { "nothing".to_owned() } else { items.join(", ") };
    match image {
        Image::Weights(weights) => weights.to_string(),
        Image::Members { members, .. } => list(members.iter().map(|it| it.machine.to_string()).collect()),
        Image::Machines(machines) => {
            list(machines.iter().map(|it| format!("{} of {}", it.id, it.created_at)).collect())
        }
        Image::Servers(servers) => told_servers(servers),
        Image::Workers(work) => workers::told(*work).to_owned(),
        Image::Crossing { servers, weights } => format!("{}; {weights}", told_servers(servers)),
        Image::Releases(releases) => list(
            releases
                .iter()
                .map(|it| {
                    let release = it.release.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
                    format!("{} with {release}", it.machine)
                })
                .collect(),
        ),
    }
}

fn told_servers(servers: &ByColor<Server>) -> String {
    let told = Color::BOTH.map(|color| {
        let Server { is_open, follows } = *servers.get(color);
        let writes = if is_open { "takes writes" } else { "is frozen" };
        let follows = if follows { format!(" and follows {}", color.other()) } else { String::new() };
        format!("{color} {writes}{follows}")
    });
    told.join(", ")
}

/// The attempt that an ask or a fault is counted as.
pub(super) fn attempt(run: &Run, step: StepIndex) -> Attempt {
    match run.state(step) {
        Some(StepState::Open { asking, .. } | StepState::Undoing { asking, .. }) => {
            Attempt(asking.attempts.saturating_add(1))
        }
        Some(_) | None => Attempt(1),
    }
}

/// Looks at a wait.
pub(super) async fn look_at_wait(room: &Room, until: &events::plan::Until, look: Look) -> Seen {
    wait::look(room, until, look).await
}

/// The color that a step works on, for reading its machines.
pub(super) async fn machines(room: &Room, color: Color) -> Result<Vec<events::machine::Machine>, Fault> {
    room.fleet.machines(color).await
}

/// When an accepted ask must have shown.
pub(super) fn settles_by(run: &Run, now: Timestamp) -> Timestamp {
    now.saturating_add(run.terms.patience.settle).unwrap_or(Timestamp::MAX)
}
