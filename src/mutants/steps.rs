//! The seams of the steps: how a step is begun, where the world stands, and what a gate reads and counts.

use events::check::{Reading, Verdict};
use events::fault::Fault;
use events::gate::{Criterion, Gate, Rule};
use events::intent::{Image, Intent, Standing};
use events::number::StepIndex;
use jiff::SignedDuration;

use super::{Mistake, is, planted};

/// What is there before a step begins. `ask` is what would be asked for when the beginning is recorded.
pub async fn survey<T>(survey: impl Future<Output = T>, ask: impl Future<Output = Result<(), Fault>>) -> T {
    // What an ask comes to is looked at when it is made again.
    if is(Mistake::WayBackAfterAsk) {
        let _ = ask.await;
        return survey.await;
    }
    let surveyed = survey.await;
    if is(Mistake::AskBeforeLog) {
        let _ = ask.await;
    }
    surveyed
}

/// Where the world stands between what was and what was asked.
#[must_use]
pub fn standing(intent: &Intent, before: &Image, now: &Image) -> Standing {
    let standing = intent.standing(before, now);
    let is_overwritten = standing == Standing::Elsewhere && is(Mistake::DriftOverwritten);
    if is_overwritten { Standing::Partway } else { standing }
}

/// What must hold when the world is asked.
#[must_use]
pub fn guards(mut guards: Vec<(StepIndex, &Gate)>) -> Vec<(StepIndex, &Gate)> {
    if is(Mistake::OldGuardTrusted) {
        guards.clear();
    }
    if is(Mistake::LastGuardEnough) {
        guards.truncate(1);
    }
    guards
}

/// Whether users who are sent back meet somebody.
pub fn somebody_is_there(is_there: Result<(), Fault>) -> Result<(), Fault> {
    if is(Mistake::UndoneToNobody) { Ok(()) } else { is_there }
}

/// The gate as it is looked at.
#[must_use]
pub fn gate(gate: &Gate) -> Gate {
    let rule = match gate.rule {
        Rule::InARow { within, .. } if is(Mistake::OneRoundIsEnough) => Rule::InARow { count: 1, within },
        // A bake of no time is the one that nobody has to watch.
        Rule::Throughout { failures, .. } if is(Mistake::BakeUnwatched) => {
            Rule::Throughout { lasts: SignedDuration::ZERO, failures }
        }
        rule @ (Rule::InARow { .. } | Rule::Throughout { .. }) => rule,
    };
    Gate { rule, ..gate.clone() }
}

/// How many good rounds in a row there are, after there were `before`.
#[must_use]
pub fn counted(before: u16, now: u16) -> u16 {
    if is(Mistake::BadRoundForgotten) { now.max(before) } else { now }
}

/// What was read of `criterion`.
#[must_use]
pub fn readings(criterion: &Criterion, mut readings: Vec<Reading>) -> Vec<Reading> {
    let Some(mistake) = planted() else { return readings };
    if let (Mistake::OneMachineChecked, Criterion::Checks { checks, .. }) = (mistake, criterion) {
        readings.truncate(checks.len());
    }
    for reading in &mut readings {
        if is_overlooked(mistake, criterion, reading) {
            reading.verdict = Verdict::Pass;
        }
    }
    readings
}

fn is_overlooked(mistake: Mistake, criterion: &Criterion, reading: &Reading) -> bool {
    if mistake == Mistake::NoEvidencePasses {
        return reading.verdict == Verdict::NoEvidence;
    }
    let Criterion::Proof { .. } = criterion else { return false };
    match reading.check.as_str() {
        "machines" => matches!(mistake, Mistake::ProofAlwaysPasses | Mistake::StrangersOverlooked),
        "quiet" => matches!(mistake, Mistake::ProofAlwaysPasses | Mistake::QuietNotWaited),
        "clock" => matches!(mistake, Mistake::ProofAlwaysPasses | Mistake::ClockJumpOverlooked),
        "log" => matches!(mistake, Mistake::ProofAlwaysPasses | Mistake::UnverifiedLogTrusted),
        _ => mistake == Mistake::ProofAlwaysPasses,
    }
}
