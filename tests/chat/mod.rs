//! A day in chat, the same on every platform: what people say and press, and what they and their channel are shown for it.

mod day;
mod page;
mod shown;

use std::path::Path;

pub(crate) use day::day;
pub(crate) use shown::{Pressable, Shown, Tone, in_words, marked};

use crate::kit::{Shop, Terms};

/// Somebody of the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Ann,
    Bob,
}

impl Who {
    /// Whose id this is; `id` gives everybody's.
    pub(crate) fn of(shown: &str, id: impl Fn(Self) -> &'static str) -> Self {
        let found = [Self::Ann, Self::Bob].into_iter().find(|it| id(*it) == shown);
        found.unwrap_or_else(|| panic!("nobody has the id {shown}"))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ann => "ann",
            Self::Bob => "bob",
        }
    }
}

/// An order as a platform takes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typed {
    pub(crate) verb: &'static str,
    /// What stands behind the verb where it is typed in one line.
    pub(crate) rest: &'static str,
    /// The same by its parts, for a platform that asks for each.
    pub(crate) options: &'static [(&'static str, &'static str)],
}

/// A platform, as people use it.
pub(crate) trait Talk {
    /// Somebody types an order; what only they read of what came of it.
    async fn types(&self, who: Who, typed: &Typed) -> Shown;

    /// Somebody presses a button, and says why if a form asks for it; what only they read of what came of it.
    async fn presses(&self, who: Who, button: &Pressable, why: &str) -> Shown;

    /// What the channel shows, oldest first.
    fn channel(&self) -> Vec<Shown>;
}

/// Whose word a deploy needs from here on.
const APPROVAL: &str = "\n[[site.approval]]\nfor = [\"deploy\"]\nrole = \"releasers\"\nlasts = \"8h\"\n";

/// The shop of the day, which serves v1; its bot does not run.
pub(crate) async fn shop() -> Shop {
    let terms = Terms {
        sites: vec!["shop/production"],
        window: "lasts = \"1h\"\ndecommission = \"* * * * *\"\nannounce = \"2h\"\nquiet_for = \"1s\"\n",
        gates: "bake = \"1h\"\n",
        ..Terms::default()
    };
    let mut shop = Shop::closed(&terms).opened_live().await;
    shop.stop().await;
    let text = std::fs::read_to_string(shop.path("changeover.toml")).unwrap();
    std::fs::write(shop.path("changeover.toml"), text + APPROVAL).unwrap();
    shop
}

/// The day that a test has seen is the one that README.md tells; with `UPDATE_EXPECT` it is written there.
pub(crate) fn is_told(transcript: &str) {
    const BEGIN: &str = "<!-- A day in chat, as tests/slack and tests/discord see it. -->\n```text\n";
    const END: &str = "\n```\n<!-- The end of the day. -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("README.md tells no day");
    let (told, after) = rest.split_once(END).expect("README.md does not end the day");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", transcript.trim_end())).unwrap();
        return;
    }
    assert_eq!(told, transcript.trim_end(), "README.md tells another day; UPDATE_EXPECT=1 writes it anew");
}
