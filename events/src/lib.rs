//! What happened: the facts of a site, the intents behind them, and the fold that rebuilds its state from the log alone.
//!
//! Pure: no I/O, no clock, no randomness. The map, bottom up:
//!
//! - [`name`], [`number`], [`color`], [`weights`], [`release`], [`machine`], [`actor`], [`fault`]: the words;
//! - [`chat`]: where something is said, and which message is which;
//! - [`intent`], [`gate`], [`plan`], [`terms`]: what a run is asked to do, and under which terms;
//! - [`fact`]: what happened, one file per family;
//! - [`envelope`], [`chain`], [`wire`]: how a fact is carried, hashed and spelled;
//! - [`fold`]: the state of every site, rebuilt from facts;
//! - [`history`]: the state as of any moment, between two, and the difference.

pub mod actor;
pub mod chain;
pub mod chat;
pub mod check;
pub mod color;
pub mod envelope;
pub mod fact;
pub mod fault;
pub mod fold;
pub mod gate;
pub mod history;
pub mod intent;
pub mod machine;
pub mod name;
pub mod number;
pub mod plan;
pub mod release;
pub mod terms;
pub mod weights;
pub mod wire;
