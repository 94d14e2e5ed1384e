//! Who is in which user group: looked up again and again, and forgotten when it can't be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::web::Web;
use crate::chat::ChatError;
use crate::clock::Clock;

/// How often the members are looked up.
const EVERY: Duration = Duration::from_mins(2);

/// How long they are believed; afterwards nobody is in any group until they could be looked up again.
const BELIEVED: Duration = Duration::from_mins(5);

/// The user groups that some role names, with their members.
pub(super) struct Groups {
    team: String,
    names: BTreeSet<String>,
    known: Mutex<BTreeMap<String, Known>>,
}

struct Known {
    members: BTreeSet<String>,
    /// By the clock's elapsed time.
    since: Duration,
}

#[derive(Deserialize)]
pub(super) struct Members {
    pub(super) users: Vec<String>,
}

/// The ids of this workspace's groups among what roles name.
pub(super) fn named<'a>(team: &str, members: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let ours = format!("slack:{team}/");
    let ids = members.into_iter().filter_map(|it| it.strip_prefix(&ours)).filter(|it| it.starts_with('S'));
    ids.map(str::to_owned).collect()
}

impl Groups {
    /// The groups of this workspace among `members`, which are as roles name them: `slack:T01/S09`.
    #[must_use]
    pub(super) fn new<'a>(team: &str, members: impl IntoIterator<Item = &'a str>) -> Self {
        Self { team: team.to_owned(), names: named(team, members), known: Mutex::default() }
    }

    /// The groups that somebody is in, as far as that is known for certain at `now`. Waits for nothing.
    #[must_use]
    pub(super) fn of(&self, user: &str, now: Duration) -> BTreeSet<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = known.iter().filter(|(_, it)| now.saturating_sub(it.since) <= BELIEVED);
        let theirs = fresh.filter(|(_, it)| it.members.contains(user));
        theirs.map(|(name, _)| format!("slack:{}/{name}", self.team)).collect()
    }

    /// Keeps them known until told to stop.
    pub(super) async fn keep(&self, web: &Web, clock: &dyn Clock, stopped: &CancellationToken) {
        while !self.names.is_empty() && !stopped.is_cancelled() {
            self.look(web, clock).await;
            if stopped.run_until_cancelled(clock.pause(EVERY)).await.is_none() {
                return;
            }
        }
    }

    /// Looks each group up once; one that can't be looked up stays as it was known, for as long as that is believed.
    pub(super) async fn look(&self, web: &Web, clock: &dyn Clock) {
        for name in &self.names {
            // The time before the question: what changes while Slack answers is not known.
            let since = clock.elapsed();
            let members: Result<Members, ChatError> = web.look("usergroups.users.list", &[("usergroup", name)]).await;
            match members {
                Ok(Members { users }) => {
                    let known = Known { members: users.into_iter().collect(), since };
                    self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), known);
                }
                Err(error) => tracing::warn!(group = name, %error, "who is in a user group can't be looked up"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_not_known_for_certain_is_no_membership() {
        let groups = Groups::new("T01", ["slack:T01/S09", "slack:T01/U02", "slack:T99/S01", "discord:1/2"]);
        assert_eq!(groups.names, BTreeSet::from(["S09".to_owned()]));
        assert!(groups.of("U03", SECOND).is_empty());
        let known = Known { members: BTreeSet::from(["U03".to_owned()]), since: SECOND };
        groups.known.lock().unwrap().insert("S09".to_owned(), known);
        assert_eq!(groups.of("U03", SECOND), BTreeSet::from(["slack:T01/S09".to_owned()]));
        assert!(groups.of("U04", SECOND).is_empty());
        assert!(!groups.of("U03", SECOND + BELIEVED).is_empty());
        assert!(groups.of("U03", SECOND * 2 + BELIEVED).is_empty(), "it was not looked up for too long");
    }
}
