//! A run that waits for people: what exactly they would agree to, whose word it lacks, and until when that counts.

use events::chat::{Shown, Standing};
use events::fact::RunKind;
use events::fold::Run;
use events::name::SiteName;

use super::run::{TEXT_LIMIT, named, release};
use super::tale::{ApprovalTale, Verdict};
use super::{Button, Card, Part, Press, Span, Style, Tone, cut};
use crate::sentence::time;

pub(super) fn card(name: &SiteName, tale: &ApprovalTale) -> Card {
    let run = &tale.run;
    let (headline, sentence, tone) = told(name, tale);
    Card {
        headline: cut(&headline, 150),
        sentence,
        tone,
        parts: why(tale).into_iter().chain([facts(tale)]).collect(),
        buttons: if tale.end.is_none() { buttons(name, run) } else { Vec::new() },
        footnote: vec![Span::Plain(format!(
            "{name}#{} · event {} · for plan {} and no other",
            run.number,
            tale.position,
            run.plan_hash.short()
        ))],
    }
}

fn told(name: &SiteName, tale: &ApprovalTale) -> (String, String, Tone) {
    let what = what(name, &tale.run);
    let plain = |headline: String, tone| (headline.clone(), format!("{headline}."), tone);
    let because = |headline: String, why: &str, tone| {
        let sentence = format!("{headline}; {}.", cut(why, TEXT_LIMIT));
        (headline, sentence, tone)
    };
    match &tale.end {
        None => {
            let (by, missing, role) = (&tale.run.requested_by, tale.missing(), &tale.role);
            let until = time(tale.deadline);
            let sentence = format!(
                "{by} asks to {what}, which {missing} more of {role} must approve until {until}, or it turns back."
            );
            (format!("Approval is needed: {what}"), sentence, Tone::Attention)
        }
        Some((Verdict::Approved, _)) => plain(format!("Approved: {what}"), Tone::Good),
        Some((Verdict::Bypassed { by, reason, .. }, _)) => {
            because(format!("THE GLASS WAS BROKEN: {what}"), &format!("{by} said \"{reason}\""), Tone::Bad)
        }
        Some((Verdict::Rejected { by, reason }, _)) => {
            because(format!("Rejected: {what}"), &format!("{by} said \"{reason}\""), Tone::Bad)
        }
        Some((Verdict::Late, _)) => plain(format!("Not approved in time: {what}"), Tone::Bad),
        Some((Verdict::TurnedBack, _)) => plain(format!("Asked for no more: {what}"), Tone::Quiet),
    }
}

/// What the run would do, in words that stand behind “asks to”.
fn what(name: &SiteName, run: &Run) -> String {
    let (color, release) = (run.color, release(run.release.as_ref()));
    match run.kind {
        RunKind::Deploy => format!("deploy {} {release} to {} ({color})", name.service, name.stage),
        RunKind::Cutover => format!("bring users of {name} to {release} ({color})"),
        RunKind::Rollback => format!("bring users of {name} back to {release} ({color})"),
        RunKind::Decommission => format!("destroy {color} of {name} ({release})"),
    }
}

fn why(tale: &ApprovalTale) -> Option<Part> {
    let said = |by, how: String| Part::Text(vec![Span::Person(by), Span::Plain(how)]);
    match &tale.end {
        Some((Verdict::Bypassed { by, role, reason }, _)) => {
            let reason = cut(reason, TEXT_LIMIT);
            Some(said(by.clone(), format!(" of {role} let it go on without approval: {reason}")))
        }
        Some((Verdict::Rejected { by, reason }, _)) => {
            Some(said(by.clone(), format!(" is against it: {}", cut(reason, TEXT_LIMIT))))
        }
        Some((Verdict::Approved | Verdict::Late | Verdict::TurnedBack, _)) | None => None,
    }
}

fn facts(tale: &ApprovalTale) -> Part {
    let run = &tale.run;
    let plain = |text: String| vec![Span::Plain(text)];
    let fact = |name: &str, spans| (name.to_owned(), spans);
    let mut facts = vec![fact("Asked for by", vec![Span::Person(run.requested_by.clone())])];
    if let Some(reason) = &run.reason {
        facts.push(fact("Reason", plain(cut(reason, TEXT_LIMIT))));
    }
    if let Some(release) = &run.release {
        facts.push(fact("Release", named(release)));
    }
    if let Some(other) = &tale.other {
        facts.push((format!("On {}", run.color.other()), named(other)));
    }
    let requester = if tale.requester_counts { "whoever asked may be one" } else { "not whoever asked" };
    facts.push(fact("Needed", plain(format!("{} of {}, {requester}", tale.count, tale.role))));
    facts.push(fact("Approved by", approvers(run)));
    match &tale.end {
        None => {
            facts.push(fact("Missing", plain(format!("{} more", tale.missing()))));
            facts.push(fact("Counts until", vec![Span::Time(tale.deadline)]));
        }
        Some((_, at)) => facts.push(fact("Over", vec![Span::Time(*at)])),
    }
    Part::Facts(facts)
}

fn approvers(run: &Run) -> Vec<Span> {
    let given = &run.approvals.given;
    if given.is_empty() {
        return vec![Span::Plain("nobody".to_owned())];
    }
    let comma = || Span::Plain(", ".to_owned());
    given.iter().flat_map(|it| [comma(), Span::Person(it.clone())]).skip(1).collect()
}

fn buttons(name: &SiteName, run: &Run) -> Vec<Button> {
    let button = |label: &str, verb: &str, style, confirm: String| Button {
        label: label.to_owned(),
        press: Press {
            verb: verb.to_owned(),
            site: name.clone(),
            shown: Shown { run: Some(run.number), standing: Some(Standing::Plan(run.plan_hash.short())) },
            words: String::new(),
        },
        style,
        confirm: Some(confirm),
        asks_reason: style == Style::Danger,
    };
    let what = what(name, run);
    let mut buttons = vec![
        button("Approve", "approve", Style::Primary, format!("Are you for it, to {what}?")),
        button("Reject", "reject", Style::Danger, format!("Turn run #{} of {name} back?", run.number)),
    ];
    if !run.approvals.given.is_empty() {
        buttons.push(button("Withdraw", "withdraw", Style::Plain, "Take back that you are for it?".to_owned()));
    }
    buttons
}
