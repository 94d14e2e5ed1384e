//! Every refusal: the situation, the line, and the sentence that says what to do instead.

use std::collections::{BTreeMap, BTreeSet};

use changeover::log::batch::Wish;
use changeover::ports::Expected;
use commands::decide::decide;
use commands::order::{Cutover, Keep, Order};
use commands::permit::permit;
use commands::pinned::Pinned;
use commands::policy::Policy;
use commands::refusal::Refusal;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::chat::Shown;
use events::color::Color;
use events::envelope::{Correlation, Draft, EventId, Stream};
use events::number::RunNumber;
use events::terms::Terms;
use events::weights::Weights;

use crate::messages::refusal_is_taken;
use crate::scene::{Scene, is_kept, minutes, seconds};
use crate::toy::world::{Databases, Incident, World};
use crate::toy::{Toy, given};

/// A situation, what is said in it, and the code of the refusal.
struct Case {
    code: &'static str,
    situation: &'static str,
    line: &'static str,
    lead: fn(&mut Scene),
}

fn nothing(_: &mut Scene) {}

fn deployed(scene: &mut Scene) {
    scene.quietly("deploy 2.0");
}

fn crossed(scene: &mut Scene) {
    deployed(scene);
    scene.quietly("cutover");
}

fn case(code: &'static str, situation: &'static str, line: &'static str, lead: fn(&mut Scene)) -> Case {
    Case { code, situation, line, lead }
}

/// What people meet by saying something. Each begins with blue serving 1.0.
fn cases() -> Vec<Case> {
    vec![
        case("parked", "The log holds an event of a newer bot.", "unlock", |scene| {
            scene.toy.kill();
            meddle(scene);
            scene.toy.start();
        }),
        case("busy", "A deploy is open.", "cutover", |scene| scene.quietly_begin("deploy 2.0", 3)),
        case("locked", "Somebody locked the site.", "deploy 2.0", |scene| scene.quietly("lock: schema change")),
        case("no_release", "The repository has no such release.", "deploy unheard-of", nothing),
        case("color_is_live", "Blue serves users.", "deploy 2.0 --onto blue", nothing),
        case("way_back_in_use", "The window is open, and blue is the way back.", "deploy 3.0", crossed),
        case("nothing_ready", "Nothing was deployed.", "cutover", nothing),
        case("that_is_the_way_back", "The window is open, and nothing new was deployed.", "cutover", crossed),
        case("no_way_back", "No cutover was made.", "rollback", nothing),
        case("no_way_back", "No cutover was made, and 2.0 is ready.", "rollback", deployed),
        case("no_window", "No cutover was made.", "keep 24h", nothing),
        case("no_window", "No cutover was made.", "decommission", nothing),
        case("window_is_open", "The window is open.", "decommission", crossed),
        case("no_open_run", "No run is open.", "abort", nothing),
        case("turning_back", "The deploy was aborted a moment ago.", "abort", |scene| {
            scene.quietly_begin("deploy 2.0", 2);
            scene.toy.say("abort");
        }),
        case("past_no_return", "Machines are being destroyed.", "abort", |scene| {
            crossed(scene);
            scene.quietly_begin("decommission: all is well", 3);
        }),
        case("nothing_to_retry", "A deploy is underway, and all is well.", "retry", |scene| {
            scene.quietly_begin("deploy 2.0", 3);
        }),
        case("step_is_guard", "A deploy checks its machines.", "skip: I am sure", |scene| {
            scene.quietly_begin("deploy 2.0", 4);
        }),
        case("step_is_change", "A deploy installs its release.", "skip: I am sure", |scene| {
            scene.quietly_begin("deploy 2.0", 3);
        }),
        case(
            "nothing_to_skip",
            "The fleet can't be read, so the next step was not begun.",
            "skip: I am sure",
            |scene| {
                scene.toy.world().meet(&Incident::Unreachable("fleet", minutes(5)));
                scene.toy.say("deploy 2.0");
                scene.toy.pass(seconds(2));
            },
        ),
        case("not_locked", "Nobody locked the site.", "unlock", nothing),
        case("traffic_is_shared", "Somebody shares requests by hand.", "adopt", |scene| {
            deployed(scene);
            scene.toy.world().meet(&Incident::SharesMoved(Weights::percent_to(Color::Green, 30)));
        }),
        case("world_unreadable", "The balancer can't be reached.", "adopt", |scene| {
            scene.toy.world().meet(&Incident::Unreachable("balancer", minutes(5)));
        }),
        case("nothing_changed", "The world is as the log says.", "adopt", nothing),
    ]
}

/// What people meet who must say something twice, or wait.
fn cases_of_patience() -> Vec<Case> {
    vec![
        case("nothing_to_confirm", "Nothing waits to be confirmed.", "confirm 274813", nothing),
        case("wrong_code", "A decommission is to be confirmed.", "confirm 274813", |scene| {
            crossed(scene);
            asked(scene, 1000);
        }),
        case("not_your_order", "Somebody else wants to decommission.", "confirm 274813", |scene| {
            crossed(scene);
            asked(scene, 1001);
        }),
        case("queue_full", "A deploy is open, and eight orders wait behind it.", "deploy 4.0 --queue", |scene| {
            scene.quietly_begin("deploy 2.0", 3);
            for number in 1..=8 {
                scene.toy.say(&format!("deploy 3.{number} --queue"));
            }
        }),
        case("queued_already", "A deploy is open, and the same waits behind it.", "deploy 3.0 --queue", |scene| {
            scene.quietly_begin("deploy 2.0", 3);
            scene.toy.say("deploy 3.0 --queue");
        }),
        case("not_queued", "The way back is being emptied.", "deploy 3.0 --give-up-way-back --queue", |scene| {
            crossed(scene);
            scene.quietly_begin("decommission: all is well", 1);
        }),
        case("nothing_queued", "Nothing waits.", "unqueue", nothing),
    ]
}

/// Somebody at the console wants to decommission, and has not confirmed it.
fn asked(scene: &mut Scene, uid: u32) -> String {
    let speaker = Speaker::alone(Actor::console(uid));
    let heard = scene.toy.try_say_once(speaker, "decommission: all is well", "console/asked").unwrap();
    heard.confirm.unwrap()
}

/// What people meet who need others, or the night to be over.
fn cases_of_people() -> Vec<Case> {
    vec![
        case("lock_held", "Somebody else locked the site.", "lock: schema change", |scene| {
            asks(scene, "others");
            scene.toy.try_say_as(given::releaser("U02"), "lock: sale", "slack/1").unwrap();
        }),
        case("quiet_hours", "It is quiet from nine to ten.", "deploy 2.0", |scene| {
            scene.toy.terms.window.quiet = vec![given::mornings()];
            scene.toy.start();
        }),
        case("other_plan", "A deploy waits for approval.", "approve #7", |scene| waits(scene, "releasers")),
        case("own_request", "Who asked for the deploy wants to approve it.", "approve", |scene| {
            asks(scene, "releasers");
            scene.toy.say("deploy 2.0");
        }),
        case("not_of_role", "A deploy waits for somebody else.", "approve", |scene| waits(scene, "others")),
        case("approved_already", "A deploy waits for two, and got one.", "approve", |scene| {
            waits(scene, "releasers");
            scene.toy.say("approve");
        }),
        case("not_approved", "A deploy waits for approval.", "withdraw", |scene| waits(scene, "releasers")),
        case("nothing_to_approve", "A deploy is underway that waits for nobody.", "approve", |scene| {
            scene.quietly_begin("deploy 2.0", 3);
        }),
        case("no_emergency", "A deploy waits for approval.", "approve --break-glass: now", |scene| {
            waits(scene, "releasers");
        }),
    ]
}

/// From here on a deploy needs two of the releasers; the console is in the role of this name.
fn asks(scene: &mut Scene, console: &str) {
    scene.toy.policy = given::policy(console);
    scene.toy.terms.approvals = vec![given::approval()];
    scene.toy.start();
}

/// Somebody else asked for a deploy, and it waits for approval.
fn waits(scene: &mut Scene, console: &str) {
    asks(scene, console);
    scene.toy.try_say_as(given::releaser("U02"), "deploy 2.0", "slack/1").unwrap();
    scene.toy.pass(seconds(1));
}

/// An event that only a newer bot can understand.
fn meddle(scene: &Scene) {
    let mut world = scene.toy.world();
    let epoch = world.journal.begin_epoch();
    let version = world.journal.state.site(&given::site()).version;
    let draft = Draft {
        event_id: EventId("newer/0".to_owned()),
        kind: "MoonLanded".to_owned(),
        schema_version: 1,
        actor: Actor::system("engine"),
        correlation: Correlation("newer".to_owned()),
        causation: None,
        payload: "{}".to_owned(),
    };
    let expected = Expected { stream: Stream(given::site().to_string()), version, epoch };
    world.journal.append(&Wish { expected, drafts: vec![draft] }, given::morning()).unwrap();
}

/// What nobody can say today, and is refused all the same: by whoever decides last.
fn unsaid() -> Vec<(&'static str, &'static str, Refusal)> {
    let mut ready = Scene::serving("");
    deployed(&mut ready);
    let mut open = Scene::serving("");
    crossed(&mut open);
    let mut first = Scene::empty("");
    first.quietly("deploy 1.0");
    let person = Actor::console(1000);
    let schedule = Actor::system("schedule");
    let gone = Shown { run: Some(RunNumber(1)), standing: None };
    let canary = |canary| Order::Cutover(Cutover { reason: None, is_dry: false, at: None, canary, is_queued: false });
    vec![
        ("The schedule wants to unlock a site.", "unlock", refusal(&ready, &schedule, &Order::Unlock)),
        (
            "The schedule comes before the slot that was announced.",
            "decommission",
            refusal(&open, &schedule, &Order::Decommission { reason: None }),
        ),
        (
            "A front end lets a falling canary through.",
            "cutover --canary 50,5",
            refusal(&ready, &person, &canary(vec![50, 5])),
        ),
        (
            "A front end lets a canary of forty shares through.",
            "cutover --canary 1,2,…,40",
            refusal(&ready, &person, &canary((1..=40).collect())),
        ),
        ("Nothing is live yet.", "cutover --canary 5", refusal(&first, &person, &canary(vec![5]))),
        (
            "The databases cross with the users.",
            "cutover --canary 5",
            with_databases(&ready, &person, &canary(vec![5])),
        ),
        (
            "Nobody could look at the databases.",
            "rollback",
            with_databases(&open, &person, &Order::Rollback { reason: None, accepts_loss: false }),
        ),
        (
            "A cutover waited for a deploy that turned back, and 2.0 is ready from before.",
            "cutover",
            meant_for(&ready, "3.0"),
        ),
        ("The configuration was changed before it was confirmed.", "confirm 274813", changed_meanwhile(&mut open)),
        (
            "The databases have crossed, and the rest of the cutover is underway.",
            "abort",
            refusal(&half_way(), &person, &Order::Abort { reason: None }),
        ),
        (
            "The button of a card that shows a run which is over.",
            "keep 24h",
            pressed(&open, &person, &Order::Keep(Keep::UntilReleased), Some(gone)),
        ),
    ]
}

/// A cutover that has waited for this release.
fn meant_for(scene: &Scene, release: &str) -> Refusal {
    let pinned = Pinned { brings: Some(release.parse().unwrap()), ..Pinned::bare(given::terms()) };
    let order = Order::Cutover(Cutover { reason: None, is_dry: false, at: None, canary: Vec::new(), is_queued: false });
    let permit = permit(&Policy::default(), &given::person(), &given::site(), &order).unwrap();
    decide(&scene.site(), &order, &permit, &pinned, scene.toy.world().now).expect_err("this was not refused")
}

/// A decommission that would be another one by the time it is confirmed.
fn changed_meanwhile(scene: &mut Scene) -> Refusal {
    let confirm = asked(scene, 1000);
    let code = confirm.rsplit(' ').next().unwrap().to_owned();
    let mut terms = given::terms();
    terms.window.quiet_for *= 2;
    refused_under(terms, scene, &Actor::console(1000), &Order::Confirm { code }, None)
}

/// A cutover whose databases have crossed.
fn half_way() -> Scene {
    let mut world = World::serving(given::morning(), &given::release("1.0"), 2);
    world.databases = Some(Databases::blue_is_primary());
    let mut scene = Scene::unattended("", world);
    scene.toy.terms = given::crossing_terms();
    scene.quietly("deploy 2.0");
    scene.quietly_begin("cutover", 9);
    scene
}

fn refusal(scene: &Scene, actor: &Actor, order: &Order) -> Refusal {
    refused_under(given::terms(), scene, actor, order, None)
}

fn with_databases(scene: &Scene, actor: &Actor, order: &Order) -> Refusal {
    refused_under(given::crossing_terms(), scene, actor, order, None)
}

fn pressed(scene: &Scene, actor: &Actor, order: &Order, shown: Option<Shown>) -> Refusal {
    refused_under(given::terms(), scene, actor, order, shown)
}

fn refused_under(terms: Terms, scene: &Scene, actor: &Actor, order: &Order, shown: Option<Shown>) -> Refusal {
    let pinned = Pinned { shown, ..Pinned::bare(terms) };
    let decided = permit(&Policy::default(), &Speaker::alone(actor.clone()), &given::site(), order)
        .and_then(|permit| decide(&scene.site(), order, &permit, &pinned, scene.toy.world().now));
    decided.expect_err("this was not refused")
}

#[test]
fn every_refusal_says_what_to_do_instead() {
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    let mut add = |code, situation: &str, line: &str, answer: &str| {
        refusal_is_taken(answer);
        lines.entry(code).or_default().push_str(&format!("\n{situation}\n\n`{line}`\n\n> {answer}\n"));
    };
    let start = Scene::serving("").toy.left_behind();
    for Case { code, situation, line, lead } in cases().into_iter().chain(cases_of_people()).chain(cases_of_patience())
    {
        let (before, answer) = refused(start.left_behind(), line, code, lead);
        assert_eq!(before.0, before.1, "{line}");
        add(code, situation, line, &answer);
    }
    let (_, answer) = refused(unread(), "deploy 2.0", "not_adopted", nothing);
    add("not_adopted", "The balancer could not be read when the bot met the site.", "deploy 2.0", &answer);
    for (situation, line, refusal) in unsaid() {
        add(refusal.code(), situation, line, &refusal.to_string());
    }
    assert_eq!(lines.keys().copied().collect::<BTreeSet<_>>(), every_code());
    let sections: String = lines.iter().map(|(code, text)| format!("\n## `{code}`\n{text}")).collect();
    let shows = "A refusal changes nothing, is recorded by its code and without what was typed, and names the way on.";
    let place = std::any::type_name_of_val(&every_refusal_says_what_to_do_instead);
    is_kept(place, |title| format!("# {title}\n\n{shows}\n{sections}"));
}

/// The world before and after a line that is refused, and the answer.
fn refused(toy: Toy, line: &str, code: &str, lead: fn(&mut Scene)) -> ((String, String), String) {
    let mut scene = Scene::unattended("", World::empty(given::morning()));
    scene.turn_to(toy);
    scene.toy.start();
    scene.toy.pass(seconds(2));
    lead(&mut scene);
    let before = scene.toy.world().image();
    let answer = scene.refusal(line, code);
    let after = scene.toy.world().image();
    // An event that can't be is what parks a site.
    if code != "parked" {
        scene.is_innocent();
    }
    ((before, after), answer)
}

/// A site that could not be read when the bot met it.
fn unread() -> Toy {
    let mut world = World::serving(given::morning(), &given::release("1.0"), 2);
    world.meet(&Incident::Unreachable("balancer", minutes(2)));
    Toy::new(world, given::terms())
}

/// Every code that there is: a new refusal needs a line here.
fn every_code() -> BTreeSet<&'static str> {
    let source = include_str!("../../../commands/src/refusal.rs");
    let codes = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("=> \"")?.1.strip_suffix("\","));
    let codes: BTreeSet<&str> = codes.collect();
    assert!(codes.len() > 20, "{codes:?}");
    codes
}
