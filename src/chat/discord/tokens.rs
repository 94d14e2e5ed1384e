//! The tokens of interactions: secrets that let the bot speak to one person for a quarter of an hour. In memory only.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::chat::Place;

/// How long Discord takes a token, less what a last answer may need.
pub(super) const LIFE: Duration = Duration::from_secs(14 * 60 + 30);
/// How long the first answer may be on its way to Discord.
const NEW: Duration = Duration::from_secs(5);
/// How many are kept; the oldest goes first.
const LIMIT: usize = 1000;

/// A token that an interaction brought. Shows itself to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token as it came; none if it could be part of no address.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
        let is_good = !text.is_empty() && text.len() <= 1024 && text.chars().all(is_word) && !text.contains("..");
        is_good.then_some(Self(text))
    }

    /// The token itself: for the address that it is part of.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The newest tokens, by whom and where they were brought.
#[derive(Default)]
pub struct Tokens(Mutex<VecDeque<Kept>>);

struct Kept {
    channel: String,
    user: String,
    token: Token,
    /// Time since the start of this process.
    since: Duration,
}

impl Tokens {
    /// Keeps a token that came at `now`.
    pub fn keep(&self, place: &Place, token: Token, now: Duration) {
        let Some(user) = place.user.clone() else { return };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= LIMIT {
            kept.pop_front();
        }
        kept.push_back(Kept { channel: place.channel.clone(), user, token, since: now });
    }

    /// The newest that still reaches this person there.
    #[must_use]
    pub fn newest(&self, place: &Place, now: Duration) -> Option<Token> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|it| it.since + LIFE > now);
        let mine = |it: &&Kept| it.channel == place.channel && Some(&it.user) == place.user.as_ref();
        kept.iter().rev().find(mine).map(|it| it.token.clone())
    }

    /// Whether Discord may not know yet that its interaction was answered.
    #[must_use]
    pub fn is_new(&self, token: &Token, now: Duration) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().any(|it| it.token == *token && it.since + NEW > now)
    }

    /// Discord does not take it any more.
    pub fn forget(&self, token: &Token) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|it| it.token != *token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Platform;

    fn place(user: &str) -> Place {
        Place { platform: Platform::Discord, channel: "33".into(), user: Some(user.into()) }
    }

    fn token(text: &str) -> Token {
        Token::new(text.into()).unwrap()
    }

    #[test]
    fn the_newest_token_of_a_person_is_used_until_it_ends() {
        let tokens = Tokens::default();
        let start = Duration::ZERO;
        tokens.keep(&place("77"), token("old"), start);
        tokens.keep(&place("77"), token("new"), start + Duration::from_mins(1));
        tokens.keep(&place("78"), token("other"), start + Duration::from_secs(61));
        assert_eq!(tokens.newest(&place("77"), start + Duration::from_secs(62)), Some(token("new")));
        assert!(tokens.is_new(&token("new"), start + Duration::from_secs(62)));
        assert!(!tokens.is_new(&token("old"), start + Duration::from_secs(62)));
        tokens.forget(&token("new"));
        assert_eq!(tokens.newest(&place("77"), start + Duration::from_secs(62)), Some(token("old")));
        assert_eq!(tokens.newest(&place("77"), start + LIFE), None);
        assert_eq!(tokens.newest(&Place { user: None, ..place("77") }, start), None);
    }

    #[test]
    fn no_more_than_so_many_are_kept() {
        let tokens = Tokens::default();
        for count in 0..=LIMIT {
            tokens.keep(&place(&count.to_string()), token("t"), Duration::ZERO);
        }
        assert_eq!(tokens.newest(&place("0"), Duration::ZERO), None);
        assert!(tokens.newest(&place("1"), Duration::ZERO).is_some());
    }

    #[test]
    fn a_token_is_never_shown_and_leads_nowhere_else() {
        assert_eq!(format!("{:?}", token("aW50ZXJhY3Rpb24")), "[secret]");
        for bad in ["", "a/b", "../x", "a?b", "a b", "a%2f"] {
            assert_eq!(Token::new(bad.into()), None, "{bad}");
        }
    }
}
