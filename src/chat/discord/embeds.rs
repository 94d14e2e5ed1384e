//! A card as Discord shows it: a sentence, one embed, and what can be pressed below.

use commands::card::{Button, Card, Mark, Part, Span, Style, Tone};
use serde_json::{Value, json};
use serenity::all::{ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, CreateEmbedFooter};

use super::press;
use super::text::{block, cut, escaped, length, line, plain};

/// Discord's limits, in its own count.
const CONTENT_LIMIT: usize = 2000;
const TITLE_LIMIT: usize = 256;
const DESCRIPTION_LIMIT: usize = 4096;
const FIELDS_LIMIT: usize = 25;
const FIELD_NAME_LIMIT: usize = 256;
const FIELD_LIMIT: usize = 1024;
const STEP_LIMIT: usize = 300;
const FOOTER_LIMIT: usize = 2048;
const TOTAL_LIMIT: usize = 6000;
const LABEL_LIMIT: usize = 80;
const ROW_LIMIT: usize = 5;
const ROWS_LIMIT: usize = 5;

/// What is kept of the whole for the sign that something is missing.
const MISSING: &str = "\n… there is more: ask `status` or `why`";

/// Nobody is ever notified by what the bot repeats.
#[must_use]
pub fn nobody() -> Value {
    json!({ "parse": [] })
}

/// The body of a message that shows this card. `mark` goes into the small print, so that the message can be found again.
#[must_use]
pub fn message(card: &Card, mark: Option<&str>) -> Value {
    json!({
        "content": escaped(&card.sentence, CONTENT_LIMIT),
        "embeds": [embed(card, mark)],
        "components": rows(&card.buttons),
        "allowed_mentions": nobody(),
    })
}

/// The body of a message that is a text only. Several lines keep their columns.
#[must_use]
pub fn note(text: &str) -> Value {
    let text = text.trim_end();
    let is_one_line = !text.contains('\n');
    let content = if is_one_line { escaped(text, CONTENT_LIMIT) } else { block(text, CONTENT_LIMIT) };
    json!({ "content": content, "allowed_mentions": nobody() })
}

/// The body of a message to one person who knows what it is about.
#[must_use]
pub fn whisper(card: &Card) -> Value {
    json!({ "embeds": [embed(card, None)], "components": rows(&card.buttons), "allowed_mentions": nobody() })
}

/// Everything but the sentence and the buttons. The description gives way where it would be too much together.
pub fn embed(card: &Card, mark: Option<&str>) -> CreateEmbed {
    let title = cut(&plain(&[Span::Plain(card.headline.clone())]), TITLE_LIMIT);
    let footer = footer(card, mark);
    let mut room = TOTAL_LIMIT - length(&title) - length(&footer) - length(MISSING);
    let mut embed = CreateEmbed::new().title(title).colour(colour(card.tone));
    let facts = card.parts.iter().filter_map(|part| match part {
        Part::Facts(facts) => Some(facts),
        Part::Text(_) | Part::Steps(_) => None,
    });
    for (name, value) in facts.flatten().take(FIELDS_LIMIT) {
        let name = cut(name, FIELD_NAME_LIMIT);
        let value = line(value, FIELD_LIMIT);
        let Some(left) = room.checked_sub(length(&name) + length(&value)) else { break };
        room = left;
        // Discord refuses a field that is empty.
        let value = if value.trim().is_empty() { "–".to_owned() } else { value };
        embed = embed.field(name, value, true);
    }
    let description = description(card, room.min(DESCRIPTION_LIMIT - length(MISSING)));
    embed = if description.is_empty() { embed } else { embed.description(description) };
    if footer.is_empty() { embed } else { embed.footer(CreateEmbedFooter::new(footer)) }
}

fn footer(card: &Card, mark: Option<&str>) -> String {
    let print = plain(&card.footnote);
    let footer = match mark {
        Some(mark) if print.is_empty() => mark.to_owned(),
        Some(mark) => format!("{} · {mark}", cut(&print, FOOTER_LIMIT / 4)),
        None => cut(&print, FOOTER_LIMIT / 4),
    };
    cut(&footer, FOOTER_LIMIT)
}

/// Texts and steps, below one another; whole ones are left out from where there is no more room.
fn description(card: &Card, mut room: usize) -> String {
    let mut description = String::new();
    for part in &card.parts {
        for text in texts(part, room) {
            let Some(left) = room.checked_sub(length(&text) + 1) else { return description + MISSING };
            room = left;
            if !description.is_empty() {
                description.push('\n');
            }
            description.push_str(&text);
        }
    }
    description
}

/// What a part says, line by line.
fn texts(part: &Part, room: usize) -> Vec<String> {
    match part {
        Part::Text(spans) => match spans.as_slice() {
            [Span::Plain(text)] if text.trim_end().contains('\n') => vec![block(text, room.saturating_sub(1))],
            spans => vec![line(spans, room.saturating_sub(1))],
        },
        Part::Facts(_) => Vec::new(),
        Part::Steps(steps) => {
            steps.iter().map(|(mark, spans)| format!("{} {}", sign(*mark), line(spans, STEP_LIMIT))).collect()
        }
    }
}

fn rows(buttons: &[Button]) -> Vec<CreateActionRow> {
    let buttons: Vec<CreateButton> = buttons.iter().map(button).collect();
    buttons.chunks(ROW_LIMIT).take(ROWS_LIMIT).map(|row| CreateActionRow::Buttons(row.to_vec())).collect()
}

fn button(button: &Button) -> CreateButton {
    let style = match button.style {
        Style::Plain => ButtonStyle::Secondary,
        Style::Primary => ButtonStyle::Primary,
        Style::Danger => ButtonStyle::Danger,
    };
    CreateButton::new(press::id(button)).label(cut(&button.label, LABEL_LIMIT)).style(style)
}

fn sign(mark: Mark) -> &'static str {
    match mark {
        Mark::Waiting => "⚪",
        Mark::Underway => "▶️",
        Mark::Done => "✅",
        Mark::Failed => "❌",
        Mark::Skipped => "⏭️",
        Mark::Undone => "↩️",
    }
}

fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Underway => 0x3b_82f6,
        Tone::Good => 0x22_a559,
        Tone::Attention => 0xf0_a020,
        Tone::Bad => 0xd8_3a42,
        Tone::Quiet => 0x80_848e,
    }
}

#[cfg(test)]
mod tests {
    use commands::card::Press;
    use events::actor::Actor;
    use events::chat::{Shown, Standing};
    use events::number::RunNumber;
    use expect_test::expect;

    use super::*;

    fn card() -> Card {
        let press = |verb: &str, words: &str| Press {
            verb: verb.into(),
            site: "shop/production".parse().unwrap(),
            shown: Shown { run: Some(RunNumber(7)), standing: Some(Standing::Step(3)) },
            words: words.into(),
        };
        let abort = Button {
            label: "Abort".into(),
            press: press("abort", ""),
            style: Style::Danger,
            confirm: Some("Turn it back?".into()),
            asks_reason: true,
        };
        let keep = Button {
            label: "Keep".into(),
            press: press("keep", "24h"),
            style: Style::Plain,
            confirm: None,
            asks_reason: false,
        };
        Card {
            headline: "Deploying shop 1.42.0 → production (green)".into(),
            sentence: "ann deploys shop 1.42.0 to production: *faster* basket.".into(),
            tone: Tone::Underway,
            parts: vec![
                Part::Text(vec![Span::Plain("until ".into()), Span::Time("2026-08-10T18:00:00Z".parse().unwrap())]),
                Part::Steps(vec![
                    (Mark::Done, vec![Span::Plain("machines ".into()), Span::Code("green-1".into())]),
                    (Mark::Underway, vec![Span::Plain("checks".into())]),
                ]),
                Part::Facts(vec![("Requested by".into(), vec![Span::Person(Actor::recorded("discord:22/77".into()))])]),
            ],
            buttons: vec![abort, keep],
            footnote: vec![Span::Plain("shop/production #7 · event 57".into())],
        }
    }

    #[test]
    fn a_card_is_a_sentence_an_embed_and_a_row_of_buttons() {
        let shown = serde_json::to_string_pretty(&message(&card(), Some("0123456789ab"))).unwrap();
        expect![[r#"
            {
              "allowed_mentions": {
                "parse": []
              },
              "components": [
                {
                  "components": [
                    {
                      "custom_id": "!abort shop/production #7 s3",
                      "disabled": false,
                      "label": "Abort",
                      "style": 4,
                      "type": 2
                    },
                    {
                      "custom_id": ".keep shop/production #7 s3 24h",
                      "disabled": false,
                      "label": "Keep",
                      "style": 2,
                      "type": 2
                    }
                  ],
                  "type": 1
                }
              ],
              "content": "ann deploys shop 1.42.0 to production: \\*faster\\* basket.",
              "embeds": [
                {
                  "color": 3900150,
                  "description": "until <t:1786384800:f> (<t:1786384800:R>)\n✅ machines `green-1`\n▶️ checks",
                  "fields": [
                    {
                      "inline": true,
                      "name": "Requested by",
                      "value": "<@77>"
                    }
                  ],
                  "footer": {
                    "text": "shop/production #7 · event 57 · 0123456789ab"
                  },
                  "title": "Deploying shop 1.42.0 → production (green)",
                  "type": "rich"
                }
              ]
            }"#]]
        .assert_eq(&shown);
    }

    /// How much Discord counts of an embed.
    fn total(embed: &Value) -> usize {
        let own = [&embed["title"], &embed["description"], &embed["footer"]["text"]];
        let fields = embed["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        let fields = fields.iter().flat_map(|it| [&it["name"], &it["value"]]);
        own.into_iter().chain(fields).map(|it| length(it.as_str().unwrap_or_default())).sum()
    }

    #[test]
    fn whatever_a_card_holds_it_is_within_discords_limits() {
        let long = "*😀_".repeat(2000);
        let span = || vec![Span::Plain(long.clone()), Span::Strong(long.clone()), Span::Code(long.clone())];
        let mut card = card();
        card.headline.clone_from(&long);
        card.sentence.clone_from(&long);
        card.footnote = span();
        card.parts = vec![
            Part::Text(span()),
            Part::Facts((0..40).map(|_| (long.clone(), span())).collect()),
            Part::Steps((0..64).map(|_| (Mark::Done, span())).collect()),
            Part::Text(vec![Span::Plain("several\nlines\n".repeat(2000))]),
        ];
        card.buttons = (0..40).map(|_| card.buttons[0].clone()).collect();
        let shown = message(&card, Some("0123456789ab"));
        let embed = &shown["embeds"][0];
        assert!(total(embed) <= TOTAL_LIMIT, "{}", total(embed));
        assert!(length(shown["content"].as_str().unwrap()) <= CONTENT_LIMIT);
        assert!(length(embed["description"].as_str().unwrap_or_default()) <= DESCRIPTION_LIMIT);
        let fields = embed["fields"].as_array().unwrap();
        assert!(
            fields.len() <= FIELDS_LIMIT
                && fields.iter().all(|it| length(it["value"].as_str().unwrap()) <= FIELD_LIMIT)
        );
        assert!(embed["footer"]["text"].as_str().unwrap().ends_with("0123456789ab"));
        assert_eq!(shown["components"].as_array().unwrap().len(), 5);
    }

    #[test]
    fn steps_that_do_not_fit_are_left_out_as_whole_lines() {
        let mut card = card();
        card.parts = vec![Part::Steps((0..64).map(|_| (Mark::Done, vec![Span::Strong("x".repeat(200))])).collect())];
        let shown = message(&card, None);
        let description = shown["embeds"][0]["description"].as_str().unwrap();
        assert!(description.ends_with(MISSING), "{description}");
        let lines = description.strip_suffix(MISSING).unwrap().lines().filter(|it| !it.is_empty());
        assert!(lines.clone().count() > 10 && lines.clone().all(|it| it.ends_with("**")), "{description}");
    }

    #[test]
    fn an_empty_value_is_shown_as_one() {
        let mut card = card();
        card.parts = vec![Part::Facts(vec![("Reason".into(), Vec::new())])];
        assert_eq!(message(&card, None)["embeds"][0]["fields"][0]["value"], "–");
    }

    #[test]
    fn an_answer_of_several_lines_keeps_its_columns() {
        let shown = whisper(&commands::card::answer("step  1\nstep 10", false));
        assert_eq!(shown["embeds"][0]["description"], "```\nstep  1\nstep 10\n```");
        assert_eq!(shown["content"], Value::Null);
    }
}
