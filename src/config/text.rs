//! The text of a configuration file: turns places in it into lines, and errors into sentences.

use std::ops::Range;
use std::path::Path;

use super::error::ConfigError;

pub(super) struct Text<'a> {
    pub(super) path: &'a Path,
    pub(super) content: &'a str,
}

impl Text<'_> {
    /// An error at a place of the file.
    pub(super) fn at(&self, span: Range<usize>, sentence: String) -> ConfigError {
        let before = self.content.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ConfigError::Wrong { path: self.path.to_owned(), line, column, sentence }
    }

    /// What the parser found wrong; for an unknown key, with the nearest that there is.
    pub(super) fn unreadable(&self, error: &toml::de::Error) -> ConfigError {
        let sentence = with_nearest(error.message());
        self.at(error.span().unwrap_or(0..0), sentence)
    }
}

/// serde lists every key that there is; people want the one they meant.
fn with_nearest(message: &str) -> String {
    let line = message.lines().next().unwrap_or(message);
    if line.starts_with("invalid type: map, expected a sequence") {
        return "there may be more than one of these: write the table's name in double brackets".to_owned();
    }
    let Some(rest) = ["unknown field `", "unknown variant `"].iter().find_map(|it| line.strip_prefix(it)) else {
        return line.to_owned();
    };
    let mut quoted = rest.split('`');
    let unknown = quoted.next().unwrap_or_default();
    // What follows alternates between separators and known keys.
    let known: Vec<&str> = quoted.skip(1).step_by(2).collect();
    let nearest =
        known.iter().max_by(|a, b| strsim::jaro_winkler(unknown, a).total_cmp(&strsim::jaro_winkler(unknown, b)));
    match nearest.filter(|it| strsim::jaro_winkler(unknown, it) > 0.7) {
        Some(nearest) => format!("there is no key `{unknown}` here; did you mean `{nearest}`?"),
        None => format!("there is no key `{unknown}` here; there are: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_answered_with_the_nearest() {
        let message = "unknown field `widnow`, expected one of `window`, `traffic`, `fleet`";
        assert_eq!(with_nearest(message), "there is no key `widnow` here; did you mean `window`?");
        let message = "unknown field `zzz`, expected `window` or `traffic`";
        assert_eq!(with_nearest(message), "there is no key `zzz` here; there are: window, traffic");
        assert_eq!(with_nearest("invalid type: integer"), "invalid type: integer");
    }
}
