//! A line as it arrives: limits, and what chat clients make of plain text.

use super::misread::Because;

/// The longest line that is read, in bytes.
pub const LINE_LIMIT: usize = 2_000;

/// What a link of Slack may begin with: everything else in angle brackets is text.
const SCHEMES: [&str; 4] = ["https:", "http:", "mailto:", "tel:"];

/// The line as it was meant: invisible characters gone, every space a plain one, Slack's forms and escapes undone.
pub(super) fn plain(line: &str) -> Result<String, Because> {
    if line.len() > LINE_LIMIT {
        return Err(Because::TooLong);
    }
    let line = line.trim();
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Because::Control);
    }
    let undone = undo_forms(without_mention(line));
    let text: String =
        undone.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let text = text.trim();
    if text.is_empty() { Err(Because::Empty) } else { Ok(text.to_owned()) }
}

/// Whether a chat client, a web page or a prankster put it there: takes no room, or turns the reading direction.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A mention at the start of a line calls us; it is no word of the command.
fn without_mention(line: &str) -> &str {
    match line.strip_prefix("<@").and_then(|rest| rest.split_once('>')) {
        Some((id, rest)) if !id.contains(['<', ' ']) => rest,
        Some(_) | None => line,
    }
}

/// One pass, so that nothing is undone twice: `&amp;lt;` is `&lt;`, not `<`.
fn undo_forms(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        if let Some((text, after)) = form(from) {
            plain.push_str(&unescaped(text));
            rest = after;
        } else if let Some((c, after)) = escape(from) {
            plain.push(c);
            rest = after;
        } else {
            let mut chars = from.chars();
            plain.extend(chars.next());
            rest = chars.as_str();
        }
    }
    plain.push_str(rest);
    plain
}

/// A form such as `<@U1|ann>` or `<https://x|text>` at the start of `text`: what it shows, and what follows.
fn form(text: &str) -> Option<(String, &str)> {
    let (inner, after) = text.strip_prefix('<')?.split_once('>')?;
    if inner.contains('<') {
        return None;
    }
    let (target, label) = inner.split_once('|').map_or((inner, None), |(target, label)| (target, Some(label)));
    let shown = label.filter(|label| !label.is_empty());
    let mark = target.chars().next()?;
    if matches!(mark, '@' | '#' | '!') {
        let name = target.get(1..).filter(|name| !name.is_empty())?;
        return Some(match (mark, shown) {
            // A date or a group shows its own text.
            ('!', Some(shown)) => (shown.to_owned(), after),
            ('#', shown) => (format!("#{}", shown.unwrap_or(name)), after),
            (_, shown) => (format!("@{}", shown.unwrap_or(name).trim_start_matches('@')), after),
        });
    }
    SCHEMES.iter().find(|scheme| target.starts_with(**scheme))?;
    let bare = target.strip_prefix("mailto:").or_else(|| target.strip_prefix("tel:")).unwrap_or(target);
    Some((shown.unwrap_or(bare).to_owned(), after))
}

fn unescaped(text: String) -> String {
    // `&amp;` last: what it uncovers stands for itself.
    if text.contains('&') { text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") } else { text }
}

/// An escape at the start of `text`: the character it stands for, and what follows.
fn escape(text: &str) -> Option<(char, &str)> {
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')]
        .into_iter()
        .find_map(|(escape, c)| text.strip_prefix(escape).map(|after| (c, after)))
}

/// Whether `text` begins as a form does, closed or not: escaping what follows could close it.
fn may_be_form(text: &str) -> bool {
    let target = text.strip_prefix('<').unwrap_or_default();
    target.starts_with(['@', '#', '!']) || SCHEMES.iter().any(|scheme| target.starts_with(scheme))
}

/// `text` such that [`plain`] gives it back.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let from = text.get(at..).unwrap_or_default();
        match c {
            '<' if may_be_form(from) => escaped.push_str("&lt;"),
            '&' if escape(from).is_some() => escaped.push_str("&amp;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_chat_clients_make_of_text_is_undone_once() {
        let rows = [
            ("<@U123> deploy shop", "deploy shop"),
            ("<@U123|bot>\u{a0}status", "status"),
            ("lock: ask <@U123>", "lock: ask @U123"),
            ("lock: ask <@U123|ann>", "lock: ask @ann"),
            ("lock: see <#C1|ops> <!here>", "lock: see #ops @here"),
            ("lock until <!date^1^{time}|18:00>", "lock until 18:00"),
            ("deploy <mailto:shop@1.42.0|shop@1.42.0> to production", "deploy shop@1.42.0 to production"),
            ("lock: see <https://example.com/a?b=1&amp;c=2>", "lock: see https://example.com/a?b=1&c=2"),
            ("lock: see <https://example.com|the page>", "lock: see the page"),
            ("lock: a &lt;b&gt; &amp;amp; c", "lock: a <b> &amp; c"),
            ("lock: &lt;@U1&gt;", "lock: <@U1>"),
            ("lock: a < b > c <> <@> <|> &c;", "lock: a < b > c <> <@> <|> &c;"),
            ("sta\u{200b}tus\u{202f}\u{feff}shop\t\u{3000}x", "status shop  x"),
        ];
        for (line, expected) in rows {
            assert_eq!(plain(line).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn a_line_has_limits() {
        assert_eq!(plain(&"x".repeat(LINE_LIMIT + 1)), Err(Because::TooLong));
        assert!(plain(&"x".repeat(LINE_LIMIT)).is_ok());
        for control in ["a\nb", "a\u{0}b", "a\u{1b}[2Jb", "a\u{7f}b", "a\u{9b}b", "a\rb"] {
            assert_eq!(plain(control), Err(Because::Control), "{control:?}");
        }
        for empty in ["", "  ", "\u{200b}", "<@U1>", "\n"] {
            assert_eq!(plain(empty), Err(Because::Empty), "{empty:?}");
        }
    }
}
