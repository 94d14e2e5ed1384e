//! Lines that people type, in every front end.

use commands::grammar::{Candidates, Directory, LINE_LIMIT, complete, help, parse, spell, verbs};
use commands::order::{Approve, Command, Cutover, Deploy, Lock, Order};
use events::fact::REASON_LIMIT;
use events::name::SiteName;

use super::{bytes, text};
use crate::target::Target;

pub(crate) const LINE: Target = Target {
    name: "grammar",
    rule: "a command reads back as it is spelled, and a refusal says nothing that was typed",
    seeds,
    read,
    inputs: 12_000,
    longest: 6_000,
};

/// A word that stands in no table: no sentence may repeat it.
const TYPED: &str = "zqxz";

/// The sites that can be named, one a line; the last line is what was typed.
fn seeds() -> Vec<Vec<u8>> {
    let sites = ["shop/production\nshop/staging\nblog/production", "shop/production", "to/in\non/prod\nplan/help", ""];
    let examples = verbs().iter().flat_map(|verb| verb.examples);
    let made = (0..).zip(examples).map(|(at, line): (usize, _)| format!("{}\n{line}", sites[at % sites.len()]));
    let odd = [
        "<@U1|ann> /changeover lock <mailto:shop@1.42.0|shop>: see <#C1|ops> &amp;lt; “so” —reason zQxZ --zQxZ=zQxZ",
        "deploy shop@v1+2_3-x prod --at=2026-08-10T18:00+02:00 --onto GREEN --canary 5%,25 --reason 'a \\' b' --plan",
        "keep 1w2d3h4m5s; where is zQxZ; log --limit 500; who; ?",
        "replay #42 --position 118 --at 2026-08-10T18:00:00Z \u{200b}\u{202e}\u{a0}x",
    ];
    bytes(made).into_iter().chain(bytes(odd.map(|line| format!("{}\n{line}", sites[0])))).collect()
}

fn read(input: &[u8]) -> String {
    let input = text(input);
    let (sites, line) = input.rsplit_once('\n').unwrap_or(("shop/production", &input));
    let directory = Directory::new(sites.lines().filter_map(|site| site.parse::<SiteName>().ok()));
    for completion in complete(line, line.len() / 2, &directory, &Candidates::default()) {
        assert!(completion.start <= line.len() / 2 && !completion.text.is_empty());
    }
    assert!(!help(Some(line)).is_empty());
    match parse(line, &directory) {
        Ok(command) => {
            assert!(line.len() <= LINE_LIMIT);
            assert!(reason(&command).is_none_or(|it| !it.is_empty() && it.len() <= REASON_LIMIT));
            let spelled = spell(&command);
            assert_eq!(parse(&spelled, &directory).as_ref(), Ok(&command), "spelled {spelled:?}");
            command.verb().to_owned()
        }
        Err(misread) => {
            let sentence = misread.to_string();
            assert!(!sentence.to_lowercase().contains(TYPED) && sentence.len() < 2_000, "{sentence}");
            assert!(sentence.ends_with('.') && !sentence.chars().any(char::is_control), "{sentence}");
            format!("{} {:?}", misread.code(), misread.verb)
        }
    }
}

fn reason(command: &Command) -> Option<&str> {
    let Command::Order { order, .. } = command else { return None };
    match order {
        Order::Deploy(Deploy { reason, .. })
        | Order::Cutover(Cutover { reason, .. })
        | Order::Rollback { reason, .. }
        | Order::Decommission { reason }
        | Order::Abort { reason } => reason.as_deref(),
        Order::Approve(Approve { glass, .. }) => glass.as_deref(),
        Order::Skip { reason } | Order::Lock(Lock { reason, .. }) | Order::Reject { reason } => Some(reason),
        Order::Keep(_)
        | Order::Withdraw
        | Order::Confirm { .. }
        | Order::Unqueue { .. }
        | Order::Retry
        | Order::Unlock
        | Order::Adopt => None,
    }
}
