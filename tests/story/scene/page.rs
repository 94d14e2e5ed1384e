//! What happened, as a page that a person reads: lines with their answers, and what came of them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::toy::world::Told;

/// A page that grows line by line.
#[derive(Default)]
pub(super) struct Page {
    text: String,
    item: Option<Item>,
    day: Option<Date>,
}

/// A line of a list that may still grow: a step is told in one.
struct Item {
    text: String,
    /// The step that it is about, and whether that is undone.
    step: Option<(u16, bool)>,
    at: String,
}

/// Everything that was told, as Markdown.
pub(super) fn told(told: &[(Timestamp, Told)]) -> String {
    let mut page = Page::default();
    let answered = answers(told);
    for (index, (at, it)) in told.iter().enumerate() {
        page.day(*at);
        match it {
            Told::Line(line) => {
                page.paragraph(&format!("**{}** `{line}`", clock(*at)));
                if let Some((_, answer)) = answered.iter().find(|(line, _)| *line == index)
                    && let Told::Answer(text) = &told[*answer].1
                {
                    page.answer(text);
                }
            }
            Told::Answer(text) if answered.iter().all(|(_, answer)| *answer != index) => {
                page.paragraph(&format!("**{}** the answer to `{}`:", clock(*at), line_before(told, index)));
                page.answer(text);
            }
            Told::Answer(_) => {}
            Told::Event(sentence) if is_in_answer(told, &answered, index, sentence) => {}
            Told::Event(sentence) => page.event(*at, sentence),
            Told::World(what) => page.world(*at, what),
            Told::Incident(what) => page.item(*at, &format!("**{what}**"), None),
        }
    }
    page.end_item();
    page.text
}

/// Which answer belongs right below which line: the one that came before anything else happened to the bot.
fn answers(told: &[(Timestamp, Told)]) -> Vec<(usize, usize)> {
    let places = |is: fn(&Told) -> bool| {
        let all = told.iter().enumerate().filter(move |(_, (_, it))| is(it));
        all.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let lines = places(|it| matches!(it, Told::Line(_)));
    let answers = places(|it| matches!(it, Told::Answer(_)));
    let pairs = lines.into_iter().zip(answers);
    let is_quiet = |(line, answer): &(usize, usize)| {
        !told[*line..*answer].iter().any(|(_, it)| matches!(it, Told::Incident(what) if what.contains("the bot")))
    };
    pairs.filter(is_quiet).collect()
}

/// The line that the answer at `index` was given to.
fn line_before(told: &[(Timestamp, Told)], index: usize) -> &str {
    let count = told[..index].iter().filter(|(_, it)| matches!(it, Told::Answer(_))).count();
    let mut lines = told.iter().filter_map(|(_, it)| if let Told::Line(line) = it { Some(line) } else { None });
    lines.nth(count).map_or("", |it| it)
}

/// Whether a fact was told to whoever ordered it already.
fn is_in_answer(told: &[(Timestamp, Told)], answered: &[(usize, usize)], index: usize, sentence: &str) -> bool {
    let mut around = answered.iter().filter(|(line, answer)| (line..answer).contains(&&index));
    around.any(|(_, answer)| match &told[*answer].1 {
        Told::Answer(text) => text.contains(sentence) || sentence.starts_with("An order was refused"),
        Told::Line(_) | Told::Event(_) | Told::World(_) | Told::Incident(_) => false,
    })
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

impl Page {
    fn day(&mut self, at: Timestamp) {
        let day = at.to_zoned(TimeZone::UTC).date();
        if self.day.is_some_and(|it| it != day) {
            self.paragraph(&format!("*{}*", day.strftime("%A, %Y-%m-%d")));
        }
        self.day = Some(day);
    }

    fn paragraph(&mut self, text: &str) {
        self.end_item();
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        self.text.push_str(text);
        self.text.push_str("\n\n");
    }

    /// What was answered, below its line.
    fn answer(&mut self, text: &str) {
        let is_long = text.trim_end().contains('\n');
        let text = if is_long { format!("```text\n{}\n```", text.trim_end()) } else { text.to_owned() };
        let quoted: String = text.lines().map(|it| format!("> {it}").trim_end().to_owned() + "\n").collect();
        self.paragraph(quoted.trim_end());
    }

    fn event(&mut self, at: Timestamp, sentence: &str) {
        let step = step(sentence);
        if let Some(item) = &self.item
            && step.is_some()
            && item.step == step
        {
            return self.go_on(at, &rest(sentence));
        }
        self.item(at, sentence.trim_end_matches('.'), step);
    }

    fn world(&mut self, at: Timestamp, what: &str) {
        match &self.item {
            Some(item) if item.step.is_some() => self.go_on(at, &format!("*{what}*")),
            Some(_) | None => self.item(at, &format!("*{what}*"), None),
        }
    }

    fn item(&mut self, at: Timestamp, text: &str, step: Option<(u16, bool)>) {
        self.end_item();
        self.item = Some(Item { text: format!("- {} {text}", clock(at)), step, at: clock(at) });
    }

    fn go_on(&mut self, at: Timestamp, text: &str) {
        let Some(item) = &mut self.item else { return };
        let time = if item.at == clock(at) { String::new() } else { format!("{} ", clock(at)) };
        for part in ["; ", &time, text] {
            item.text.push_str(part);
        }
        item.at = clock(at);
    }

    fn end_item(&mut self) {
        if let Some(item) = self.item.take() {
            self.text.push_str(&item.text);
            self.text.push('\n');
        }
    }
}

/// The step that a sentence is about, and whether that is undone.
fn step(sentence: &str) -> Option<(u16, bool)> {
    let (number, rest) = match sentence.strip_prefix("The way back of step ") {
        Some(rest) => return rest.split(' ').next()?.parse().ok().map(|number| (number, true)),
        None => sentence.strip_prefix("Step ")?.split_once(' ')?,
    };
    number.parse().ok().map(|number| (number, !rest.starts_with("of ")))
}

/// The same sentence in an item that names the step already.
fn rest(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let words: Vec<&str> = sentence.split(' ').collect();
    match words.as_slice() {
        ["The", "way", "back", "of", "step", _, rest @ ..] => format!("the way back {}", rest.join(" ")),
        ["Step", _, "of", _, rest @ ..] | ["Step", _, rest @ ..] => rest.join(" ").trim_start_matches(": ").to_owned(),
        _ => sentence.to_owned(),
    }
}
