//! Keep the way back longer.

use events::fact::{Event, RunKind, WindowEvent};
use events::fold::WindowEnd;

use super::Case;
use crate::order::Keep;
use crate::refusal::Refusal;
use crate::slot;

pub(super) fn decide(case: Case<'_>, order: Keep) -> Result<Vec<Event>, Refusal> {
    let window = case.site.window.as_ref().ok_or(Refusal::NoWindow { verb: "keep" })?;
    if let Some(run) = case.site.run.as_ref().filter(|run| run.kind == RunKind::Decommission) {
        return Err(Refusal::Busy { run: run.number, kind: run.kind, can_wait: false });
    }
    let fact = match order {
        Keep::UntilReleased => WindowEvent::Held {},
        Keep::For(duration) => {
            let from = match window.end {
                WindowEnd::At { closes_at, .. } => closes_at.max(case.now),
                WindowEnd::Held => case.now,
            };
            let closes_at = from.saturating_add(duration).unwrap_or(from);
            let decommission_at = slot::after(&window.terms, closes_at, case.now);
            WindowEvent::Extended { closes_at, decommission_at }
        }
    };
    Ok(vec![fact.into()])
}
