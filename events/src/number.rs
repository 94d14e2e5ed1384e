//! Counted things: each number knows what it counts.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The one after this.
            #[must_use]
            pub fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// A place in the log: 1, 2, 3… without a gap, in the order of commits. 0 is before the first event.
    Position, u64
);
number!(
    /// A place in one stream: 1, 2, 3… without a gap. 0 is the empty stream.
    Version, u64
);
number!(
    /// Which start of a bot an event was written by; a later start fences the earlier ones.
    Epoch, u64
);
number!(
    /// A run of one site: the 42 of `shop#42`.
    RunNumber, u32
);
number!(
    /// An order of one site that waits for its turn; people take one as they do at a counter.
    Ticket, u32
);
number!(
    /// How often the world was asked for one step, counted from 1.
    Attempt, u32
);
number!(
    /// A step of a plan, counted from 0; people see it counted from 1.
    StepIndex, u16
);
