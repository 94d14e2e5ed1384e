//! Samples of the life of a run, with every kind of step that a plan may have.

use jiff::SignedDuration;

use super::{at, check, complete, id, machine, release, role, window_terms};
use crate::color::Color;
use crate::fact::{Cause, RunEvent, RunKind, RunOutcome, Trouble};
use crate::gate::{Criterion, Gate, Rule};
use crate::intent::{DatabaseIntent, DeliveryIntent, FleetIntent, Intent, TrafficIntent, WorkersIntent};
use crate::machine::{MachineRelease, Member};
use crate::number::{RunNumber, StepIndex};
use crate::plan::{Plan, Step, Until};
use crate::terms::{ApprovalTerms, Crossing, DatabaseTerms, Patience, Retries, Terms, WorkersTerms};
use crate::weights::Weights;

const RUN: RunNumber = RunNumber(7);
const STEP: StepIndex = StepIndex(3);

pub(super) fn runs() -> Vec<RunEvent> {
    let kinds = complete(vec![RunKind::Deploy, RunKind::Cutover, RunKind::Rollback, RunKind::Decommission]);
    let causes = [
        Cause::Person { reason: Some("wrong release".to_owned()) },
        Cause::Person { reason: None },
        Cause::Step { step: STEP },
    ];
    let troubles = [Trouble::Drift, Trouble::OutcomeUnknown, Trouble::NoWayBack, Trouble::PastNoReturn, Trouble::Split];
    let outcomes = [RunOutcome::Succeeded, RunOutcome::TurnedBack, RunOutcome::LeftAsIs];
    let mut events: Vec<RunEvent> = kinds.into_iter().map(requested).collect();
    events.extend(complete(causes.into()).into_iter().map(|cause| RunEvent::Aborted {
        run: RUN,
        cause,
        settles_by: at(1),
    }));
    events.extend(complete(troubles.into()).into_iter().map(|trouble| RunEvent::Stuck {
        run: RUN,
        step: STEP,
        trouble,
        why: "green-2 is not what was recorded".to_owned(),
    }));
    events.push(RunEvent::Resumed { run: RUN, deadline: at(15) });
    events.push(RunEvent::PeopleCalled { run: RUN });
    events.extend(complete(outcomes.into()).into_iter().map(|outcome| RunEvent::Finished { run: RUN, outcome }));
    events
}

fn requested(kind: RunKind) -> RunEvent {
    let is_first = kind == RunKind::Deploy;
    let steps = match kind {
        RunKind::Deploy => complete(steps()),
        RunKind::Cutover | RunKind::Rollback | RunKind::Decommission => vec![Step::Wait(Until::At { at: at(540) })],
    };
    let plan = Plan::try_from(steps).unwrap();
    let database = match kind {
        RunKind::Deploy | RunKind::Decommission => None,
        RunKind::Cutover => Some(DatabaseTerms::Replicated(crossing())),
        RunKind::Rollback => Some(DatabaseTerms::Shared),
    };
    RunEvent::Requested {
        run: RUN,
        kind,
        color: Color::Green,
        release: is_first.then(release),
        plan_hash: plan.hash(),
        plan,
        terms: Box::new(Terms {
            database,
            approvals: if is_first { approvals() } else { Vec::new() },
            workers: (kind == RunKind::Cutover).then(workers),
            ..terms()
        }),
        reason: is_first.then(|| "faster basket".to_owned()),
    }
}

fn approvals() -> Vec<ApprovalTerms> {
    let lasts = SignedDuration::from_hours(8);
    vec![ApprovalTerms {
        kinds: vec![RunKind::Cutover],
        losses: false,
        role: role(),
        count: 2,
        requester_counts: false,
        lasts,
    }]
}

fn workers() -> WorkersTerms {
    WorkersTerms { takes: SignedDuration::from_mins(1), are_seen: true }
}

/// Each kind of step once.
fn steps() -> Vec<Step> {
    let changes = intents().into_iter().map(|intent| Step::Change { intent, within: SignedDuration::from_mins(5) });
    let waits =
        [Until::At { at: at(540) }, Until::Drained { color: Color::Blue, within: SignedDuration::from_mins(2) }];
    let mut steps: Vec<Step> = changes.collect();
    steps.extend(gates().into_iter().map(Step::Gate));
    steps.extend(complete(waits.into()).into_iter().map(Step::Wait));
    steps
}

pub(super) fn intents() -> Vec<Intent> {
    let color = Color::Green;
    let traffic = vec![
        TrafficIntent::Attach { color },
        TrafficIntent::Members { color, members: vec![member()] },
        TrafficIntent::Share { weights: Weights::percent_to(color, 5) },
    ];
    let fleet = vec![FleetIntent::GrowTo { color, count: 2 }, FleetIntent::ReduceTo { color, keep: vec![machine()] }];
    let delivery = vec![
        DeliveryIntent::Install { color, release: release() },
        DeliveryIntent::Restore { color, releases: vec![MachineRelease { machine: id("green-1"), release: None }] },
    ];
    let database = vec![
        DatabaseIntent::Arm { primary: Color::Blue },
        DatabaseIntent::Disarm { primary: Color::Blue },
        DatabaseIntent::Cross { to: color, accepts_loss: None, write_errors: None, repoints: false },
        DatabaseIntent::Cross { to: color, accepts_loss: Some(3), write_errors: None, repoints: false },
        DatabaseIntent::Cross {
            to: color,
            accepts_loss: None,
            write_errors: Some(SignedDuration::from_secs(45)),
            repoints: true,
        },
        DatabaseIntent::Return { to: Color::Blue, weights: Weights::percent_to(color, 5) },
    ];
    let mut intents: Vec<Intent> = complete(traffic).into_iter().map(Intent::Traffic).collect();
    intents.extend(complete(fleet).into_iter().map(Intent::Fleet));
    intents.extend(complete(delivery).into_iter().map(Intent::Delivery));
    intents.extend(complete(database).into_iter().map(Intent::Database));
    let workers = vec![WorkersIntent::Pause { color: Color::Blue }, WorkersIntent::Start { color }];
    intents.extend(complete(workers).into_iter().map(Intent::Workers));
    complete(intents)
}

pub(super) fn member() -> Member {
    Member { machine: id("green-1"), address: "10.0.0.7:8080".to_owned() }
}

fn gates() -> Vec<Gate> {
    let color = Color::Green;
    let criteria = vec![
        Criterion::Idle { color },
        Criterion::Shared { weights: Weights::all_to(Color::Blue) },
        Criterion::Checks { color, release: Some(release()), checks: vec![check()] },
        Criterion::Entrance { release: None, checks: vec![check()] },
        Criterion::Healthy { color, count: 2 },
        Criterion::Primary { color: Color::Blue },
        Criterion::Preflight { primary: Color::Blue },
        Criterion::Pointed { color: Color::Green, primary: Color::Blue },
        Criterion::Paused { color: Color::Blue },
        Criterion::Proof { color, machines: vec![machine()], quiet_for: SignedDuration::from_mins(10) },
        Criterion::Approved { role: role(), count: 2, requester_counts: false },
    ];
    let rules = complete(vec![
        Rule::InARow { count: 3, within: SignedDuration::from_mins(2) },
        Rule::Throughout { lasts: SignedDuration::from_mins(10), failures: 2 },
    ]);
    let rules = rules.into_iter().cycle();
    let gate =
        |(criterion, rule): (Criterion, Rule)| Gate { is_guard: matches!(rule, Rule::InARow { .. }), criterion, rule };
    complete(criteria).into_iter().zip(rules).map(gate).collect()
}

pub(crate) fn terms() -> Terms {
    let minutes = SignedDuration::from_mins;
    Terms {
        machine_count: 2,
        checks: vec![check()],
        in_a_row: 3,
        check_every: SignedDuration::from_secs(5),
        bake: minutes(10),
        patience: Patience {
            grow: minutes(5),
            deliver: minutes(15),
            healthy: minutes(2),
            checks: minutes(2),
            share: minutes(1),
            drain: minutes(2),
            reduce: minutes(5),
            settle: SignedDuration::from_secs(10),
        },
        retries: Retries { attempts: 5, first_pause: SignedDuration::from_secs(1), longest_pause: minutes(1) },
        window: window_terms(),
        approvals: Vec::new(),
        database: None,
        workers: None,
    }
}

pub(crate) fn crossing() -> Crossing {
    let seconds = SignedDuration::from_secs;
    Crossing {
        gate: seconds(15),
        pause: seconds(10),
        settle: seconds(2),
        freeze: SignedDuration::from_millis(500),
        catch_up: seconds(2),
        lag: seconds(30),
        write_errors: None,
        repoint: None,
    }
}
