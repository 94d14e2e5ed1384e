//! Cutover, and rollback, which is the same with the colors swapped: proof, attachment, shares, drain. A database that is
//! replicated crosses in one step with the last share, or behind it where both colors use the server that takes writes;
//! workers rest meanwhile.

use events::color::Color;
use events::fold::Site;
use events::gate::{Criterion, Gate, Rule};
use events::intent::{DatabaseIntent, Intent, TrafficIntent, WorkersIntent};
use events::plan::{Step, Until};
use events::release::Release;
use events::terms::{Crossing, DatabaseTerms, Terms, WorkersTerms};
use events::weights::Weights;
use jiff::SignedDuration;

use super::AGREE;

/// Bad rounds in a row that end a canary: one may be chance.
const CANARY_FAILURES: u16 = 2;

/// The steps that bring users to `onto`, by the `canary` shares first.
#[must_use]
pub fn cutover(site: &Site, onto: Color, canary: &[u8], terms: &Terms) -> Vec<Step> {
    steps(site, onto, canary, terms, None)
}

/// The steps that bring users to `onto` although so many transactions stay behind.
#[must_use]
pub fn lossy_rollback(site: &Site, onto: Color, loss: u64, terms: &Terms) -> Vec<Step> {
    steps(site, onto, &[], terms, Some(loss))
}

fn steps(site: &Site, onto: Color, canary: &[u8], terms: &Terms, accepts_loss: Option<u64>) -> Vec<Step> {
    let environment = site.environments.get(onto);
    let release = environment.release.as_ref();
    let patience = terms.patience;
    let mut steps = Vec::new();
    if let Some(live) = site.live {
        steps.push(guard(Criterion::Shared { weights: Weights::all_to(live) }, AGREE));
    }
    let replicated = match &terms.database {
        Some(DatabaseTerms::Replicated(crossing)) => Some(crossing),
        Some(DatabaseTerms::Shared) | None => None,
    };
    if replicated.is_some() {
        // Where nobody is live yet nothing crosses: the database is with whoever goes live.
        steps.push(guard(Criterion::Primary { color: site.live.unwrap_or(onto) }, AGREE));
    }
    steps.push(checks(onto, release, terms, in_a_row(terms)));
    if let (Some(database), Some(primary)) = (&terms.database, site.live) {
        steps.extend(asked(database, primary, accepts_loss, terms));
    }
    steps.push(Step::Change { intent: Intent::Traffic(TrafficIntent::Attach { color: onto }), within: patience.share });
    let rule = Rule::InARow { count: terms.in_a_row, within: patience.healthy };
    let healthy = guard(Criterion::Healthy { color: onto, count: terms.machine_count }, rule);
    steps.push(healthy.clone());
    for share in canary {
        steps.push(to(Weights::percent_to(onto, *share), terms));
        let bake = Rule::Throughout { lasts: terms.bake, failures: CANARY_FAILURES };
        steps.push(checks(onto, release, terms, bake));
        // What the balancer said before the bake is old by then: a member may have been taken away meanwhile.
        steps.push(healthy.clone());
    }
    let entrance =
        guard(Criterion::Entrance { release: release.cloned(), checks: terms.checks.clone() }, in_a_row(terms));
    let drained = |color| Step::Wait(Until::Drained { color, within: patience.drain });
    let crosses = replicated.zip(site.live);
    if let Some((crossing @ Crossing { repoint: Some(_), .. }, live)) = crosses {
        // Users go first, because that can be undone; what can't be is last.
        steps.extend([to(Weights::all_to(onto), terms), entrance.clone(), drained(live)]);
        steps.extend(paused(live, terms));
        if accepts_loss.is_none() {
            steps.push(guard(Criterion::Preflight { primary: live }, AGREE));
        }
        steps.extend([across(onto, crossing, terms, accepts_loss), entrance]);
        steps.extend(started(onto, terms));
        return steps;
    }
    if let Some(live) = site.live {
        let pausing = paused(live, terms);
        // That took its time too.
        let again = (!pausing.is_empty()).then_some(healthy);
        steps.extend(pausing.into_iter().chain(again));
    }
    steps.push(match crosses {
        Some((crossing, _)) => across(onto, crossing, terms, accepts_loss),
        None => to(Weights::all_to(onto), terms),
    });
    steps.push(entrance);
    steps.extend(started(onto, terms));
    steps.extend(site.live.map(drained));
    steps
}

/// What the database asks for, and what makes its crossing short and its way back whole.
fn asked(database: &DatabaseTerms, primary: Color, accepts_loss: Option<u64>, terms: &Terms) -> Vec<Step> {
    if accepts_loss.is_some() {
        return pointed(database, primary).into_iter().collect();
    }
    let mut steps = vec![guard(Criterion::Preflight { primary }, in_a_row(terms))];
    if let DatabaseTerms::Replicated(_) = database {
        let arm = Intent::Database(DatabaseIntent::Arm { primary });
        steps.push(Step::Change { intent: arm, within: terms.patience.checks });
    }
    steps
}

/// What goes on although the databases are no pair any more: users must not go where nobody can write.
fn pointed(database: &DatabaseTerms, primary: Color) -> Option<Step> {
    match database {
        DatabaseTerms::Replicated(Crossing { repoint: Some(_), .. }) => {
            Some(guard(Criterion::Pointed { color: primary.other(), primary }, AGREE))
        }
        DatabaseTerms::Replicated(_) | DatabaseTerms::Shared => None,
    }
}

/// Nothing works behind the requests of `live` any more: what it took up from here on would belong to the other color.
fn paused(live: Color, terms: &Terms) -> Vec<Step> {
    let Some(workers) = &terms.workers else { return Vec::new() };
    let mut steps = vec![asked_of_workers(WorkersIntent::Pause { color: live }, workers, terms)];
    if workers.are_seen {
        let rule = Rule::InARow { count: 1, within: workers.takes };
        steps.push(guard(Criterion::Paused { color: live }, rule));
    }
    steps
}

fn started(onto: Color, terms: &Terms) -> Option<Step> {
    let workers = terms.workers.as_ref()?;
    Some(asked_of_workers(WorkersIntent::Start { color: onto }, workers, terms))
}

fn asked_of_workers(intent: WorkersIntent, workers: &WorkersTerms, terms: &Terms) -> Step {
    Step::Change { intent: Intent::Workers(intent), within: attempts(workers.takes, terms) }
}

/// The database crosses to `onto`, in one step: with every request, or after them where both colors use the one that takes
/// writes. Each attempt may use all of its patience.
fn across(onto: Color, crossing: &Crossing, terms: &Terms, accepts_loss: Option<u64>) -> Step {
    let Crossing { gate, pause, write_errors, repoint, .. } = *crossing;
    let intent =
        Intent::Database(DatabaseIntent::Cross { to: onto, accepts_loss, write_errors, repoints: repoint.is_some() });
    // To see that it can be, then for the color where users are, and for the one that they left.
    let pointing = repoint.unwrap_or_default().saturating_mul(3);
    let attempt = gate.saturating_add(write_errors.unwrap_or(pause)).saturating_add(pointing);
    Step::Change { intent, within: attempts(attempt, terms) }
}

/// As long as all attempts together may take, with their pauses.
fn attempts(attempt: SignedDuration, terms: &Terms) -> SignedDuration {
    let attempts = i32::try_from(terms.retries.attempts).unwrap_or(i32::MAX);
    attempt.saturating_add(terms.retries.longest_pause).saturating_mul(attempts)
}

fn guard(criterion: Criterion, rule: Rule) -> Step {
    Step::Gate(Gate { criterion, rule, is_guard: true })
}

fn to(weights: Weights, terms: &Terms) -> Step {
    Step::Change { intent: Intent::Traffic(TrafficIntent::Share { weights }), within: terms.patience.share }
}

fn in_a_row(terms: &Terms) -> Rule {
    Rule::InARow { count: terms.in_a_row, within: terms.patience.checks }
}

/// The site's own checks on every machine; as a bake they are no guard: a person may promote early.
fn checks(color: Color, release: Option<&Release>, terms: &Terms, rule: Rule) -> Step {
    let is_guard = matches!(rule, Rule::InARow { .. });
    let criterion = Criterion::Checks { color, release: release.cloned(), checks: terms.checks.clone() };
    Step::Gate(Gate { criterion, rule, is_guard })
}
