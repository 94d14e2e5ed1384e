//! What must be true of a site after every single fact.

use events::color::Color;
use events::fact::{Event, RunEvent, RunKind, StepEvent, WindowEvent};
use events::fold::{Phase, Run, Site, StepState, WindowEnd};
use events::plan::Step;
use jiff::Timestamp;

/// Why the site can't be like this after `fact`; nothing if it can.
pub(super) fn hold(before: &Site, fact: &Event, after: &Site) -> Result<(), String> {
    if let Some(parked) = &after.parked {
        return Err(format!("the fold said: {}", parked.why));
    }
    for color in Color::BOTH {
        let phase = after.environments.get(color).phase;
        claim((phase == Phase::Live) == (after.live == Some(color)), "live is not what is live")?;
        let is_way_back = after.window.as_ref().is_some_and(|it| it.way_back == color);
        claim(phase != Phase::WayBack || is_way_back, "a way back without a window")?;
    }
    if let Some(run) = &after.run {
        claim(after.live != Some(run.color), "a run works on who serves")?;
        let known = before.run.as_ref().filter(|it| it.number == run.number);
        match known {
            // To hash a plan takes long, and it does not change.
            Some(known) => {
                let is_same = known.plan == run.plan && known.plan_hash == run.plan_hash && known.terms == run.terms;
                claim(is_same, "a plan or its terms changed")?;
            }
            None => claim(run.plan_hash == run.plan.hash(), "the plan is not what was decided upon")?,
        }
    }
    deadlines(before, fact, after)?;
    guards(before, fact)?;
    if let Event::Run(RunEvent::Requested { kind: RunKind::Decommission, color, .. }) = fact {
        let is_way_back = before.window.as_ref().is_some_and(|it| it.way_back == *color);
        claim(is_way_back && before.live != Some(*color), "only a way back is decommissioned")?;
    }
    Ok(())
}

fn claim(is_so: bool, otherwise: &str) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// A deadline is data: only a person moves one.
fn deadlines(before: &Site, fact: &Event, after: &Site) -> Result<(), String> {
    if let (Some(before), Some(after)) = (&before.run, &after.run)
        && before.number == after.number
        && !matches!(fact, Event::Run(RunEvent::Resumed { .. }))
    {
        for (before, after) in due(before).zip(due(after)) {
            let is_same_way = before.zip(after).is_some_and(|(before, after)| before.0 == after.0);
            claim(!is_same_way || before == after, "a deadline moved by itself")?;
        }
    }
    let end = |site: &Site| site.window.as_ref().map(|it| it.end);
    let (Some(WindowEnd::At { closes_at: old, .. }), Some(WindowEnd::At { closes_at: new, .. })) =
        (end(before), end(after))
    else {
        return Ok(());
    };
    claim(old == new || matches!(fact, Event::Window(WindowEvent::Extended { .. })), "the window's end moved by itself")
}

/// By when a step is to be reached, or undone (true).
fn due(run: &Run) -> impl Iterator<Item = Option<(bool, Timestamp)>> {
    run.steps.iter().map(|it| match it {
        StepState::Open { begun, .. } => Some((false, begun.deadline)),
        StepState::Undoing { deadline, .. } => Some((true, *deadline)),
        StepState::Waiting
        | StepState::Done { .. }
        | StepState::Failed { .. }
        | StepState::Skipped { .. }
        | StepState::UndoFailed { .. }
        | StepState::Undone => None,
    })
}

fn guards(before: &Site, fact: &Event) -> Result<(), String> {
    let Event::Step(StepEvent::Skipped { step, .. }) = fact else { return Ok(()) };
    let planned = before.run.as_ref().and_then(|it| it.plan.step(*step));
    claim(!matches!(planned, Some(Step::Gate(gate)) if gate.is_guard), "a guard was skipped")
}
