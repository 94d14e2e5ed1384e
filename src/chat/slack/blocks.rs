//! A card in Block Kit. Text is rich text, in which nothing is markup, so that no release's name can make a link.

use commands::card::{Button, Card, Mark, Part, Span, Style, Tone};
use jiff::Timestamp;
use slack_morphism::prelude::*;

/// What Slack takes, in characters: of a headline, a button, a question, and of all text of a message together. It says
/// nothing of the last, and refuses messages from about 11,000 on.
const HEADLINE: usize = 150;
const LABEL: usize = 75;
const CONFIRM_TITLE: usize = 100;
const CONFIRM: usize = 300;
const FALLBACK: usize = 3_000;
const FOOTNOTE: usize = 2_000;
const BUDGET: usize = 8_000;

/// How many buttons stand below a message at most.
const BUTTON_LIMIT: usize = 25;

/// What the action of a button begins with: whether it is pressed at once, or after a reason was given.
pub(super) const PRESS: &str = "press";
pub(super) const REASON: &str = "reason";

/// The blocks of a card; `team` is the workspace that they are shown in.
#[must_use]
pub fn blocks(card: &Card, team: &str) -> Vec<SlackBlock> {
    let mut blocks: Vec<SlackBlock> = vec![SlackHeaderBlock::new(plain(&headline(card), HEADLINE)).into()];
    let mut room = Room { left: BUDGET.saturating_sub(HEADLINE + FOOTNOTE), team };
    blocks.extend(card.parts.iter().filter_map(|part| room.part(part)).map(SlackBlock::from));
    if !card.buttons.is_empty() {
        let buttons = card.buttons.iter().take(BUTTON_LIMIT).enumerate().map(|(at, it)| button(at, it).into());
        blocks.push(SlackActionsBlock::new(buttons.collect()).into());
    }
    let footnote: String = card.footnote.iter().map(|it| markup(it, team)).collect();
    if !footnote.is_empty() {
        let text = SlackBlockMarkDownText::new(cut(&footnote, FOOTNOTE));
        blocks.push(SlackContextBlock::new(vec![text.into()]).into());
    }
    blocks
}

/// The whole card in a sentence, for notifications and for whoever hears instead of seeing.
#[must_use]
pub fn fallback(card: &Card) -> String {
    cut(&escape(&card.sentence), FALLBACK)
}

/// Escapes what Slack takes for a mention, a link or an entity.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn headline(card: &Card) -> String {
    let mark = match card.tone {
        Tone::Underway => ":hourglass_flowing_sand: ",
        Tone::Good => ":white_check_mark: ",
        Tone::Attention => ":warning: ",
        Tone::Bad => ":x: ",
        Tone::Quiet => "",
    };
    format!("{mark}{}", card.headline)
}

fn plain(text: &str, limit: usize) -> SlackBlockPlainTextOnly {
    SlackBlockPlainText::new(cut(text, limit)).into()
}

/// The beginning of a text that is too long, with a mark that it is; never empty, which Slack refuses.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if text.trim().is_empty() {
        return "–".to_owned();
    }
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// How much text still fits.
struct Room<'a> {
    left: usize,
    team: &'a str,
}

impl Room<'_> {
    /// A part, as far as there is room for it.
    fn part(&mut self, part: &Part) -> Option<SlackRichTextBlock> {
        let mut line = Vec::new();
        match part {
            Part::Text(spans) => self.spans(spans, &mut line),
            Part::Facts(facts) => {
                for (name, value) in facts {
                    self.begin_line(&mut line);
                    self.text(&format!("{name}: "), Some(SlackRichTextStyle::new().with_bold(true)), &mut line);
                    self.spans(value, &mut line);
                }
            }
            Part::Steps(steps) => {
                for (mark, spans) in steps {
                    self.begin_line(&mut line);
                    line.push(SlackRichTextEmoji::new(SlackEmojiName::new(emoji(*mark).to_owned())).into());
                    self.text(" ", None, &mut line);
                    self.spans(spans, &mut line);
                }
            }
        }
        let section = SlackRichTextSection::new(line);
        (!section.elements.is_empty()).then(|| SlackRichTextBlock::new(vec![section.into()]))
    }

    fn begin_line(&mut self, line: &mut Vec<SlackRichTextInlineElement>) {
        if !line.is_empty() {
            self.text("\n", None, line);
        }
    }

    fn spans(&mut self, spans: &[Span], line: &mut Vec<SlackRichTextInlineElement>) {
        for span in spans {
            match span {
                Span::Plain(text) => self.text(text, None, line),
                Span::Strong(text) => self.text(text, Some(SlackRichTextStyle::new().with_bold(true)), line),
                Span::Code(text) => self.text(text, Some(SlackRichTextStyle::new().with_code(true)), line),
                Span::Time(moment) => {
                    self.left = self.left.saturating_sub(20);
                    let date = SlackRichTextDate::new(SlackDateTime(*moment), FORMAT.to_owned());
                    line.push(date.with_fallback(in_words(*moment)).into());
                }
                Span::Person(actor) => match user_of(actor.as_str(), self.team) {
                    Some(user) => line.push(SlackRichTextUser::new(user.to_owned().into()).into()),
                    None => self.text(actor.as_str(), None, line),
                },
            }
        }
    }

    fn text(&mut self, text: &str, style: Option<SlackRichTextStyle>, line: &mut Vec<SlackRichTextInlineElement>) {
        // An element without text is refused by Slack.
        if text.is_empty() || self.left == 0 {
            return;
        }
        let kept: String = if text.chars().count() > self.left { cut(text, self.left) } else { text.to_owned() };
        self.left = self.left.saturating_sub(kept.chars().count());
        line.push(SlackRichTextText::new(kept).opt_style(style).into());
    }
}

/// How a moment is written in the zone of whoever reads it.
const FORMAT: &str = "{date_short_pretty} {time}";

fn in_words(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The same as markup, for the small print.
fn markup(span: &Span, team: &str) -> String {
    match span {
        Span::Plain(text) | Span::Strong(text) | Span::Code(text) => escape(text),
        Span::Time(moment) => format!("<!date^{}^{FORMAT}|{}>", moment.as_second(), in_words(*moment)),
        Span::Person(actor) => match user_of(actor.as_str(), team) {
            Some(user) => format!("<@{user}>"),
            None => escape(actor.as_str()),
        },
    }
}

/// The user id of somebody of this workspace.
fn user_of<'a>(actor: &'a str, team: &str) -> Option<&'a str> {
    actor.strip_prefix("slack:")?.strip_prefix(team)?.strip_prefix('/')
}

fn emoji(mark: Mark) -> &'static str {
    match mark {
        Mark::Waiting => "white_circle",
        Mark::Underway => "arrow_forward",
        Mark::Done => "white_check_mark",
        Mark::Failed => "x",
        Mark::Skipped => "fast_forward",
        Mark::Undone => "leftwards_arrow_with_hook",
    }
}

fn button(at: usize, button: &Button) -> SlackBlockButtonElement {
    let kind = if button.asks_reason { REASON } else { PRESS };
    let style = match button.style {
        Style::Plain => None,
        Style::Primary => Some(SlackBlockButtonStyle::Primary),
        Style::Danger => Some(SlackBlockButtonStyle::Danger),
    };
    let confirm = button.confirm.as_ref().map(|question| {
        let title = plain(&format!("{}?", button.label), CONFIRM_TITLE);
        let text = SlackBlockText::from(SlackBlockPlainText::new(cut(question, CONFIRM)));
        SlackBlockConfirmItem::new(title, text, plain("Yes", 30), plain("No", 30))
    });
    SlackBlockButtonElement::new(plain(&button.label, LABEL))
        .with_action_id(format!("{kind}/{at}").into())
        .with_value(button.press.to_string())
        .opt_style(style)
        .opt_confirm(confirm)
}
