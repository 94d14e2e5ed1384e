//! What is killed: each procedure, from a world in which it is due.

use std::time::Duration;

use events::terms::Terms;

use crate::toy::world::{Databases, Workers, World};
use crate::toy::{Toy, given};

/// One thing that people do, or wait for.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Say(&'static str),
    /// A releaser says it in chat.
    SayAs(&'static str, &'static str),
    /// On the platform, which delivers it until it is acknowledged, and not once more.
    Chat(&'static str),
    /// A button on the platform, with a reason.
    Press(&'static str, &'static str),
    /// Until what was said on the platform is decided and answered.
    Answered,
    /// Until the channel shows how everything ended.
    Shown,
    /// Until no run is open, or a person is needed.
    Settle,
    /// Until the open run has begun this step, counted from 1.
    Reach(u16),
    /// Until a delivery is on its way, or the run is over.
    Deliver,
    /// Until so long after the beginning.
    Until(Duration),
}

/// Something that is lived through again and again.
pub(super) struct Procedure {
    pub(super) name: &'static str,
    /// The world before, without a bot.
    pub(super) given: World,
    pub(super) acts: Vec<Act>,
    /// Whether a deploy waits for two of the releasers.
    pub(super) is_approved: bool,
    /// How far apart the points are at which it is also killed twice: where there are very many, as with a platform, only some
    /// are taken when time is short, spread evenly, or none.
    pub(super) stride: Option<usize>,
}

impl Procedure {
    /// The world before, once more.
    pub(super) fn given(&self) -> Toy {
        let mut toy = Toy::new(self.given.clone(), terms_of(&self.given));
        if self.is_approved {
            toy.policy = given::policy("night-watch");
            toy.terms.approvals = vec![given::approval()];
        }
        toy
    }

    /// When it began.
    pub(super) fn began(&self) -> Duration {
        self.given.steady
    }
}

/// Everything that people and the schedule do.
pub(super) fn procedures() -> Vec<Procedure> {
    use Act::{Deliver, Reach, Say, SayAs, Settle, Until};
    let minutes = Duration::from_mins;
    let mut procedures = vec![
        procedure("adopt an empty site", empty(), vec![Settle]),
        procedure("adopt a live site", live(&[]), vec![Settle]),
        procedure("first deploy", empty(), vec![Say("deploy 1.0"), Settle]),
        procedure("first cutover", after(empty(), &["deploy 1.0"]), vec![Say("cutover"), Settle]),
        procedure("deploy", live(&[]), vec![Say("deploy 2.0"), Settle]),
        Procedure {
            is_approved: true,
            ..procedure(
                "deploy with approval",
                live(&[]),
                vec![SayAs("U02", "deploy 2.0"), SayAs("U03", "approve"), SayAs("U04", "approve"), Settle],
            )
        },
        procedure("cutover with canary", ready(), vec![Say("cutover --canary 10"), Settle]),
        procedure("rollback", crossed(), vec![Say("rollback"), Settle, Say("unlock")]),
        procedure("keep and lock", crossed(), vec![Say("keep 3h"), Say("lock: sale"), Say("unlock")]),
        procedure("decommission at once", crossed(), vec![Say("decommission --reason space"), Settle]),
        procedure("decommission in its slot", crossed(), vec![Settle, Until(minutes(55)), Settle]),
        procedure("cutover with its database", paired(&["deploy 2.0"]), vec![Say("cutover"), Settle]),
        procedure("rollback with its database", paired(&["deploy 2.0", "cutover"]), vec![Say("rollback"), Settle]),
        procedure("cutover with write errors", crossing_so(failing, &["deploy 2.0"]), vec![Say("cutover"), Settle]),
        procedure(
            "cutover of a pointed database",
            crossing_so(Databases::point_to_blue, &["deploy 2.0"]),
            vec![Say("cutover --canary 10"), Settle],
        ),
        Procedure {
            stride: None,
            ..procedure(
                "rollback with write errors",
                crossing_so(pointed_and_failing, &["deploy 2.0", "cutover"]),
                vec![Say("rollback"), Settle],
            )
        },
        procedure("cutover with its workers", at_work(ready(), true), vec![Say("cutover"), Settle]),
        Procedure {
            stride: None,
            ..procedure(
                "abort with its workers",
                at_work(ready(), false),
                vec![Say("cutover"), Reach(9), Say("abort"), Settle],
            )
        },
        Procedure {
            stride: None,
            ..procedure(
                "rollback with database and workers",
                after(at_work(paired(&["deploy 2.0"]), false), &["cutover"]),
                vec![Say("rollback"), Settle],
            )
        },
        procedure("abort a delivery", slowly(live(&[])), vec![Say("deploy 2.0"), Deliver, Say("abort"), Settle]),
        procedure("abort a canary", ready(), vec![Say("cutover --canary 10"), Reach(6), Say("abort: odd"), Settle]),
    ];
    procedures.extend(of_the_queue());
    procedures.extend(of_chat());
    procedures
}

/// What waits behind a busy site.
fn of_the_queue() -> Vec<Procedure> {
    use Act::{Deliver, Say, Settle};
    vec![
        procedure(
            "queued deploy",
            slowly(live(&[])),
            vec![Say("deploy 2.0"), Deliver, Say("deploy 3.0 --queue"), Settle],
        ),
        Procedure {
            stride: None,
            ..procedure(
                "queued cutover",
                slowly(live(&[])),
                vec![Say("deploy 2.0"), Deliver, Say("cutover --queue"), Settle],
            )
        },
    ]
}

/// What is said on a platform.
fn of_chat() -> Vec<Procedure> {
    use Act::{Answered, Chat, Deliver, Press, Settle, Shown};
    vec![
        in_chat("deploy in chat", live(&[]), vec![Chat("deploy shop@2.0 to production"), Answered, Settle, Shown]),
        in_chat(
            "queued and refused",
            slowly(live(&[])),
            vec![
                Chat("deploy shop@2.0 to production"),
                Answered,
                Deliver,
                Chat("cutover shop/production --queue"),
                Answered,
                Press(ABORT, "odd"),
                Answered,
                Settle,
                Answered,
                Shown,
            ],
        ),
        in_chat(
            "turned back by a button",
            slowly(live(&[])),
            vec![
                Chat("deploy shop@2.0 to production"),
                Answered,
                Deliver,
                Press(ABORT, "odd"),
                Answered,
                Settle,
                Shown,
            ],
        ),
    ]
}

fn procedure(name: &'static str, given: World, acts: Vec<Act>) -> Procedure {
    Procedure { name, given, acts, stride: Some(1), is_approved: false }
}

/// A prime, so that the second kill falls everywhere too.
const SAMPLED: usize = 5;

/// What the button of the first run says.
const ABORT: &str = "abort shop/production #1 -";

/// A platform is there, and a channel that the site is shown in.
fn in_chat(name: &'static str, mut given: World, acts: Vec<Act>) -> Procedure {
    given.chat.is_there = true;
    Procedure { name, given, acts, stride: Some(SAMPLED), is_approved: false }
}

/// A delivery goes on while no bot is there: it outlasts two of them, so that there is one end to compare with.
fn slowly(mut given: World) -> World {
    given.manners.install_takes = Duration::from_secs(10);
    given
}

/// The terms that go with a world.
fn terms_of(given: &World) -> Terms {
    let terms = given.databases.as_ref().map_or_else(given::terms, given::crossing_as);
    match &given.workers {
        Some(workers) => given::with_workers(terms, workers.are_seen),
        None => terms,
    }
}

/// Something works behind blue's requests.
fn at_work(mut given: World, are_seen: bool) -> World {
    given.workers = Some(Workers::of_blue(are_seen));
    given
}

/// Blue serves 1.0, its database takes writes and green's follows, and this was said since.
fn paired(lines: &[&str]) -> World {
    crossing_so(|_| {}, lines)
}

/// The same, where they cross in a way of their own.
fn crossing_so(so: impl FnOnce(&mut Databases), lines: &[&str]) -> World {
    let mut given = World::serving(given::morning(), &given::release("1.0"), 2);
    let mut pair = Databases::blue_is_primary();
    so(&mut pair);
    if pair.write_errors.is_none() {
        // A balancer that can hold requests does at once what it accepts, and says so.
        (given.manners.balancer_takes, given.manners.balancer_lags) = (Duration::ZERO, Duration::ZERO);
    }
    given.databases = Some(pair);
    after(given, lines)
}

/// Writes fail while they cross: nobody can wait.
fn failing(pair: &mut Databases) {
    pair.let_fail(Duration::from_secs(45));
}

/// Both colors use whichever takes writes, and nobody can wait.
fn pointed_and_failing(pair: &mut Databases) {
    pair.point_to_blue();
    pair.let_fail(Duration::from_secs(10));
}

fn empty() -> World {
    World::empty(given::morning())
}

/// Blue serves 1.0, and this was said since.
fn live(lines: &[&str]) -> World {
    after(World::serving(given::morning(), &given::release("1.0"), 2), lines)
}

/// Green is ready with 2.0.
fn ready() -> World {
    live(&["deploy 2.0"])
}

/// Green serves 2.0, and blue is the way back.
fn crossed() -> World {
    live(&["deploy 2.0", "cutover"])
}

fn after(given: World, lines: &[&str]) -> World {
    let terms = terms_of(&given);
    let mut toy = Toy::new(given, terms);
    for line in lines {
        let heard = toy.say(line);
        assert!(!heard.is_refused, "{line}: {}", heard.reply);
        toy.settle();
    }
    // What was sticky is over, and nobody watches any more.
    toy.pass(Duration::from_secs(5));
    toy.kill();
    toy.world().clone()
}
