//! What the outside said before a decision: resolved first, so that deciding needs nothing but the log and this.

use std::collections::BTreeSet;

use events::chat::{Place, Shown};
use events::color::{ByColor, Color};
use events::fact::Found;
use events::release::{Release, ReleaseName};
use events::terms::Terms;
use jiff::Timestamp;

/// Everything a decision may need that is not in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// What the configuration says now; a run freezes it.
    pub terms: Terms,
    /// The release that was named, with what it stands for.
    pub release: Option<Release>,
    /// When a run shall begin; none for at once.
    pub begin_at: Option<Timestamp>,
    /// The world as it was read, for a site that is adopted.
    pub world: Option<World>,
    /// Whether the databases could be brought back without a loss, for a rollback of a site where they cross.
    pub lossless: Option<Lossless>,
    /// What the button took for granted that was pressed; none for what was typed.
    pub shown: Option<Shown>,
    /// Where it was said; none for the console.
    pub place: Option<Place>,
    /// The groups that the platform vouched for.
    pub groups: BTreeSet<String>,
    /// The release that a cutover was meant for which has waited for its turn.
    pub brings: Option<ReleaseName>,
}

impl Pinned {
    /// What is known without asking anybody.
    #[must_use]
    pub fn bare(terms: Terms) -> Self {
        Self {
            terms,
            release: None,
            begin_at: None,
            world: None,
            lossless: None,
            shown: None,
            place: None,
            groups: BTreeSet::new(),
            brings: None,
        }
    }
}

/// Whether what the primary took since it was opened would be on the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lossless {
    Yes,
    No {
        why: String,
        /// How many transactions would stay behind; none if nobody can say.
        missing: Option<u64>,
    },
}

/// A site as the world shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// The color that gets every request, if one does and has members.
    pub live: Option<Color>,
    /// Whether requests are shared between both colors.
    pub is_shared: bool,
    pub found: ByColor<Found>,
}
