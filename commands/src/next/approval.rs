//! A run that waits for people: what they said is in the log, and so is until when it counts.

use events::fact::{Answer, Heading, Outcome};
use events::fault::Fault;
use events::fold::{Awaited, Run};
use jiff::Timestamp;

use super::{Next, Waiting, step};

pub(super) fn next(run: &Run, awaited: &Awaited<'_>, deadline: Timestamp, now: Timestamp) -> Next {
    let answer = if run.approvals.bypass.is_some() {
        Answer::Reached(Outcome::Plain)
    } else if now >= deadline {
        let Awaited { role, count, .. } = awaited;
        Answer::Failed(Fault::late(format!(
            "it was not approved in time: {} of {count} of {role}",
            given(run, awaited)
        )))
    } else if given(run, awaited) >= usize::from(awaited.count) {
        Answer::Reached(Outcome::Plain)
    } else {
        return Next::Wait { until: deadline, why: Waiting::Approval };
    };
    Next::Record(vec![step::answered(run, awaited.step, Heading::Forward, answer)])
}

/// How many of those who are for it count.
fn given(run: &Run, awaited: &Awaited<'_>) -> usize {
    let counts = |it: &&events::actor::Actor| awaited.requester_counts || **it != run.requested_by;
    run.approvals.given.iter().filter(counts).count()
}
