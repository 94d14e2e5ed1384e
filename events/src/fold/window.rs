//! The stability window of a site.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Illegal;
use crate::color::Color;
use crate::fact::WindowEvent;
use crate::number::RunNumber;
use crate::release::Release;
use crate::terms::WindowTerms;

/// An open window: a way back exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The cutover that opened it.
    pub run: RunNumber,
    pub way_back: Color,
    pub release: Option<Release>,
    pub end: WindowEnd,
    /// Until when people were told that it will be decommissioned; none if they were not.
    pub announced: Option<Timestamp>,
    /// Why the way back would not work right now; none if it would.
    pub lost: Option<String>,
    pub terms: WindowTerms,
}

/// When a window ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowEnd {
    /// It closes, and the way back is decommissioned in the slot after that, if there is one.
    At { closes_at: Timestamp, decommission_at: Option<Timestamp> },
    /// Somebody keeps the way back until further notice.
    Held,
}

pub(super) fn apply(window: &mut Option<Window>, event: &WindowEvent) -> Result<(), Illegal> {
    if let WindowEvent::Opened { run, way_back, release, closes_at, decommission_at, terms } = event {
        if window.is_some() {
            return Err(Illegal("a window was opened while another was open"));
        }
        *window = Some(Window {
            run: *run,
            way_back: *way_back,
            release: release.clone(),
            end: WindowEnd::At { closes_at: *closes_at, decommission_at: *decommission_at },
            announced: None,
            lost: None,
            terms: terms.clone(),
        });
        return Ok(());
    }
    let open = window.as_mut().ok_or(Illegal("there is no window"))?;
    match event {
        WindowEvent::Opened { .. } => {}
        WindowEvent::Extended { closes_at, decommission_at } => {
            open.end = WindowEnd::At { closes_at: *closes_at, decommission_at: *decommission_at };
            open.announced = None;
        }
        WindowEvent::Held {} => {
            open.end = WindowEnd::Held;
            open.announced = None;
        }
        WindowEvent::Announced { decommission_at } => {
            let WindowEnd::At { decommission_at: Some(at), .. } = open.end else {
                return Err(Illegal("a decommission was announced that is not scheduled"));
            };
            if at != *decommission_at {
                return Err(Illegal("a decommission was announced for another time than its own"));
            }
            open.announced = Some(at);
        }
        WindowEvent::Postponed { decommission_at, .. } => {
            let WindowEnd::At { closes_at, .. } = open.end else {
                return Err(Illegal("a held window has no decommission to postpone"));
            };
            open.end = WindowEnd::At { closes_at, decommission_at: *decommission_at };
            open.announced = None;
        }
        WindowEvent::WayBackLost { why } => open.lost = Some(why.clone()),
        WindowEvent::WayBackProven {} => open.lost = None,
        WindowEvent::Closed { .. } => *window = None,
    }
    Ok(())
}
