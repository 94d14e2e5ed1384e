//! What the cards of all runs have in common: how it stands, who wanted it, its steps, its buttons.

use events::chat::{Shown, Standing};
use events::fact::{RunOutcome, Trouble};
use events::fold::{Course, Run, Stuck};
use events::name::SiteName;
use events::number::StepIndex;
use events::release::Release;

use super::steps::steps;
use super::tale::{RunTale, Stands};
use super::{Button, Card, Part, Press, Span, Style, Tone, cut};
use crate::sentence;

/// The longest text of somebody else that a card shows, in bytes.
pub(super) const TEXT_LIMIT: usize = 500;

/// What a run is called in its different tenses.
pub(super) struct Words {
    /// `Deploying shop 1.42.0 to production (green)`.
    pub doing: String,
    /// `The deploy of shop 1.42.0 to production (green)`.
    pub noun: String,
    /// `shop 1.42.0 is ready on production (green)`.
    pub done: String,
}

/// A run as a card; `parts` are its own, shown before who wanted it.
pub(super) fn card(name: &SiteName, tale: &RunTale, words: &Words, parts: Vec<Part>) -> Card {
    let run = &tale.run;
    let (headline, sentence, tone) = told(tale, words);
    let whole = troubles(tale).into_iter().chain(parts).chain([facts(tale), steps(run)]).collect();
    Card {
        headline: cut(&headline, 150),
        sentence,
        tone,
        parts: whole,
        buttons: buttons(name, tale),
        footnote: vec![Span::Plain(format!(
            "{name}#{} · event {} · plan {}",
            run.number,
            tale.position,
            run.plan_hash.short()
        ))],
    }
}

fn told(tale: &RunTale, Words { doing, noun, done }: &Words) -> (String, String, Tone) {
    let run = &tale.run;
    let place = place(run);
    match tale.stands() {
        Stands::Forward => (doing.clone(), format!("{doing}: {place}."), Tone::Underway),
        Stands::Back { why } => {
            let headline = format!("{noun} turns back");
            (headline, format!("{noun} turns back, now {place}: {}.", cut(why, TEXT_LIMIT)), Tone::Attention)
        }
        Stands::Stuck(stuck) => {
            let headline = format!("A PERSON IS NEEDED: {doing}");
            let why = cut(&stuck.why, TEXT_LIMIT);
            (headline, format!("{noun} is stuck, {place}, and needs a person: {why}."), Tone::Bad)
        }
        Stands::Over(ended) => {
            let why = ended.why.as_ref().map_or_else(String::new, |why| format!(": {}", cut(why, TEXT_LIMIT)));
            match ended.outcome {
                RunOutcome::Succeeded => (done.clone(), format!("{done}."), Tone::Good),
                RunOutcome::TurnedBack => {
                    let headline = format!("{noun} was turned back");
                    (headline.clone(), format!("{headline}, and everything is as it was before{why}."), Tone::Bad)
                }
                RunOutcome::LeftAsIs => {
                    let headline = format!("{noun} was left as it stood");
                    (headline.clone(), format!("{headline}; compare the world with `status`{why}."), Tone::Bad)
                }
            }
        }
    }
}

/// `step 3 of 9, install 1.42.0 on green`, or `undoing step 3 of 9`.
fn place(run: &Run) -> String {
    let count = run.plan.steps().len();
    let at = run.stands_at().and_then(|(at, _)| Some((at, run.plan.step(at)?)));
    let is_back = run.course != Course::Forward;
    match at {
        None => format!("all of {count} steps are behind it"),
        Some((at, _)) if is_back => format!("undoing step {} of {count}", number(at)),
        Some((at, step)) => format!("step {} of {count}, {}", number(at), sentence::step(step)),
    }
}

/// People count steps from 1.
pub(super) fn number(step: StepIndex) -> u16 {
    step.0.saturating_add(1)
}

fn troubles(tale: &RunTale) -> Option<Part> {
    let because = |why: &str| Part::Text(vec![Span::Strong("Why: ".to_owned()), Span::Plain(cut(why, TEXT_LIMIT))]);
    match tale.stands() {
        Stands::Forward => None,
        Stands::Back { why } => Some(because(why)),
        Stands::Stuck(stuck) => Some(Part::Text(vec![
            Span::Strong("It needs a person: ".to_owned()),
            Span::Plain(format!("{}. Look, then {}.", cut(&stuck.why, TEXT_LIMIT), sentence::ways_out(stuck.trouble))),
        ])),
        Stands::Over(ended) => ended.why.as_deref().map(because),
    }
}

fn facts(tale: &RunTale) -> Part {
    let run = &tale.run;
    let mut facts = vec![("Asked for by".to_owned(), vec![Span::Person(run.requested_by.clone())])];
    if let Some(reason) = &run.reason {
        facts.push(("Reason".to_owned(), vec![Span::Plain(cut(reason, TEXT_LIMIT))]));
    }
    if let Some(release) = &run.release {
        facts.push(("Release".to_owned(), named(release)));
    }
    if let Some(other) = &tale.other {
        facts.push((format!("On {}", run.color.other()), named(other)));
    }
    facts.push(("Begun".to_owned(), vec![Span::Time(run.requested_at)]));
    if let Some((_, at)) = &tale.end {
        facts.push(("Over".to_owned(), vec![Span::Time(*at)]));
    }
    Part::Facts(facts)
}

pub(super) fn named(release: &Release) -> Vec<Span> {
    vec![Span::Plain(format!("{} ", release.name)), Span::Code(release.pin.short().to_owned())]
}

/// `1.42.0`, or what an adopted environment runs.
pub(super) fn release(release: Option<&Release>) -> String {
    release.map_or_else(|| "what it runs".to_owned(), |it| it.name.to_string())
}

fn buttons(name: &SiteName, tale: &RunTale) -> Vec<Button> {
    let run = &tale.run;
    match tale.stands() {
        Stands::Forward if run.is_past_return() => Vec::new(),
        Stands::Forward => go_on(name, run).into_iter().chain([turn_back(name, run)]).collect(),
        Stands::Back { .. } | Stands::Over(_) => Vec::new(),
        Stands::Stuck(stuck) => ways_out(name, run, stuck),
    }
}

/// A bake may be ended early.
fn go_on(name: &SiteName, run: &Run) -> Option<Button> {
    let (at, state) = run.stands_at()?;
    let is_bake = super::steps::is_bake(run.plan.step(at)?) && super::steps::is_open(state);
    is_bake.then(|| Button {
        label: "Go on now".to_owned(),
        press: press(name, run, "skip", Some(Standing::Step(number(at)))),
        style: Style::Plain,
        confirm: Some("Go on without watching this share any longer?".to_owned()),
        asks_reason: true,
    })
}

fn turn_back(name: &SiteName, run: &Run) -> Button {
    Button {
        label: "Turn back".to_owned(),
        press: press(name, run, "abort", None),
        style: Style::Danger,
        confirm: Some(format!("Turn run #{} of {name} back? What it did is undone.", run.number)),
        asks_reason: true,
    }
}

fn ways_out(name: &SiteName, run: &Run, stuck: &Stuck) -> Vec<Button> {
    let at = || Some(Standing::Step(number(stuck.step)));
    let retry = Button {
        label: "Try again".to_owned(),
        press: press(name, run, "retry", at()),
        style: Style::Primary,
        confirm: None,
        asks_reason: false,
    };
    let skip = Button {
        label: "It happened: go on".to_owned(),
        press: press(name, run, "skip", at()),
        style: Style::Plain,
        confirm: Some("Did you see that it happened? The run goes on without it.".to_owned()),
        asks_reason: true,
    };
    let leave = Button {
        label: "Abort".to_owned(),
        press: press(name, run, "abort", at()),
        style: Style::Danger,
        confirm: Some(format!("Abort run #{} of {name}?", run.number)),
        asks_reason: true,
    };
    match stuck.trouble {
        Trouble::OutcomeUnknown => vec![retry, skip, leave],
        Trouble::Drift | Trouble::NoWayBack | Trouble::PastNoReturn | Trouble::Split => vec![retry, leave],
    }
}

fn press(name: &SiteName, run: &Run, verb: &str, standing: Option<Standing>) -> Press {
    let shown = Shown { run: Some(run.number), standing };
    Press { verb: verb.to_owned(), site: name.clone(), shown, words: String::new() }
}
