//! A lock: who closed a site, and why.

use events::chat::{Shown, Standing};
use events::name::SiteName;

use super::run::TEXT_LIMIT;
use super::tale::LockTale;
use super::{Button, Card, Part, Press, Span, Style, Tone, cut};
use crate::sentence::time;

pub(super) fn card(name: &SiteName, tale: &LockTale) -> Card {
    let lock = &tale.lock;
    let reason = cut(&lock.reason, TEXT_LIMIT);
    let mut facts = vec![
        ("By".to_owned(), vec![Span::Person(lock.owner.clone())]),
        ("Since".to_owned(), vec![Span::Time(lock.since)]),
        ("Reason".to_owned(), vec![Span::Plain(reason.clone())]),
    ];
    let (headline, sentence, tone) = match tale.end {
        Some(at) => {
            facts.push(("Over".to_owned(), vec![Span::Time(at)]));
            (
                format!("{name} is open again"),
                format!("{name} is not locked any more: new runs may begin."),
                Tone::Quiet,
            )
        }
        None => (
            format!("{name} is locked"),
            format!("{name} is locked by {} since {}: {reason}.", lock.owner, time(lock.since)),
            Tone::Attention,
        ),
    };
    let unlock = Button {
        label: "Unlock".to_owned(),
        press: Press {
            verb: "unlock".to_owned(),
            site: name.clone(),
            shown: Shown { run: None, standing: Some(Standing::Moment(lock.since)) },
            words: String::new(),
        },
        style: Style::Plain,
        confirm: Some(format!("Is the reason gone? New runs of {name} may begin then.")),
        asks_reason: false,
    };
    Card {
        headline,
        sentence,
        tone,
        parts: vec![Part::Facts(facts)],
        buttons: if tale.end.is_none() { vec![unlock] } else { Vec::new() },
        footnote: vec![Span::Plain(format!("{name} · event {}", tale.position))],
    }
}
