//! An order that was refused: recorded without what was typed.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum OrderEvent {
    /// Nothing was changed. `verb` is a word of our own table; none if it was not understood.
    Refused { verb: Option<String>, code: String },
}
