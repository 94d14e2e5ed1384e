//! The countdown of a window: until when there is a way back, and what can be done about it.

use events::chat::{Shown, Standing};
use events::fact::{ClosedBecause, RunKind};
use events::fold::{Window, WindowEnd};
use events::name::SiteName;

use super::run::{TEXT_LIMIT, release};
use super::tale::WindowTale;
use super::{Button, Card, Part, Press, Span, Style, Tone, cut};
use crate::sentence::time;

pub(super) fn card(name: &SiteName, tale: &WindowTale) -> Card {
    let window = &tale.window;
    let (headline, sentence, tone) = told(name, tale);
    let mut parts = Vec::new();
    if let Some(why) = window.lost.as_ref().filter(|_| tale.end.is_none()) {
        parts.push(Part::Text(vec![
            Span::Strong("THE WAY BACK IS LOST: ".to_owned()),
            Span::Plain(format!("{}. A rollback would not work now.", cut(why, TEXT_LIMIT))),
        ]));
    }
    parts.push(facts(tale));
    Card {
        headline: cut(&headline, 150),
        sentence,
        tone,
        parts,
        buttons: buttons(name, tale),
        footnote: vec![Span::Plain(format!("{name}#{} · event {}", window.run, tale.position))],
    }
}

fn told(name: &SiteName, tale: &WindowTale) -> (String, String, Tone) {
    let window = &tale.window;
    let what = format!("{} ({})", window.way_back, release(window.release.as_ref()));
    let plain = |headline: String, tone| (headline.clone(), format!("{headline}."), tone);
    if let Some((because, _)) = &tale.end {
        return match because {
            ClosedBecause::Decommissioned => plain(format!("{what} of {name} is gone"), Tone::Quiet),
            ClosedBecause::RolledBack => plain(format!("{name} went back to {what}"), Tone::Attention),
            ClosedBecause::GivenUp => plain(format!("{what} of {name} was given up for a new release"), Tone::Quiet),
            ClosedBecause::Adopted => plain(format!("{name} was adopted anew, and has no way back"), Tone::Quiet),
        };
    }
    if let Some(run) = tale.run.as_ref().filter(|it| it.kind == RunKind::Decommission) {
        return plain(format!("{what} of {name} is being decommissioned by run #{}", run.number), Tone::Attention);
    }
    let tone = if window.lost.is_some() { Tone::Bad } else { Tone::Quiet };
    match (window.end, window.announced) {
        (_, Some(at)) => (
            format!("{what} of {name} will be decommissioned"),
            format!(
                "{what} of {name} will be decommissioned at {}; until then one command brings users back.",
                time(at)
            ),
            if window.lost.is_some() { Tone::Bad } else { Tone::Attention },
        ),
        (WindowEnd::At { closes_at, .. }, None) => (
            format!("{what} is the way back of {name}"),
            format!("{what} is the way back of {name} until {}.", time(closes_at)),
            tone,
        ),
        (WindowEnd::Held, None) => {
            let headline = format!("{what} is the way back of {name}");
            (headline.clone(), format!("{headline} until somebody says otherwise."), tone)
        }
    }
}

fn facts(tale: &WindowTale) -> Part {
    let window = &tale.window;
    let fact = |name: &str, spans| (name.to_owned(), spans);
    let plain = |text: &str| vec![Span::Plain(text.to_owned())];
    let mut facts = vec![fact("Way back", plain(window.way_back.as_str()))];
    if let Some(release) = &window.release {
        let spans = vec![Span::Plain(format!("{} ", release.name)), Span::Code(release.pin.short().to_owned())];
        facts.push(fact("Release", spans));
    }
    match (&tale.end, window.end) {
        (Some((_, at)), _) => facts.push(fact("Over", vec![Span::Time(*at)])),
        (None, WindowEnd::Held) => facts.push(fact("Kept", plain("until somebody says otherwise"))),
        (None, WindowEnd::At { closes_at, decommission_at }) => {
            facts.push(fact("Window ends", vec![Span::Time(closes_at)]));
            let slot = decommission_at.map_or_else(|| plain("not scheduled"), |at| vec![Span::Time(at)]);
            facts.push(fact("Decommission", slot));
        }
    }
    Part::Facts(facts)
}

fn buttons(name: &SiteName, tale: &WindowTale) -> Vec<Button> {
    // What another run is doing is not disturbed; and what is being destroyed is no way back any more.
    if tale.end.is_some() || tale.run.is_some() {
        return Vec::new();
    }
    let Window { run, way_back, end, .. } = &tale.window;
    let press = |verb: &str, words: &str, standing| Press {
        verb: verb.to_owned(),
        site: name.clone(),
        shown: Shown { run: Some(*run), standing },
        words: words.to_owned(),
    };
    let mut buttons = vec![Button {
        label: "Roll back".to_owned(),
        press: press("rollback", "", None),
        style: Style::Danger,
        confirm: Some(format!("Bring users of {name} back to {way_back}?")),
        asks_reason: true,
    }];
    if let WindowEnd::At { closes_at, .. } = end {
        let standing = || Some(Standing::Moment(*closes_at));
        buttons.push(Button {
            label: "Keep 24 h longer".to_owned(),
            press: press("keep", "24h", standing()),
            style: Style::Primary,
            confirm: None,
            asks_reason: false,
        });
        buttons.push(Button {
            label: "Decommission now".to_owned(),
            press: press("decommission", "", standing()),
            style: Style::Danger,
            confirm: Some(format!("Destroy {way_back} of {name}? There is no way back after that.")),
            asks_reason: true,
        });
    }
    buttons
}
