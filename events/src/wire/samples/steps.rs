//! Samples of the life of a step, with everything that can be read of the world and answered by it.

use super::runs::{intents, member};
use super::{at, check, complete, id, machine, release};
use crate::check::{Reading, Verdict};
use crate::color::{ByColor, Color};
use crate::fact::{Answer, Heading, Outcome, StepEvent};
use crate::fault::{Fault, FaultKind};
use crate::intent::{Image, Server, WayBack, Work};
use crate::machine::MachineRelease;
use crate::number::{Attempt, RunNumber, StepIndex};
use crate::weights::Weights;

const RUN: RunNumber = RunNumber(7);
const STEP: StepIndex = StepIndex(3);

pub(super) fn steps() -> Vec<StepEvent> {
    let (run, step) = (RUN, STEP);
    let headings = complete(vec![Heading::Forward, Heading::Back]);
    let mut events = begun();
    events.extend(headings.iter().map(|heading| StepEvent::Asked {
        run,
        step,
        heading: *heading,
        attempt: Attempt(1),
        settles_by: at(1),
    }));
    events.extend(faults().into_iter().zip(headings.into_iter().cycle()).map(|(fault, heading)| StepEvent::Faulted {
        run,
        step,
        heading,
        attempt: Attempt(2),
        fault,
        again_at: at(2),
    }));
    let positions = ByColor { blue: "a1:1-977".to_owned(), green: "a1:1-977".to_owned() };
    events.extend([None, Some(3)].map(|leaves| StepEvent::Promoting {
        run,
        step,
        to: Color::Green,
        positions: positions.clone(),
        leaves,
    }));
    events.extend(answers().into_iter().map(|answer| StepEvent::Answered { run, step, answer }));
    events.push(StepEvent::Skipped { run, step, reason: "the warm-up page is gone".to_owned() });
    events.push(StepEvent::UndoBegun { run, step, deadline: at(5) });
    events.push(StepEvent::UndoAnswered { run, step, answer: Answer::Reached(Outcome::Plain) });
    events.push(StepEvent::UndoAnswered { run, step, answer: Answer::Failed(Fault::late("it took too long")) });
    events
}

fn begun() -> Vec<StepEvent> {
    let servers =
        ByColor { blue: Server { is_open: true, follows: false }, green: Server { is_open: false, follows: true } };
    let work = complete(vec![Work::Running, Work::Paused, Work::Partly, Work::Unseen]);
    let mut images = vec![
        Image::Weights(Weights::all_to(Color::Blue)),
        Image::Members { members: vec![member()], machines: vec![machine()] },
        Image::Machines(vec![machine()]),
        Image::Releases(vec![MachineRelease { machine: id("green-1"), release: Some(release()) }]),
        Image::Servers(servers.clone()),
        Image::Crossing { servers, weights: Weights::all_to(Color::Blue) },
    ];
    images.extend(work.into_iter().map(Image::Workers));
    let images = complete(images);
    let mut ways =
        vec![WayBack::Nothing, WayBack::Never { why: "a machine that was destroyed does not come back".to_owned() }];
    ways.extend(intents().into_iter().map(WayBack::By));
    let images = std::iter::once(None).chain(images.into_iter().map(Some).cycle());
    let begun = |(way_back, before)| StepEvent::Begun { run: RUN, step: STEP, before, way_back, deadline: at(5) };
    complete(ways).into_iter().zip(images).map(begun).collect()
}

fn faults() -> Vec<Fault> {
    let kinds = [FaultKind::Passing, FaultKind::Lasting, FaultKind::Drift, FaultKind::Unknown, FaultKind::Late];
    complete(kinds.into()).into_iter().map(|kind| Fault::new(kind, "the balancer does not answer")).collect()
}

fn answers() -> Vec<Answer> {
    let verdicts = complete(vec![Verdict::Pass, Verdict::Fail, Verdict::NoEvidence]);
    let reading = |verdict| Reading {
        check: check(),
        subject: "green-1".to_owned(),
        value: "200 in 12 ms".to_owned(),
        limit: "200 within 500 ms".to_owned(),
        verdict,
    };
    let outcomes = complete(vec![
        Outcome::Plain,
        Outcome::Machines(vec![machine()]),
        Outcome::Readings(verdicts.into_iter().map(reading).collect()),
        Outcome::Drained { left: 0 },
        Outcome::NotPointed { color: Color::Blue, why: "no route to blue-1".to_owned() },
    ]);
    let mut answers: Vec<Answer> = outcomes.into_iter().map(Answer::Reached).collect();
    answers.push(Answer::Failed(Fault::lasting("exit status 1")));
    complete(answers)
}
