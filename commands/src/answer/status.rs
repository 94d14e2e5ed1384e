//! Where a site stands.

use std::fmt;

use events::color::Color;
use events::fold::{Course, Phase, Queued, Run, Site, StepState, WindowEnd};
use events::name::SiteName;
use jiff::Timestamp;
use serde::Serialize;

use crate::next::is_approved;
use crate::sentence;

/// Where a site stands, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusReport {
    pub site: SiteName,
    /// The site's newest event.
    pub position: u64,
    pub live: Option<Color>,
    pub environments: Vec<EnvironmentLine>,
    pub run: Option<RunStatus>,
    pub window: Option<WindowStatus>,
    pub lock: Option<LockStatus>,
    /// What waits for its turn, the head first.
    pub queue: Vec<QueuedStatus>,
    pub parked: Option<String>,
    /// What can be said next.
    pub next: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnvironmentLine {
    pub color: Color,
    pub phase: Phase,
    pub release: Option<String>,
    pub pin: Option<String>,
    pub machine_count: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunStatus {
    pub number: u32,
    pub headline: String,
    pub requested_by: String,
    pub reason: Option<String>,
    pub is_turning_back: bool,
    pub stuck: Option<String>,
    /// Whom it waits for.
    pub awaits: Option<AwaitedStatus>,
    /// Who let it go on without them, as what, and why.
    pub bypass: Option<String>,
    pub plan: String,
    pub steps: Vec<StepLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AwaitedStatus {
    pub role: String,
    pub count: u16,
    pub given: Vec<String>,
    /// Until when; none before it was begun.
    pub deadline: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepLine {
    pub number: usize,
    pub what: String,
    pub state: &'static str,
    pub deadline: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WindowStatus {
    pub way_back: Color,
    pub release: Option<String>,
    /// None while it is held.
    pub closes_at: Option<Timestamp>,
    pub decommission_at: Option<Timestamp>,
    pub is_announced: bool,
    pub lost: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockStatus {
    pub owner: String,
    pub since: Timestamp,
    /// None for as long as nobody says otherwise.
    pub until: Option<Timestamp>,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueuedStatus {
    pub number: u32,
    pub line: String,
    pub owner: String,
    pub since: Timestamp,
    pub expires_at: Timestamp,
}

/// Where a site stands.
#[must_use]
pub fn status(name: &SiteName, site: &Site) -> StatusReport {
    StatusReport {
        site: name.clone(),
        position: site.position.0,
        live: site.live,
        environments: Color::BOTH.map(|color| environment(site, color)).into(),
        run: site.run.as_ref().map(run),
        window: site.window.as_ref().map(|it| {
            let (closes_at, decommission_at) = match it.end {
                WindowEnd::At { closes_at, decommission_at } => (Some(closes_at), decommission_at),
                WindowEnd::Held => (None, None),
            };
            WindowStatus {
                way_back: it.way_back,
                release: it.release.as_ref().map(|it| it.name.to_string()),
                closes_at,
                decommission_at,
                is_announced: decommission_at.is_some() && it.announced == decommission_at,
                lost: it.lost.clone(),
            }
        }),
        lock: site.lock.as_ref().map(|it| LockStatus {
            owner: it.owner.to_string(),
            since: it.since,
            until: it.until,
            reason: it.reason.clone(),
        }),
        queue: site.queue.waiting.iter().map(queued).collect(),
        parked: site.parked.as_ref().map(|it| format!("event {}: {}", it.position, it.why)),
        next: next(site),
    }
}

fn queued(it: &Queued) -> QueuedStatus {
    QueuedStatus {
        number: it.ticket.0,
        line: it.line.clone(),
        owner: it.owner.to_string(),
        since: it.since,
        expires_at: it.expires_at,
    }
}

fn environment(site: &Site, color: Color) -> EnvironmentLine {
    let it = site.environments.get(color);
    EnvironmentLine {
        color,
        phase: it.phase,
        release: it.release.as_ref().map(|it| it.name.to_string()),
        pin: it.release.as_ref().map(|it| it.pin.to_string()),
        machine_count: it.machines.len(),
    }
}

fn run(run: &Run) -> RunStatus {
    let steps = run.plan.steps().iter().zip(&run.steps).enumerate().map(|(index, (step, state))| StepLine {
        number: index + 1,
        what: sentence::step(step),
        state: state_word(state),
        deadline: match state {
            StepState::Open { begun, .. } => Some(begun.deadline),
            StepState::Undoing { deadline, .. } => Some(*deadline),
            StepState::Waiting
            | StepState::Done { .. }
            | StepState::Failed { .. }
            | StepState::Skipped { .. }
            | StepState::UndoFailed { .. }
            | StepState::Undone => None,
        },
    });
    RunStatus {
        number: run.number.0,
        headline: sentence::headline(run.kind, run.color, run.release.as_ref()),
        requested_by: run.requested_by.to_string(),
        reason: run.reason.clone(),
        is_turning_back: run.course != Course::Forward,
        stuck: run.stuck.as_ref().map(|it| it.why.clone()),
        awaits: run.awaited().map(|it| AwaitedStatus {
            role: it.role.to_string(),
            count: it.count,
            given: run.approvals.given.iter().map(ToString::to_string).collect(),
            deadline: it.deadline,
        }),
        bypass: run.approvals.bypass.as_ref().map(|it| format!("{} (as {}): \"{}\"", it.by, it.role, it.reason)),
        plan: run.plan_hash.short(),
        steps: steps.collect(),
    }
}

fn state_word(state: &StepState) -> &'static str {
    match state {
        StepState::Waiting => "waiting",
        StepState::Open { .. } => "underway",
        StepState::Done { .. } => "done",
        StepState::Failed { .. } => "failed",
        StepState::Skipped { .. } => "skipped",
        StepState::Undoing { .. } => "being undone",
        StepState::UndoFailed { .. } => "could not be undone",
        StepState::Undone => "undone",
    }
}

fn next(site: &Site) -> String {
    let idle = site.idle();
    if site.parked.is_some() {
        return "nothing is done here until a bot that understands the log takes over".to_owned();
    }
    if !site.is_adopted {
        return "`adopt` it".to_owned();
    }
    if let Some(run) = &site.run {
        return if let Some(stuck) = &run.stuck {
            format!("it needs a person: look, then {}", sentence::ways_out(stuck.trouble))
        } else if let Some(awaited) = run.awaited().filter(|it| is_approved(run, it)) {
            let until =
                awaited.deadline.map_or_else(String::new, |it| format!(", or turns back at {}", sentence::time(it)));
            format!("it is approved, and begins when the quiet hours are over{until}; `abort` turns it back")
        } else if let Some(awaited) = run.awaited() {
            let plan = run.plan_hash.short();
            format!("somebody of {} says `approve` (plan {plan}) or `reject`; `abort` turns it back", awaited.role)
        } else if run.course == Course::Forward {
            "it goes on by itself; `abort` turns it back".to_owned()
        } else {
            "it is turning back by itself".to_owned()
        };
    }
    match (&site.lock, &site.window, site.environments.get(idle).phase) {
        (Some(_), Some(_), _) => "`rollback`, or `unlock` for a new run".to_owned(),
        (Some(_), None, _) => "`unlock` it for a new run".to_owned(),
        (None, Some(_), _) => "`rollback`, `keep`, or let the window end".to_owned(),
        (None, None, Phase::Ready) => "`cutover`, or `deploy` another release".to_owned(),
        (None, None, Phase::Empty | Phase::Live | Phase::WayBack | Phase::Unclear) => {
            format!("`deploy` a release to {idle}")
        }
    }
}

impl fmt::Display for StatusReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let live = self.live.map_or_else(|| "nothing is live".to_owned(), |it| format!("{it} is live"));
        writeln!(f, "{}: {live}", self.site)?;
        for it in &self.environments {
            let release = it.release.as_deref().unwrap_or("no release");
            let pin = it.pin.as_ref().and_then(|it| it.get(..12)).map_or_else(String::new, |it| format!(" ({it})"));
            let phase = match it.phase {
                Phase::Empty => "empty",
                Phase::Ready => "ready",
                Phase::Live => "live",
                Phase::WayBack => "way back",
                Phase::Unclear => "unclear",
            };
            writeln!(f, "  {:<5}  {phase:<8}  {release}{pin}, {} machines", it.color.as_str(), it.machine_count)?;
        }
        if let Some(run) = &self.run {
            let course = if run.is_turning_back { " (turning back)" } else { "" };
            writeln!(f, "  run #{}{course}: {}, plan {}, by {}", run.number, run.headline, run.plan, run.requested_by)?;
            for step in &run.steps {
                let deadline = step.deadline.map_or_else(String::new, |it| format!(", until {}", sentence::time(it)));
                writeln!(f, "    {:>2}. {} [{}{deadline}]", step.number, step.what, step.state)?;
            }
            if let Some(AwaitedStatus { role, count, given, .. }) = &run.awaits {
                let by = if given.is_empty() { "nobody yet".to_owned() } else { given.join(", ") };
                writeln!(f, "    approved by {} of {count} of {role}: {by}", given.len())?;
            }
            if let Some(by) = &run.bypass {
                writeln!(f, "    THE GLASS WAS BROKEN by {by}")?;
            }
            if let Some(why) = &run.stuck {
                writeln!(f, "    STUCK: {why}")?;
            }
        }
        if let Some(it) = &self.window {
            let until = it.closes_at.map_or_else(|| "somebody says otherwise".to_owned(), sentence::time);
            writeln!(f, "  window: {} is the way back until {until}", it.way_back)?;
            if let Some(at) = it.decommission_at {
                let announced = if it.is_announced { ", announced" } else { "" };
                writeln!(f, "  decommission: at {}{announced}", sentence::time(at))?;
            }
            if let Some(why) = &it.lost {
                writeln!(f, "  THE WAY BACK IS LOST: {why}")?;
            }
        }
        if let Some(it) = &self.lock {
            let until = it.until.map_or_else(String::new, |it| format!(" until {}", sentence::time(it)));
            writeln!(f, "  locked by {} since {}{until}: \"{}\"", it.owner, sentence::time(it.since), it.reason)?;
        }
        for (place, it) in self.queue.iter().enumerate() {
            let (place, until) = (place + 1, sentence::time(it.expires_at));
            writeln!(f, "  queue, place {place}: number {}, `{}`, by {}, until {until}", it.number, it.line, it.owner)?;
        }
        if let Some(why) = &self.parked {
            writeln!(f, "  PARKED at {why}")?;
        }
        write!(f, "  next: {}", self.next)
    }
}
