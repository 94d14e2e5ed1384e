//! The word that was probably meant: offered, never executed.

/// The value of the word nearest to `typed`, if one is near enough to be worth offering.
pub(super) fn nearest<T>(typed: &str, words: impl IntoIterator<Item = (impl AsRef<str>, T)>) -> Option<T> {
    let typed = typed.to_lowercase();
    let scored = words.into_iter().filter_map(|(word, value)| {
        let word = word.as_ref();
        let distance = strsim::osa_distance(&typed, word);
        let longest = typed.chars().count().max(word.chars().count());
        let allowed = match longest {
            0..=2 => 0,
            3..=4 => 1,
            5..=9 => 2,
            _ => 3,
        };
        let is_beginning = typed.len() >= 3 && word.starts_with(&typed);
        (distance <= allowed || is_beginning).then_some((distance, value))
    });
    scored.min_by_key(|(distance, _)| *distance).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(typed: &str) -> Option<&'static str> {
        nearest(typed, ["deploy", "rollback", "decommission", "why", "#"].map(|word| (word, word)))
    }

    #[test]
    fn only_what_is_near_is_offered() {
        for (typed, expected) in [
            ("deplyo", Some("deploy")),
            ("DEPLOI", Some("deploy")),
            ("rolback", Some("rollback")),
            ("decom", Some("decommission")),
            ("whi", Some("why")),
            ("de", None),
            ("xy", None),
            ("", None),
            ("destroy", None),
            ("banana", None),
        ] {
            assert_eq!(near(typed), expected, "{typed}");
        }
    }
}
