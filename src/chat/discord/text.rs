//! Text as Discord shows it: nothing that people or programs say is ever markup.

use commands::card::Span;
use events::actor::Actor;

/// How long Discord takes a text to be.
#[must_use]
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// As much of `text` as fits, with a sign where something is missing.
#[must_use]
pub(super) fn cut(text: &str, limit: usize) -> String {
    if length(text) <= limit {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut room = limit.saturating_sub(1);
    for c in text.chars() {
        let Some(left) = room.checked_sub(c.len_utf16()) else { break };
        room = left;
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// A text with whatever would be markup made plain, as much of it as fits.
#[must_use]
pub(super) fn escaped(text: &str, limit: usize) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut room = limit;
    let mut chars = text.chars().peekable();
    let mut is_first = true;
    while let Some(c) = chars.next() {
        let is_markup = matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '[' | ']' | '<');
        // These mean something at the beginning of a line only.
        let begins_markup = is_first && matches!(c, '#' | '-' | '+' | '>');
        let is_escaped = is_markup || begins_markup;
        let needed = c.len_utf16() + usize::from(is_escaped);
        // There must be room for the sign that something is missing, too.
        if needed + usize::from(chars.peek().is_some()) > room {
            escaped.push('…');
            break;
        }
        room -= needed;
        is_first = false;
        if is_escaped {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}

/// Pieces on one line, with the markup that is ours, as far as they fit. What is markup stands or falls as a whole.
#[must_use]
pub(super) fn line(spans: &[Span], limit: usize) -> String {
    let mut line = String::new();
    for span in spans {
        let Some(piece) = marked(span, limit.saturating_sub(length(&line) + 1)) else {
            line.push('…');
            break;
        };
        line.push_str(&piece);
    }
    line
}

/// One piece within that room; none if so little fits that it would say nothing.
fn marked(span: &Span, room: usize) -> Option<String> {
    const LEAST: usize = 16;
    let whole = |text: String| (length(&text) <= room).then_some(text);
    match span {
        Span::Time(time) => {
            let second = time.as_second();
            whole(format!("<t:{second}:f> (<t:{second}:R>)"))
        }
        Span::Person(actor) => whole(person(actor)),
        Span::Plain(_) | Span::Strong(_) | Span::Code(_) if room < LEAST => None,
        Span::Plain(text) => Some(escaped(text, room)),
        Span::Strong(text) => Some(format!("**{}**", escaped(text, room - 4))),
        Span::Code(text) => Some(format!("`{}`", cut(text, room - 2).replace('`', "'").replace(char::is_control, " "))),
    }
}

/// Lines below one another that keep their columns, in Discord's own frame.
#[must_use]
pub(super) fn block(text: &str, limit: usize) -> String {
    const FRAME: usize = 8;
    let text = text.trim_end().replace('`', "'");
    format!("```\n{}\n```", cut(&text, limit.saturating_sub(FRAME)))
}

/// The same where Discord knows no markup: in a footer, in a title.
#[must_use]
pub(super) fn plain(spans: &[Span]) -> String {
    let texts = spans.iter().map(|span| match span {
        Span::Plain(text) | Span::Strong(text) | Span::Code(text) => text.replace(char::is_control, " "),
        Span::Time(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Span::Person(actor) => actor.to_string(),
    });
    texts.collect()
}

/// A member of a Discord server by a mention, which in an embed notifies nobody.
fn person(actor: &Actor) -> String {
    const PERSON_LIMIT: usize = 100;
    let user = actor.as_str().strip_prefix("discord:").and_then(|it| it.split_once('/')).map(|(_, user)| user);
    match user {
        Some(user) if !user.is_empty() && user.bytes().all(|it| it.is_ascii_digit()) => format!("<@{user}>"),
        Some(_) | None => escaped(actor.as_str(), PERSON_LIMIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(span: Span) -> String {
        line(&[span], 100)
    }

    #[test]
    fn nothing_that_people_say_is_markup() {
        let plain = |text: &str| shown(Span::Plain(text.into()));
        assert_eq!(
            plain("**bold** <@123> [x](y) `z` ~~a~~ ||b|| c\\d"),
            r"\*\*bold\*\* \<@123> \[x\](y) \`z\` \~\~a\~\~ \|\|b\|\| c\\d"
        );
        assert_eq!(plain("# head"), r"\# head");
        assert_eq!(plain("a - b > c # d"), "a - b > c # d");
        assert_eq!(plain("one\n# two\r\0"), "one # two  ");
        assert_eq!(shown(Span::Code("a`b\n".into())), "`a'b `");
        assert_eq!(block("a  b\n```c", 100), "```\na  b\n'''c\n```");
    }

    #[test]
    fn a_text_is_cut_between_characters_and_as_discord_counts() {
        assert_eq!(cut("four", 4), "four");
        assert_eq!(cut("fives", 4), "fiv…");
        assert_eq!(cut("😀😀😀", 4), "😀…");
        assert_eq!(length("😀"), 2);
        for limit in 1..80 {
            for text in
                ["****************************", "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", "plain and rather long, too"]
            {
                for span in [Span::Plain(text.into()), Span::Strong(text.into()), Span::Code(text.into())] {
                    let line = line(&[Span::Plain("- ".into()), span], limit);
                    assert!(length(&line) <= limit, "{limit}: {line}");
                }
            }
            assert!(length(&escaped("*a*b*c*d*e*f", limit)) <= limit);
        }
        assert_eq!(escaped("*a*b*c", 6), r"\*a\*…");
        assert_eq!(line(&[Span::Strong("plain and rather long, too".into())], 22), "**plain and rather…**");
    }

    #[test]
    fn people_are_mentioned_where_they_are_discords() {
        let person = |actor: &str| shown(Span::Person(Actor::recorded(actor.into())));
        assert_eq!(person("discord:22/77"), "<@77>");
        assert_eq!(person("slack:T01/U_2"), r"slack:T01/U\_2");
        assert_eq!(person("discord:22/77>x"), "discord:22/77>x");
    }

    #[test]
    fn a_moment_is_shown_in_the_zone_of_whoever_reads_it() {
        let time = "2026-08-10T18:00:00Z".parse().unwrap();
        assert_eq!(shown(Span::Time(time)), "<t:1786384800:f> (<t:1786384800:R>)");
        assert_eq!(plain(&[Span::Plain("until ".into()), Span::Time(time)]), "until 2026-08-10 18:00 UTC");
        assert_eq!(line(&[Span::Plain("until ".into()), Span::Time(time)], 30), "until …");
    }
}
