//! A run that waits for people: what they said is in the log, and so is until when it counts. A run that is approved in quiet
//! hours waits for their end, as long as what people said counts.

use events::fact::{Answer, Heading, Outcome, RunKind};
use events::fault::Fault;
use events::fold::{Awaited, Run};
use events::number::StepIndex;
use events::plan::{Step, Until};
use events::terms::QuietTerms;
use jiff::Timestamp;

use super::{Next, Waiting, step};
use crate::quiet;

pub(super) fn next(run: &Run, awaited: &Awaited<'_>, deadline: Timestamp, now: Timestamp) -> Next {
    let answer = if run.approvals.bypass.is_some() {
        Answer::Reached(Outcome::Plain)
    } else if now >= deadline {
        Answer::Failed(Fault::late(late(run, awaited)))
    } else if !is_approved(run, awaited) {
        return Next::Wait { until: deadline, why: Waiting::Approval };
    } else if let Some(until) = quiet_until(run, awaited, now) {
        return Next::Wait { until: until.min(deadline), why: Waiting::Quiet };
    } else {
        Answer::Reached(Outcome::Plain)
    };
    Next::Record(vec![step::answered(run, awaited.step, Heading::Forward, answer)])
}

fn late(run: &Run, awaited: &Awaited<'_>) -> String {
    let Awaited { role, count, .. } = awaited;
    if is_approved(run, awaited) {
        return "it was approved, and could not begin for as long as that counted: say it again".to_owned();
    }
    format!("it was not approved in time: {} of {count} of {role}", given(run, awaited))
}

/// Whether enough people are for it.
pub(crate) fn is_approved(run: &Run, awaited: &Awaited<'_>) -> bool {
    given(run, awaited) >= usize::from(awaited.count)
}

/// How many of those who are for it count.
fn given(run: &Run, awaited: &Awaited<'_>) -> usize {
    let counts = |it: &&events::actor::Actor| awaited.requester_counts || **it != run.requested_by;
    run.approvals.given.iter().filter(counts).count()
}

/// Until when the run may not begin. Who asked for it in the middle of quiet hours is excepted from them, and so is it when
/// an excepted role is for it; a time that was named was looked at when it was asked for.
fn quiet_until(run: &Run, awaited: &Awaited<'_>, now: Timestamp) -> Option<Timestamp> {
    let is_named = begins_at(run, awaited.step).is_some_and(|at| at >= now);
    if is_named || run.kind == RunKind::Rollback {
        return None;
    }
    let is_excepted =
        |it: &QuietTerms| it.except_roles.contains(awaited.role) || quiet::until(it, run.requested_at).is_some();
    quiet::at(&run.terms.window.quiet, run.kind, now, is_excepted).map(|(_, until)| until)
}

/// The time that the run waits for once it is approved.
fn begins_at(run: &Run, step: StepIndex) -> Option<Timestamp> {
    match run.plan.step(StepIndex(step.0 + 1))? {
        Step::Wait(Until::At { at }) => Some(*at),
        Step::Wait(Until::Drained { .. }) | Step::Change { .. } | Step::Gate(_) => None,
    }
}
