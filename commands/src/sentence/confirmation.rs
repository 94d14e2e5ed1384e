//! What somebody is told before they confirm it.

use events::color::Color;
use events::fact::{ConfirmationEvent, RunKind};
use events::fold::Site;

use super::{time, window_end};

pub(super) fn told(event: &ConfirmationEvent, before: &Site) -> String {
    let ConfirmationEvent::Asked { kind, color, leaves, confirm, plan_hash, expires_at, .. } = event else {
        return "That was confirmed by whoever had asked for it.".to_owned();
    };
    let lost = match (kind, leaves) {
        (RunKind::Decommission, _) => format!("destroys {}", way_back(*color, before)),
        (RunKind::Rollback, Some(count)) => format!(
            "brings users back to {} and leaves {count} transactions behind, and what is written until then; they are written to a file first, and users will miss them",
            environment(*color, before)
        ),
        (RunKind::Deploy | RunKind::Cutover | RunKind::Rollback, _) => {
            format!("gives up {}", way_back(*color, before))
        }
    };
    let (plan, at) = (plan_hash.short(), time(*expires_at));
    format!("Nothing was begun yet: this {lost}. To do it (plan {plan}), say `{confirm}` by {at}.")
}

fn environment(color: Color, before: &Site) -> String {
    let it = before.environments.get(color);
    let release = it.release.as_ref().map_or_else(|| "what it runs".to_owned(), ToString::to_string);
    format!("{color} with {release}")
}

fn way_back(color: Color, before: &Site) -> String {
    let machines = before.environments.get(color).machines.len();
    let until = before.window.as_ref().map_or_else(String::new, |it| format!(" until {}", window_end(&it.end)));
    format!(
        "{} on {machines} machines, which is the way back{until}, and no `rollback` will bring it back",
        environment(color, before)
    )
}
