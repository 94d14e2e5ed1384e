//! The seams within a crossing: what a server was heard to say and what is made of it, or, with the feature `mutants`, the
//! same with a mistake.

#[cfg(feature = "mutants")]
pub(super) use crate::mutants::{
    is_applied, is_still_frozen, kills_holders, lets_settle, locks_anew, looks_for_strangers, roles_are_given, same,
    watches,
};
#[cfg(not(feature = "mutants"))]
pub(super) use as_written::*;

#[cfg(not(feature = "mutants"))]
mod as_written {
    /// Whether a wait ended because everything was applied.
    pub(in crate::database::mysql) fn is_applied(is_applied: bool) -> bool {
        is_applied
    }

    /// Whether both have executed the same.
    pub(in crate::database::mysql) fn same(are_same: bool) -> bool {
        are_same
    }

    /// Whether whoever holds the lock is killed for it.
    pub(in crate::database::mysql) fn kills_holders() -> bool {
        true
    }

    /// Whether a freeze that waits is ended from beside it.
    pub(in crate::database::mysql) fn watches() -> bool {
        true
    }

    /// Whether the old server is frozen as the new one is opened.
    pub(in crate::database::mysql) fn is_still_frozen(is_frozen: bool) -> bool {
        is_frozen
    }

    /// Whether a source is given the time to count what it has sent.
    pub(in crate::database::mysql) fn lets_settle() -> bool {
        true
    }

    /// Whether it matters who else is connected.
    pub(in crate::database::mysql) fn looks_for_strangers() -> bool {
        true
    }

    /// Whether a server that a dead session froze is locked anew.
    pub(in crate::database::mysql) fn locks_anew() -> bool {
        true
    }

    /// Whether it matters which roles an account was given.
    pub(in crate::database::mysql) fn roles_are_given() -> bool {
        true
    }
}
