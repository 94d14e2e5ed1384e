//! An order that waits for the word of whoever gave it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Context, Illegal};
use crate::actor::Actor;
use crate::chain::Hash;
use crate::fact::ConfirmationEvent;

/// The newest of them; an older one is forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    pub by: Actor,
    /// What they said.
    pub line: String,
    /// What they say to mean it.
    pub confirm: String,
    pub plan_hash: Hash,
    /// How many transactions they were told would stay behind.
    pub leaves: Option<u64>,
    pub expires_at: Timestamp,
}

pub(super) fn apply(
    confirmation: &mut Option<Confirmation>,
    event: &ConfirmationEvent,
    context: &Context<'_>,
) -> Result<(), Illegal> {
    *confirmation = match event {
        ConfirmationEvent::Asked { line, confirm, plan_hash, leaves, expires_at, .. } => Some(Confirmation {
            by: context.actor.clone(),
            line: line.clone(),
            confirm: confirm.clone(),
            plan_hash: *plan_hash,
            leaves: *leaves,
            expires_at: *expires_at,
        }),
        ConfirmationEvent::Given {} if confirmation.as_ref().is_none_or(|it| it.by != *context.actor) => {
            return Err(Illegal("somebody confirmed what they had not asked for"));
        }
        ConfirmationEvent::Given {} => None,
    };
    Ok(())
}
