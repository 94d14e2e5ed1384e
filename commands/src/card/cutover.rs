//! A cutover: who has how many of the requests, what the checks read, and when the next share comes.

use events::fact::Outcome;
use events::fold::{Course, Run, StepState};
use events::intent::{Intent, TrafficIntent, WayBack};
use events::name::SiteName;
use events::plan::Step;
use events::weights::Weights;

use super::run::{self, Words};
use super::tale::RunTale;
use super::{Card, Part, Span, cut};
use crate::sentence;

/// How many readings are shown; the thread has all of them.
const READINGS: usize = 10;
/// How long the bar of the shares is.
const BAR: usize = 20;

pub(super) fn card(name: &SiteName, tale: &RunTale) -> Card {
    let color = tale.run.color;
    let whereto = format!("{} ({color})", run::release(tale.run.release.as_ref()));
    let words = Words {
        doing: format!("Bringing users of {name} to {whereto}"),
        noun: format!("The cutover of {name} to {whereto}"),
        done: format!("Users of {name} are on {whereto}"),
    };
    run::card(name, tale, &words, parts(tale))
}

/// The bar, what comes next, and what the newest gate read.
pub(super) fn parts(tale: &RunTale) -> Vec<Part> {
    let run = &tale.run;
    let mut parts = vec![Part::Text(vec![Span::Code(bar(run))])];
    if tale.end.is_none() {
        parts.extend(next(run));
    }
    parts.extend(readings(run));
    parts
}

/// `[#####...............] green 25 %`.
fn bar(run: &Run) -> String {
    let share = share(run).of(run.color);
    let full = usize::from(share) * BAR / 100;
    format!("[{}{}] {} {share} %", "#".repeat(full), ".".repeat(BAR - full), run.color)
}

/// How requests are shared, by the steps that were done and not undone.
fn share(run: &Run) -> Weights {
    let before = run.plan.steps().iter().zip(&run.steps).find_map(|(step, state)| shared(step, state));
    let first = before.map_or_else(|| Weights::all_to(run.color.other()), |(before, _)| before);
    let after = run.plan.steps().iter().zip(&run.steps).filter_map(|(step, state)| shared(step, state));
    after.rev().find_map(|(_, after)| after).unwrap_or(first)
}

/// What a share was before a step, and, if it was reached and not undone, after it.
fn shared(step: &Step, state: &StepState) -> Option<(Weights, Option<Weights>)> {
    let Step::Change { intent: Intent::Traffic(TrafficIntent::Share { weights }), .. } = step else { return None };
    let (begun, is_so) = match state {
        StepState::Done { begun, .. } | StepState::Undoing { begun, .. } | StepState::UndoFailed { begun, .. } => {
            (begun, true)
        }
        StepState::Open { begun, .. } => (begun, false),
        StepState::Waiting | StepState::Failed { .. } | StepState::Skipped { .. } | StepState::Undone => return None,
    };
    let WayBack::By(Intent::Traffic(TrafficIntent::Share { weights: before })) = &begun.way_back else {
        return Some((*weights, is_so.then_some(*weights)));
    };
    Some((*before, is_so.then_some(*weights)))
}

/// What is done when the step that is underway is over, and when that is at the latest.
fn next(run: &Run) -> Option<Part> {
    if run.course != Course::Forward || run.stuck.is_some() {
        return None;
    }
    let (at, state) = run.stands_at()?;
    let StepState::Open { begun, .. } = state else { return None };
    let share = run
        .plan
        .steps()
        .iter()
        .skip(usize::from(at.0) + 1)
        .find(|step| matches!(step, Step::Change { intent: Intent::Traffic(TrafficIntent::Share { .. }), .. }))?;
    let mut spans = vec![Span::Strong("Next: ".to_owned()), Span::Plain(sentence::step(share))];
    // Only of a share that is watched it is known when it is over.
    if run.plan.step(at).is_some_and(super::steps::is_bake) {
        spans.extend([Span::Plain(", from ".to_owned()), Span::Time(begun.deadline)]);
    }
    Some(Part::Text(spans))
}

/// What the newest gate read.
fn readings(run: &Run) -> Option<Part> {
    let readings = run.steps.iter().rev().find_map(|state| match state {
        StepState::Done { outcome: Outcome::Readings(readings), .. } if !readings.is_empty() => Some(readings),
        StepState::Done { .. }
        | StepState::Waiting
        | StepState::Open { .. }
        | StepState::Failed { .. }
        | StepState::Skipped { .. }
        | StepState::Undoing { .. }
        | StepState::UndoFailed { .. }
        | StepState::Undone => None,
    })?;
    let shown = readings.iter().take(READINGS).map(|it| {
        let value = cut(&it.value, 100);
        (
            format!("{} of {}", it.check, it.subject),
            vec![Span::Plain(format!("{value} (wanted {})", cut(&it.limit, 100)))],
        )
    });
    Some(Part::Facts(shown.collect()))
}
