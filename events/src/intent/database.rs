//! What a site's databases are asked to become.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::traffic::mismatch;
use super::{Image, Intent, OnAbort, Standing, WayBack};
use crate::color::{ByColor, Color};
use crate::weights::Weights;

/// A target for the servers of both colors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DatabaseIntent {
    /// The primary replicates from the other color too: whichever is opened, the other one follows.
    Arm { primary: Color },
    /// The primary replicates from nobody.
    Disarm { primary: Color },
    /// The color takes every write and every request, and the other one follows.
    Cross {
        to: Color,
        /// Although what the other color has alone would be missing: so many transactions, as people were told.
        accepts_loss: Option<u64>,
        /// Nobody waits: writes fail meanwhile, for so long at the most. None where requests wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        write_errors: Option<SignedDuration>,
        /// Both colors use the server that takes writes, and are pointed to it; requests have gone over before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        repoints: bool,
    },
    /// The color takes writes and requests are shared like this, as before a crossing that came to nothing.
    Return { to: Color, weights: Weights },
}

/// One server, as far as a plan changes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Whether applications may write to it.
    pub is_open: bool,
    /// Whether it replicates from the other color.
    pub follows: bool,
}

/// Who takes writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Primary {
    One(Color),
    /// Both are frozen: the middle of a crossing.
    Nobody,
    /// Both are open: split.
    Both,
}

impl Primary {
    /// As the servers show it.
    #[must_use]
    pub fn of(servers: &ByColor<Server>) -> Self {
        match (servers.blue.is_open, servers.green.is_open) {
            (true, false) => Self::One(Color::Blue),
            (false, true) => Self::One(Color::Green),
            (false, false) => Self::Nobody,
            (true, true) => Self::Both,
        }
    }
}

impl DatabaseIntent {
    pub(super) fn way_back(&self, before: &Image) -> WayBack {
        match (self, before) {
            (Self::Arm { primary } | Self::Disarm { primary }, Image::Servers(servers)) => {
                let (primary, follows) = (*primary, servers.get(*primary).follows);
                match (self, follows) {
                    (Self::Arm { .. }, true) | (Self::Disarm { .. }, false) => WayBack::Nothing,
                    (_, true) => WayBack::By(Intent::Database(Self::Arm { primary })),
                    (_, false) => WayBack::By(Intent::Database(Self::Disarm { primary })),
                }
            }
            (Self::Cross { to, .. } | Self::Return { to, .. }, Image::Crossing { servers, weights }) => {
                // With nobody or both there is no primary to return to; a crossing does not begin like that.
                let from = if let Primary::One(color) = Primary::of(servers) { color } else { to.other() };
                WayBack::By(Intent::Database(Self::Return { to: from, weights: *weights }))
            }
            (
                Self::Arm { .. } | Self::Disarm { .. } | Self::Cross { .. } | Self::Return { .. },
                Image::Weights(_)
                | Image::Members { .. }
                | Image::Machines(_)
                | Image::Releases(_)
                | Image::Servers(_)
                | Image::Crossing { .. }
                | Image::Workers(_),
            ) => mismatch(),
        }
    }

    pub(super) fn standing(&self, before: &Image, now: &Image) -> Standing {
        let (is_reached, is_before) = match (self, before, now) {
            (Self::Arm { primary }, Image::Servers(before), Image::Servers(now)) => {
                (now.get(*primary).follows, now == before)
            }
            (Self::Disarm { primary }, Image::Servers(before), Image::Servers(now)) => {
                (!now.get(*primary).follows, now == before)
            }
            (
                Self::Cross { to, .. },
                Image::Crossing { servers: old, weights: shared },
                Image::Crossing { servers, weights },
            ) => (
                Primary::of(servers) == Primary::One(*to) && *weights == Weights::all_to(*to),
                (servers, weights) == (old, shared),
            ),
            (
                Self::Return { to, weights: wanted },
                Image::Crossing { servers: old, weights: shared },
                Image::Crossing { servers, weights },
            ) => (Primary::of(servers) == Primary::One(*to) && weights == wanted, (servers, weights) == (old, shared)),
            (Self::Arm { .. } | Self::Disarm { .. } | Self::Cross { .. } | Self::Return { .. }, _, _) => (false, false),
        };
        match (is_reached, is_before) {
            (true, _) => Standing::Reached,
            (false, true) => Standing::Before,
            (false, false) => Standing::Elsewhere,
        }
    }

    pub(super) fn on_abort(&self) -> OnAbort {
        match self {
            Self::Arm { .. } | Self::Disarm { .. } => OnAbort::Undo,
            // Its executor is fenced before anything is read: nothing of it can still land.
            Self::Cross { .. } | Self::Return { .. } => OnAbort::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(blue: (bool, bool), green: (bool, bool)) -> ByColor<Server> {
        let server = |(is_open, follows)| Server { is_open, follows };
        ByColor { blue: server(blue), green: server(green) }
    }

    fn crossing(blue: bool, green: bool, to_green: u8) -> Image {
        let servers = servers((blue, true), (green, true));
        Image::Crossing { servers, weights: Weights::percent_to(Color::Green, to_green) }
    }

    #[test]
    fn what_was_armed_before_stays_armed_and_what_was_not_is_disarmed() {
        let arm = Intent::Database(DatabaseIntent::Arm { primary: Color::Blue });
        let disarm = Intent::Database(DatabaseIntent::Disarm { primary: Color::Blue });
        let armed = Image::Servers(servers((true, true), (false, true)));
        let bare = Image::Servers(servers((true, false), (false, true)));
        assert_eq!((arm.way_back(&bare), arm.way_back(&armed)), (WayBack::By(disarm.clone()), WayBack::Nothing));
        assert_eq!((disarm.way_back(&armed), disarm.way_back(&bare)), (WayBack::By(arm.clone()), WayBack::Nothing));
        assert_eq!((arm.standing(&bare, &armed), arm.standing(&bare, &bare)), (Standing::Reached, Standing::Before));
        let orphan = Image::Servers(servers((true, false), (false, false)));
        assert_eq!(arm.standing(&bare, &orphan), Standing::Elsewhere, "somebody stopped the other channel");
        assert_eq!(disarm.standing(&armed, &bare), Standing::Reached);
        assert!(matches!(arm.way_back(&crossing(true, false, 0)), WayBack::Never { .. }));
        assert_eq!((arm.on_abort(), disarm.on_abort()), (OnAbort::Undo, OnAbort::Undo));
    }

    #[test]
    fn a_crossing_is_reached_when_writes_and_requests_are_on_one_color() {
        let cross = Intent::Database(DatabaseIntent::Cross {
            to: Color::Green,
            accepts_loss: None,
            write_errors: None,
            repoints: false,
        });
        let before = crossing(true, false, 25);
        let weights = Weights::percent_to(Color::Green, 25);
        let back = Intent::Database(DatabaseIntent::Return { to: Color::Blue, weights });
        assert_eq!(cross.way_back(&before), WayBack::By(back.clone()));
        assert_eq!(back.way_back(&before), WayBack::By(back.clone()));
        for (now, standing) in [
            (crossing(true, false, 25), Standing::Before),
            (crossing(false, false, 100), Standing::Elsewhere),
            (crossing(false, true, 25), Standing::Elsewhere),
            (crossing(true, true, 100), Standing::Elsewhere),
            (crossing(false, true, 100), Standing::Reached),
        ] {
            assert_eq!(cross.standing(&before, &now), standing, "{now:?}");
        }
        assert_eq!(back.standing(&crossing(false, false, 100), &before), Standing::Reached);
        assert_eq!((cross.on_abort(), back.on_abort()), (OnAbort::Stop, OnAbort::Stop));
    }

    #[test]
    fn who_takes_writes_is_one_nobody_or_both() {
        let primary = |blue, green| Primary::of(&servers((blue, true), (green, true)));
        assert_eq!(primary(true, false), Primary::One(Color::Blue));
        assert_eq!(primary(false, true), Primary::One(Color::Green));
        assert_eq!((primary(false, false), primary(true, true)), (Primary::Nobody, Primary::Both));
    }
}
