//! Turn the open run back; answered in every state, and never blocked by a lock.

use events::fact::{Cause, Event, RunOutcome, Trouble};
use events::fold::Course;

use super::Case;
use crate::next::{aborted, ended};
use crate::refusal::Refusal;

pub(super) fn decide(case: Case<'_>, reason: Option<&str>) -> Result<Vec<Event>, Refusal> {
    let run = case.site.run.as_ref().ok_or(Refusal::NoOpenRun { verb: "abort" })?;
    let number = run.number;
    let is_backwards = run.course != Course::Forward;
    // To turn a split back would be to choose between the two.
    let is_split = run.stuck.as_ref().is_some_and(|it| it.trouble == Trouble::Split);
    if run.stuck.is_some() && (is_backwards || is_split || run.is_past_return()) {
        // There is no other way left: the person takes the world as it is.
        return Ok(ended(case.site, run, RunOutcome::LeftAsIs, case.now));
    }
    if is_backwards {
        return Err(Refusal::TurningBack { run: number });
    }
    if run.has_crossed() {
        return Err(Refusal::HasCrossed { run: number });
    }
    if run.is_past_return() {
        return Err(Refusal::PastNoReturn { run: number });
    }
    let cause = Cause::Person { reason: reason.map(str::to_owned) };
    Ok(vec![aborted(run, cause, case.now).into()])
}
