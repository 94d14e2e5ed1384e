//! The steps of a plan, as what is to be done.

use events::gate::{Criterion, Gate, Rule};
use events::intent::{DatabaseIntent, DeliveryIntent, FleetIntent, Intent, TrafficIntent, WorkersIntent};
use events::plan::{Step, Until};

/// A step of a plan, as what is to be done.
#[must_use]
pub fn step(step: &Step) -> String {
    match step {
        Step::Change { intent, .. } => change(intent),
        Step::Gate(gate) => self::gate(gate),
        Step::Wait(Until::At { at }) => format!("wait until {}", super::time(*at)),
        Step::Wait(Until::Drained { color, within }) => {
            format!("wait until {color} has no request in flight, at most {within:#}")
        }
    }
}

fn change(intent: &Intent) -> String {
    match intent {
        Intent::Traffic(TrafficIntent::Attach { color }) => format!("attach the machines of {color} to the balancer"),
        Intent::Traffic(TrafficIntent::Members { color, members }) if members.is_empty() => {
            format!("detach {color} from the balancer")
        }
        Intent::Traffic(TrafficIntent::Members { color, members }) => {
            format!("attach these {} machines of {color} to the balancer", members.len())
        }
        Intent::Traffic(TrafficIntent::Share { weights }) => match weights.sole() {
            Some(color) => format!("send every request to {color}"),
            None => format!("share requests: {weights}"),
        },
        Intent::Fleet(FleetIntent::GrowTo { color, count }) => format!("have {count} machines in {color}"),
        Intent::Fleet(FleetIntent::ReduceTo { color, keep }) if keep.is_empty() => {
            format!("destroy the machines of {color}")
        }
        Intent::Fleet(FleetIntent::ReduceTo { color, keep }) => {
            format!("destroy the machines of {color} but for {}", keep.len())
        }
        Intent::Delivery(DeliveryIntent::Install { color, release }) => format!("install {release} on {color}"),
        Intent::Delivery(DeliveryIntent::Restore { color, .. }) => format!("install on {color} what it ran before"),
        Intent::Database(intent) => database(intent),
        Intent::Workers(WorkersIntent::Pause { color }) => format!("pause the workers of {color}"),
        Intent::Workers(WorkersIntent::Start { color }) => format!("start the workers of {color}"),
    }
}

fn database(intent: &DatabaseIntent) -> String {
    match intent {
        DatabaseIntent::Arm { primary } => {
            format!("let the database of {primary} follow the one of {} too", primary.other())
        }
        DatabaseIntent::Disarm { primary } => format!("let the database of {primary} follow nobody"),
        DatabaseIntent::Cross { to, accepts_loss, write_errors, repoints } => {
            let what = match (accepts_loss, repoints) {
                (None, false) => format!("bring the database and every request to {to}"),
                (None, true) => format!("bring the database to {to}, and point both environments to it"),
                (Some(count), false) => {
                    format!("bring every request to {to}, and leave {count} transactions of {} behind", to.other())
                }
                (Some(count), true) => format!(
                    "point both environments to the database of {to}, and leave {count} transactions of {} behind",
                    to.other()
                ),
            };
            match write_errors {
                None => what,
                Some(within) => format!("{what}; nobody waits, and writes fail meanwhile, at most {within:#}"),
            }
        }
        DatabaseIntent::Return { to, weights } => format!("let {to} take writes again, and share requests: {weights}"),
    }
}

fn gate(gate: &Gate) -> String {
    let what = match &gate.criterion {
        Criterion::Idle { color } => format!("see that {color} gets no requests"),
        Criterion::Shared { weights } => match weights.sole() {
            Some(color) => format!("see that every request goes to {color}, as the log says"),
            None => format!("see that requests are shared as the log says: {weights}"),
        },
        Criterion::Checks { color, checks, .. } => {
            format!("check {} on every machine of {color}", list(checks.iter().map(ToString::to_string)))
        }
        Criterion::Entrance { checks, .. } => {
            format!("check {} through the balancer", list(checks.iter().map(ToString::to_string)))
        }
        Criterion::Healthy { color, count } => {
            format!("see the balancer call at least {count} machines of {color} healthy")
        }
        Criterion::Approved { role, count, .. } => {
            return format!("wait until {count} of {role} approved it, at most {:#}", gate.rule.limit());
        }
        Criterion::Primary { color } => format!("see that the database of {color} takes writes, and no other"),
        Criterion::Preflight { primary } => {
            format!("see that users of {primary} could cross, by everything that the database asks for")
        }
        Criterion::Pointed { color, primary } => format!("see that {color} uses the database of {primary}"),
        Criterion::Paused { color } => format!("see that no worker of {color} works"),
        Criterion::Proof { color, quiet_for, .. } => {
            format!("prove that {color} can go: nobody used it for {quiet_for:#}, and it is what was recorded")
        }
    };
    match gate.rule {
        Rule::InARow { count: 0 | 1, .. } => what,
        Rule::InARow { count, .. } => format!("{what}, {count} times in a row"),
        Rule::Throughout { lasts, .. } => format!("{what} for {lasts:#}"),
    }
}

/// `a`, `a and b`, `a, b and c`; `nothing` for none.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}
