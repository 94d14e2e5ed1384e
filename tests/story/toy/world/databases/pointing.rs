//! Where nobody waits, and where both colors use the server that takes writes.

use std::time::Duration;

use events::color::{ByColor, Color};
use events::fault::Fault;

use super::Databases;
use crate::toy::world::{Told, World};

impl Databases {
    /// Nobody waits while they cross: writes may fail for so long.
    pub(crate) fn let_fail(&mut self, within: Duration) {
        self.write_errors = Some(within);
    }

    /// Both colors use the server that takes writes.
    pub(crate) fn point_to_blue(&mut self) {
        self.points = Some(ByColor { blue: Color::Blue, green: Color::Blue });
    }

    /// Whose server the users of a color write to.
    pub(super) fn used_by(&self, color: Color) -> Color {
        self.points.as_ref().map_or(color, |it| *it.get(color))
    }
}

impl World {
    /// Whose server a color uses; none where each uses its own.
    pub(crate) fn used_by(&mut self, color: Color) -> Result<Option<Color>, Fault> {
        Ok(self.pair()?.points.as_ref().map(|it| *it.get(color)))
    }

    /// A color uses the server of `primary` from now on.
    pub(crate) fn point(&mut self, color: Color, primary: Color) -> Result<(), Fault> {
        let pair = self.pair()?;
        let is_open = pair.servers.get(primary).is_open;
        let Some(points) = &mut pair.points else {
            return Err(Fault::lasting("each color has a database of its own"));
        };
        if pair.unreachable == Some(color) {
            return Err(Fault::passing(format!("{color} could not be pointed to the database of {primary}: no route")));
        }
        if *points.get(color) != primary {
            *points.get_mut(color) = primary;
            self.tell(|| Told::World(format!("{color} uses the database of {primary}")));
        }
        if !is_open && !self.is_disturbed() {
            self.accuse(format!("{color} was pointed to the database of {primary}, which takes no writes"));
        }
        Ok(())
    }
}
