//! What holds for every command and every line, by seed.

use events::color::Color;
use events::name::SiteName;
use events::number::{Position, RunNumber, Ticket};
use jiff::{SignedDuration, Timestamp};

use crate::grammar::*;
use crate::order::{Approve, At, Command, Cutover, Deploy, Keep, Lock, Moment, Order, Question};

/// A linear congruential generator: the same numbers on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn is_lucky(&mut self) -> bool {
        self.below(2) == 0
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.is_lucky().then(|| make(self))
    }

    fn piece(&mut self) -> String {
        let letters: Vec<char> = LETTERS.chars().collect();
        if self.below(8) == 0 { self.pick(&PIECES).to_owned() } else { self.pick(&letters).to_string() }
    }

    fn text(&mut self) -> String {
        let count = 1 + self.below(40);
        let text: String = (0..count).map(|_| self.piece()).collect();
        if text.trim().is_empty() { "x".to_owned() } else { text.trim().to_owned() }
    }
}

/// Everything that could trip a reader of quotes, flags, escapes and forms.
const LETTERS: &str = "abQ09      \"\"\"'\\\\\\“”‘’«»-–—<>&;@#!|::=/é→🚀,.";
const PIECES: [&str; 8] = ["<@U1|x>", "<https:", "<!date^1|", "&lt;", "lt;", "amp;", " --plan ", ": "];

/// Names that are also verbs, flags, joints, aliases and each other.
const NAMES: [&str; 14] = [
    "shop",
    "blog",
    "to",
    "in",
    "on",
    "prod",
    "prd",
    "production",
    "staging",
    "deploy",
    "plan",
    "help",
    "a1-2",
    "changeover",
];
const RELEASES: [&str; 10] =
    ["1.42.0", "main", "feature/basket", "shop", "shop/production", "to", "24h", "42", "production", "v1+2_3-x"];

fn directory(chance: &mut Chance) -> (Directory, Vec<SiteName>) {
    let count = 1 + chance.below(6);
    let site = |chance: &mut Chance| format!("{}/{}", chance.pick(&NAMES), chance.pick(&NAMES)).parse().unwrap();
    let sites: Vec<SiteName> = (0..count).map(|_| site(chance)).collect();
    (Directory::new(sites.iter().cloned()), sites)
}

fn at(chance: &mut Chance) -> At {
    if chance.is_lucky() {
        At::Clock { hour: i8::try_from(chance.below(24)).unwrap(), minute: i8::try_from(chance.below(60)).unwrap() }
    } else {
        At::Moment(instant(chance))
    }
}

fn instant(chance: &mut Chance) -> Timestamp {
    Timestamp::from_microsecond(1_700_000_000_000_000 + i64::try_from(chance.below(1 << 30)).unwrap() * 777_777)
        .unwrap()
}

fn canary(chance: &mut Chance) -> Vec<u8> {
    let mut shares: Vec<u8> = (0..chance.below(11)).map(|_| u8::try_from(1 + chance.below(99)).unwrap()).collect();
    shares.sort_unstable();
    shares.dedup();
    shares
}

fn order(chance: &mut Chance) -> Order {
    let reason = chance.maybe(Chance::text);
    let (is_dry, at) = (chance.is_lucky(), chance.maybe(at));
    let is_queued = !is_dry && at.is_none() && chance.is_lucky();
    match chance.below(16) {
        0 | 1 => {
            let release = chance.pick(&RELEASES).parse().unwrap();
            let onto = chance.is_lucky().then_some(Color::Green);
            Order::Deploy(Deploy { release, onto, reason, is_dry, at, gives_up_way_back: chance.is_lucky(), is_queued })
        }
        2 | 3 => Order::Cutover(Cutover { reason, is_dry, at, canary: canary(chance), is_queued }),
        4 => Order::Rollback { reason, accepts_loss: chance.is_lucky() },
        5 => Order::Decommission { reason },
        6 => {
            let length = SignedDuration::from_secs(60 + i64::try_from(chance.below(31_535_000)).unwrap());
            Order::Keep(chance.maybe(|_| length).map_or(Keep::UntilReleased, Keep::For))
        }
        7 => Order::Abort { reason },
        8 => Order::Skip { reason: chance.text() },
        9 => {
            let length = SignedDuration::from_secs(60 + i64::try_from(chance.below(31_535_000)).unwrap());
            let lasts = chance.maybe(|_| length);
            Order::Lock(Lock { reason: chance.text(), lasts, steals: chance.is_lucky() })
        }
        10 => chance.pick(&[Order::Retry, Order::Unlock, Order::Withdraw]),
        15 => {
            let ticket = chance.maybe(|chance| Ticket(u32::try_from(1 + chance.below(99_999)).unwrap()));
            Order::Unqueue { ticket }
        }
        14 => Order::Confirm { code: format!("{:06}", chance.below(1_000_000)) },
        11 => Order::Reject { reason: chance.text() },
        12 => {
            let run = chance.maybe(|chance| RunNumber(u32::try_from(1 + chance.below(99_999)).unwrap()));
            let plan = chance.maybe(|chance| format!("{:08x}", chance.below(1 << 31)));
            Order::Approve(Approve { run, plan, glass: reason })
        }
        _ => Order::Adopt,
    }
}

/// A question, and whether it must name its site.
fn question(chance: &mut Chance) -> (Question, Option<bool>) {
    let run = chance.maybe(|chance| RunNumber(u32::try_from(1 + chance.below(99_999)).unwrap()));
    let until = chance.maybe(|chance| {
        if chance.is_lucky() {
            Moment::Time(instant(chance))
        } else {
            Moment::Position(Position(u64::try_from(chance.below(1 << 30)).unwrap()))
        }
    });
    match chance.below(9) {
        6 => (Question::Preflight, Some(true)),
        7 => (Question::Standing, Some(true)),
        0 => (Question::Status, Some(false)),
        1 => (Question::History { limit: u16::try_from(1 + chance.below(500)).unwrap() }, Some(false)),
        2 => (Question::Why { run }, Some(true)),
        3 => (Question::Replay { run, until }, Some(true)),
        4 => (Question::Plan { run }, Some(true)),
        5 => {
            let at = chance.below(verbs().len());
            let verb = chance.maybe(|_| verbs()[at].name.to_owned());
            (Question::Help { verb }, None)
        }
        _ => (Question::WhoAmI, None),
    }
}

fn command(chance: &mut Chance, sites: &[SiteName]) -> Command {
    let site = chance.pick(sites);
    if chance.below(3) > 0 {
        return Command::Order { site, order: order(chance) };
    }
    let (question, needs_site) = question(chance);
    let site = match needs_site {
        Some(true) => Some(site),
        Some(false) => chance.maybe(|_| site),
        None => None,
    };
    Command::Question { site, question }
}

#[test]
fn what_is_spelled_reads_back_as_the_same() {
    for seed in 0..20_000 {
        let mut chance = Chance(seed);
        let (directory, sites) = directory(&mut chance);
        let command = command(&mut chance, &sites);
        let line = spell(&command);
        assert_eq!(parse(&line, &directory).as_ref(), Ok(&command), "seed {seed}: {line}");
        let slashed = format!("/changeover {line}");
        assert_eq!(parse(&slashed, &directory).as_ref(), Ok(&command), "seed {seed}: {slashed}");
    }
}

#[test]
fn no_line_makes_the_reader_panic_or_repeat_what_was_typed() {
    for seed in 0..20_000 {
        let mut chance = Chance(seed);
        let (directory, sites) = directory(&mut chance);
        let line = match chance.below(6) {
            0 => {
                let bytes: Vec<u8> = (0..chance.below(60)).map(|_| u8::try_from(chance.below(256)).unwrap()).collect();
                String::from_utf8_lossy(&bytes).into_owned()
            }
            1 => (0..chance.below(30))
                .filter_map(|_| char::from_u32(u32::try_from(chance.below(0x11_0000)).unwrap()))
                .collect(),
            2 => format!("{} {}", chance.pick(&["lock", "deploy", "cutover", "", "why"]), chance.text()),
            _ => {
                let line = spell(&command(&mut chance, &sites));
                mutated(&mut chance, &line)
            }
        };
        if let Err(misread) = parse(&line, &directory) {
            assert!(!misread.to_string().to_lowercase().contains("zqxz"), "seed {seed}: {line}");
            assert!(misread.to_string().ends_with('.'), "seed {seed}: {misread}");
        }
        let cursor = chance.below(line.len() + 2);
        for completion in complete(&line, cursor, &directory, &Candidates::default()) {
            assert!(completion.start <= cursor, "seed {seed}: {line}");
        }
    }
}

/// A line with a few characters changed, and a word in it that no sentence may repeat.
fn mutated(chance: &mut Chance, line: &str) -> String {
    let mut letters: Vec<char> = line.chars().collect();
    for _ in 0..=chance.below(4) {
        let at = chance.below(letters.len() + 1);
        match chance.below(4) {
            0 => {
                letters.splice(at..at, chance.piece().chars());
            }
            1 => letters.truncate(at),
            2 => {
                letters.splice(at..at, "zQxZ".chars());
            }
            _ => {
                letters.splice(at..at, " --zQxZ".chars());
            }
        }
    }
    letters.into_iter().collect()
}

#[test]
fn every_row_of_the_table_is_sound() {
    let directory = Directory::new(["shop/production", "shop/staging"].map(|site| site.parse().unwrap()));
    let mut words = std::collections::BTreeSet::new();
    for verb in verbs() {
        assert!(verb.words().all(|word| words.insert(word)), "{} is said twice", verb.name);
        assert!(verb.summary.ends_with('.') && !verb.examples.is_empty(), "{}", verb.name);
        let flags: std::collections::BTreeSet<_> = verb.flags.iter().map(|flag| flag.name).collect();
        assert_eq!(flags.len(), verb.flags.len(), "{}", verb.name);
        for example in verb.examples {
            let command = parse(example, &directory).unwrap_or_else(|misread| panic!("{example}: {misread}"));
            assert_eq!(command.verb(), verb.name, "{example}");
            assert_eq!(matches!(command, Command::Order { .. }), verb.is_order(), "{example}");
            let spelled = spell(&command);
            assert_eq!(parse(&spelled, &directory), Ok(command), "{example}");
        }
    }
}
