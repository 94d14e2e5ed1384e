//! Every fact, step and gate as a sentence that a person would say to another.

mod chat;
mod confirmation;
mod plan;
mod queue;

use events::chain::Hash;
use events::color::Color;
use events::fact::{
    Answer, ApprovalEvent, BotEvent, Cause, ClosedBecause, Event, Heading, LockEvent, OrderEvent, Outcome, RunEvent,
    RunKind, RunOutcome, SiteEvent, StepEvent, Trouble, WindowEvent,
};
use events::fold::{Run, Site, WindowEnd};
use events::number::StepIndex;
use events::plan::Plan;
use events::release::Release;
use jiff::Timestamp;

use plan::list;
pub use plan::step;
pub use queue::untold;

/// A moment, to the second: what people compare with their clocks.
#[must_use]
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// When a window ends.
#[must_use]
pub fn window_end(end: &WindowEnd) -> String {
    match end {
        WindowEnd::At { closes_at, .. } => time(*closes_at),
        WindowEnd::Held => "somebody says otherwise".to_owned(),
    }
}

/// What a run does, as a headline.
#[must_use]
pub fn headline(kind: RunKind, color: Color, release: Option<&Release>) -> String {
    let release = release.map_or_else(|| "what it runs".to_owned(), ToString::to_string);
    match kind {
        RunKind::Deploy => format!("deploy {release} to {color}"),
        RunKind::Cutover => format!("cut over to {color} with {release}"),
        RunKind::Rollback => format!("roll back to {color} with {release}"),
        RunKind::Decommission => format!("decommission {color} with {release}"),
    }
}

/// One fact. `before` is the site as it was: a step is told by what its plan says of it.
#[must_use]
pub fn fact(event: &Event, before: &Site) -> String {
    match event {
        Event::Site(SiteEvent::Adopted { live, .. }) => match live {
            Some(color) => format!("The site was adopted; {color} is live."),
            None => "The site was adopted; nothing is live yet.".to_owned(),
        },
        Event::Run(event) => run(event, before),
        Event::Step(event) => of_step(event, before),
        Event::Approval(event) => approval(event, before),
        Event::Confirmation(event) => confirmation::told(event, before),
        Event::Queue(event) => queue::told(event, before),
        Event::Window(event) => window(event),
        Event::Lock(event) => lock(event),
        Event::Order(OrderEvent::Refused { verb, code }) => {
            format!("An order was refused ({}: {code}).", verb.as_deref().unwrap_or("not understood"))
        }
        Event::Bot(BotEvent::Started { build }) => format!("The bot started, build {build}."),
        Event::Bot(BotEvent::Stopped {}) => "The bot stopped.".to_owned(),
        Event::Inbox(event) => chat::inbox(event),
        Event::Chat(event) => chat::shown(event),
    }
}

fn run(event: &RunEvent, before: &Site) -> String {
    match event {
        RunEvent::Requested { run, kind, color, release, plan, plan_hash, reason, .. } => {
            let because = reason.as_ref().map_or_else(String::new, |it| format!(" (\"{it}\")"));
            let headline = headline(*kind, *color, release.as_ref());
            format!("Run #{run} was requested: {headline}{because}, {}.", planned(plan, plan_hash))
        }
        RunEvent::Aborted { run, cause: Cause::Person { reason }, .. } => {
            let because = reason.as_ref().map_or_else(String::new, |it| format!(": \"{it}\""));
            format!("Run #{run} was aborted{because}; what it did is undone.")
        }
        RunEvent::Aborted { run, cause: Cause::Step { step }, .. } => {
            format!("Run #{run} turns back because of step {}; what it did is undone.", shown(*step))
        }
        RunEvent::Stuck { run, step, trouble, why } => {
            let place = shown(*step);
            format!("Run #{run} is stuck at step {place} and needs a person: {why}. Look, then {}.", ways_out(*trouble))
        }
        RunEvent::Resumed { run, .. } => format!("Run #{run} tries again."),
        RunEvent::PeopleCalled { run } => format!("People were called to run #{run}."),
        RunEvent::Finished { run, outcome } => {
            let open = before.run.as_ref();
            let what = open.map_or_else(|| "run".to_owned(), |it| headline(it.kind, it.color, it.release.as_ref()));
            match outcome {
                RunOutcome::Succeeded => format!("Run #{run} is done: {what}."),
                RunOutcome::TurnedBack => format!("Run #{run} turned back; everything is as it was before it."),
                RunOutcome::LeftAsIs if open.is_some_and(Run::has_crossed) => {
                    format!("Run #{run} was ended behind its crossing; users and their writes are there.")
                }
                RunOutcome::LeftAsIs => {
                    format!(
                        "Run #{run} was ended as it stood; compare the world with `status`, then `adopt` or deploy."
                    )
                }
            }
        }
    }
}

/// What a person can say to a run that is stuck.
#[must_use]
pub fn ways_out(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::OutcomeUnknown => "say `retry` if it did not happen, `skip` if it did, or `abort`",
        Trouble::Split => {
            "decide by hand which database takes writes, and say `retry`, or `abort` to leave it as it stands"
        }
        Trouble::Drift | Trouble::NoWayBack | Trouble::PastNoReturn => {
            "say `retry`, or `abort` to leave it as it stands"
        }
    }
}

fn planned(plan: &Plan, hash: &Hash) -> String {
    format!("{} steps, plan {}", plan.steps().len(), hash.short())
}

/// People count steps from 1.
fn shown(step: StepIndex) -> u32 {
    u32::from(step.0) + 1
}

fn of_step(event: &StepEvent, before: &Site) -> String {
    let (_, index) = event.place();
    let plan = before.run.as_ref().map(|run: &Run| &run.plan);
    let what = plan.and_then(|plan| plan.step(index)).map_or_else(|| "a step".to_owned(), step);
    let count = plan.map_or(0, |plan| plan.steps().len());
    let place = format!("Step {} of {count}", shown(index));
    match event {
        StepEvent::Begun { .. } => format!("{place}: {what}."),
        StepEvent::Asked { heading, attempt, .. } => match (heading, attempt.0) {
            (Heading::Forward, 0 | 1) => format!("{place} was asked for."),
            (Heading::Forward, attempt) => format!("{place} was asked for again (attempt {attempt})."),
            (Heading::Back, _) => format!("The way back of step {} was asked for.", shown(index)),
        },
        StepEvent::Faulted { fault, again_at, attempt, .. } => {
            format!("{place}: attempt {attempt} met a fault ({fault}); it is asked again at {}.", time(*again_at))
        }
        StepEvent::Promoting { to, leaves, .. } => promoting(&place, *to, *leaves),
        StepEvent::Answered { answer: Answer::Reached(outcome), .. } => format!("{place} is done{}.", reached(outcome)),
        StepEvent::Answered { answer: Answer::Failed(fault), .. } => format!("{place} failed: {fault}."),
        StepEvent::Skipped { reason, .. } => format!("{place} was skipped: {reason}."),
        StepEvent::UndoBegun { .. } => format!("Step {} is undone ({what}).", shown(index)),
        StepEvent::UndoAnswered { answer: Answer::Reached(_), .. } => format!("Step {} was undone.", shown(index)),
        StepEvent::UndoAnswered { answer: Answer::Failed(fault), .. } => {
            format!("Step {} could not be undone: {fault}.", shown(index))
        }
    }
}

fn promoting(place: &str, to: Color, leaves: Option<u64>) -> String {
    let behind = match leaves {
        None => "both databases are equal".to_owned(),
        Some(count) => format!("{count} transactions stay behind, and are written to a file"),
    };
    format!("{place}: {behind}; from here {to} takes writes, and the only way back is a rollback.")
}

fn reached(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Plain => String::new(),
        Outcome::Machines(machines) if machines.is_empty() => ": no machine is left there".to_owned(),
        Outcome::Machines(machines) => format!(": {}", list(machines.iter().map(|it| it.id.to_string()))),
        Outcome::Readings(readings) => match readings.len() {
            0 => String::new(),
            1 => format!(": {}", list(readings.iter().map(|it| it.value.clone()))),
            many => format!(": {many} readings, all good"),
        },
        Outcome::Drained { left: 0 } => ": no request is in flight there".to_owned(),
        Outcome::Drained { left } => format!(": {left} requests were still in flight there"),
        Outcome::NotPointed { color, why } => {
            format!("; but {color}, which users have left, does not use the new primary: {why}")
        }
    }
}

fn approval(event: &ApprovalEvent, before: &Site) -> String {
    match event {
        ApprovalEvent::Given { run, role, .. } => {
            let open = before.run.as_ref();
            let given = open.map_or(0, |it| it.approvals.given.len()).saturating_add(1);
            let count = open.and_then(Run::awaited).map_or(0, |it| it.count);
            format!("Run #{run} was approved by one of {role} ({given} of {count}).")
        }
        ApprovalEvent::Withdrawn { run } => format!("An approval of run #{run} was taken back."),
        ApprovalEvent::Rejected { run, role, reason, .. } => {
            format!("Run #{run} was rejected by one of {role}: {reason}.")
        }
        ApprovalEvent::Bypassed { run, role, reason, .. } => {
            format!("THE GLASS WAS BROKEN by one of {role}: run #{run} goes on without approval, \"{reason}\".")
        }
    }
}

fn lock(event: &LockEvent) -> String {
    let end = |until: &Option<Timestamp>| until.map_or_else(String::new, |it| format!(" until {}", time(it)));
    match event {
        LockEvent::Taken { reason, until } => format!("The site was locked{}: {reason}.", end(until)),
        LockEvent::Stolen { from, reason, until } => {
            format!("The lock of {from} was taken over{}: {reason}.", end(until))
        }
        LockEvent::Released {} => "The site was unlocked.".to_owned(),
        LockEvent::Expired {} => "The lock is over; the site takes new runs again.".to_owned(),
    }
}

fn window(event: &WindowEvent) -> String {
    let slot = |at: &Option<Timestamp>| {
        at.map_or_else(|| "no decommission is scheduled".to_owned(), |it| format!("decommission at {}", time(it)))
    };
    match event {
        WindowEvent::Opened { way_back, closes_at, decommission_at, .. } => {
            let until = time(*closes_at);
            format!("The window is open: {way_back} is the way back until {until}; {}.", slot(decommission_at))
        }
        WindowEvent::Extended { closes_at, decommission_at } => {
            format!("The window was extended to {}; {}.", time(*closes_at), slot(decommission_at))
        }
        WindowEvent::Held {} => "The way back is kept until somebody says otherwise.".to_owned(),
        WindowEvent::Announced { decommission_at } => {
            let at = time(*decommission_at);
            format!("The way back will be decommissioned at {at}; `keep` it, or `rollback`, before that.")
        }
        WindowEvent::Postponed { decommission_at, why } => {
            format!("The decommission was put off ({why}); {}.", slot(decommission_at))
        }
        WindowEvent::WayBackLost { why } => format!("THE WAY BACK IS LOST: {why}. A rollback would not work now."),
        WindowEvent::WayBackProven {} => "The way back works again.".to_owned(),
        WindowEvent::Closed { because } => match because {
            ClosedBecause::Decommissioned => "The window is closed: the old environment is gone.".to_owned(),
            ClosedBecause::RolledBack => "The window is closed: users are back.".to_owned(),
            ClosedBecause::GivenUp => "The window is closed: the way back was given up.".to_owned(),
            ClosedBecause::Adopted => "The window is closed: the site was adopted anew.".to_owned(),
        },
    }
}
