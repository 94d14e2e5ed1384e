//! The files of this repository, as text: whole, without what strings say, or without comments too.

use std::path::{Path, PathBuf};

/// A file, by its path from the root of the repository.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Where the repository is.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is made by building or kept by git; and the lists of others' crates.
const SKIPPED: [&str; 3] = ["target", ".git", "Cargo.lock"];

/// Every file with one of these extensions below `folder`, in the order of their paths.
pub(crate) fn files(folder: &str, extensions: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    let wanted = paths.into_iter().filter(|path| {
        let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
        extensions.contains(&extension)
    });
    wanted.map(|path| Source { path: relative(&path), text: std::fs::read_to_string(&path).unwrap() }).collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        match (SKIPPED.contains(&name), path.is_dir()) {
            (true, _) => {}
            (false, true) => collect(&path, paths),
            (false, false) => paths.push(path),
        }
    }
}

/// Rust with the insides of its strings blanked; what planted texts in tests say is then no violation.
pub(crate) fn without_strings(text: &str) -> String {
    blanked(text, false)
}

/// Rust with the insides of its strings, and its comments, blanked.
pub(crate) fn code(text: &str) -> String {
    blanked(text, true)
}

/// Lines stay where they are, so that a place in the result is a place in the file.
fn blanked(text: &str, comments_too: bool) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, is_blank) = piece(rest, first, kept.chars().next_back());
        let is_comment = rest.starts_with("//") || rest.starts_with("/*");
        let (taken, after) = rest.split_at(length);
        if is_blank && (comments_too || !is_comment) {
            kept.extend(taken.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        } else {
            kept.push_str(taken);
        }
        rest = after;
    }
    kept
}

/// How long the next comment, string or other character is in bytes, and whether it may be blanked.
fn piece(rest: &str, first: char, before: Option<char>) -> (usize, bool) {
    let until = |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), true);
    }
    if rest.starts_with("/*") {
        return (until("*/", 2), true);
    }
    let is_word = before.is_some_and(|it| it.is_alphanumeric() || it == '_');
    let hashes = rest[1..].chars().take_while(|c| *c == '#').count();
    if first == 'r' && !is_word && rest[1 + hashes..].starts_with('"') {
        return (until(&format!("\"{}", "#".repeat(hashes)), hashes + 2), true);
    }
    if first == '"' {
        return (quoted(rest, '"'), true);
    }
    // A character, and not the beginning of a lifetime.
    let mut following = rest.chars().skip(1);
    let (second, third) = (following.next(), following.next());
    if first == '\'' && (second == Some('\\') || third == Some('\'')) {
        return (quoted(rest, '\''), true);
    }
    (first.len_utf8(), false)
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match (is_escaped, c) {
            (true, _) => is_escaped = false,
            (false, '\\') => is_escaped = true,
            (false, c) if c == quote => return at + 1,
            (false, _) => {}
        }
    }
    rest.len()
}

/// Every path in `code` with at least two parts, groups written out: `a::{b, c::d}` is `a::b` and `a::c::d`.
pub(crate) fn paths(code: &str) -> Vec<Vec<String>> {
    let bytes = code.as_bytes();
    let is_word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let begins = is_word(bytes[at]) && !code[..at].ends_with("::");
        let length = bytes[at..].iter().take_while(|c| is_word(**c)).count().max(1);
        if begins && code[at + length..].starts_with("::") {
            at = code.len() - expand(&code[at..], &[], &mut found).len();
        } else {
            at += length;
        }
    }
    found
}

/// Reads one path, and gives back what follows it.
fn expand<'a>(code: &'a str, before: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let length = code.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(code.len());
    let (word, rest) = code.split_at(length);
    let mut path = before.to_vec();
    path.extend((!word.is_empty()).then(|| word.to_owned()));
    let Some(rest) = rest.strip_prefix("::") else {
        found.push(path);
        return rest;
    };
    let Some(mut rest) = rest.strip_prefix('{') else { return expand(rest, &path, found) };
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        match rest.chars().next() {
            None => return rest,
            Some('}') => return &rest[1..],
            Some(c) if c.is_ascii_alphanumeric() || c == '_' => {
                rest = expand(rest, &path, found);
                // `as name` is passed over.
                rest = rest.trim_start_matches(|c: char| c != ',' && c != '}');
            }
            Some(c) => rest = &rest[c.len_utf8()..],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_not_code() {
        let text = "let a = \"x::y \\\" // z\"; // q::r\nlet b = r#\"s::\"t\"#; 'u'; '\\''; f::<'v>(); /* w */ end";
        let code = code(text);
        for gone in ["x::y", "z", "q::r", "s::", "w"] {
            assert!(!code.contains(gone), "{gone} in {code}");
        }
        assert!(code.contains("f::<'v>()") && code.contains("end"), "{code}");
        assert!(without_strings(text).contains("// q::r") && !without_strings(text).contains("x::y"));
        assert_eq!(code.lines().count(), 2);
    }

    #[test]
    fn groups_are_written_out() {
        let found = paths("use crate::{a, b::{self, C as D}, e::F};\nlet x = std::fs::read(y);");
        let joined: Vec<String> = found.iter().map(|it| it.join("::")).collect();
        assert_eq!(joined, ["crate::a", "crate::b::self", "crate::b::C", "crate::e::F", "std::fs::read"]);
    }
}
