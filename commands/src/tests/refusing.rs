//! Every way to be refused: one sentence each that says what to do instead.

use std::collections::BTreeSet;

use events::actor::Actor;
use events::chat::Shown;
use events::fault::Fault;
use events::fold::Parked;
use events::number::{Position, RunNumber};
use events::weights::Weights;
use expect_test::expect;

use super::approving::{asked, eve, releaser};
use crate::decide::decide;
use crate::order::{Cutover, Deploy, Lock, Order};
use crate::permit::{Permit, permit};
use crate::pinned::{Lossless, Pinned};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::speaker::Speaker;
use crate::testing::{Reply, Story, World, crossing_terms, name, person, schedule, terms, time};

/// At night, and while somebody else holds the lock.
fn of_hours_and_locks() -> [Refusal; 2] {
    let mut nights = Story::adopted();
    nights.terms.window.quiet = vec![super::quiet::nights(&[])];
    nights.sleep(time("2026-08-10T21:00:00Z").duration_since(nights.now));
    let mut held = Story::adopted();
    held.order_as("lock: schema change", &Speaker::alone(Actor::console(7))).unwrap();
    [nights.order("deploy 2.0").unwrap_err(), held.order("lock: mine").unwrap_err()]
}

/// Every refusal there is, reached by an order.
fn refusals() -> Vec<Refusal> {
    let mut all = Vec::new();
    let mut refused = |story: &Story, line: &str| all.push(story.clone().order(line).unwrap_err());

    let unknown = Story::new(World::serving(&crate::testing::release("1.0"), time("2026-08-01T00:00:00Z")));
    refused(&unknown, "deploy 2.0");
    let mut shared = unknown.clone();
    shared.meddle(|world| world.weights = Weights::percent_to(events::color::Color::Blue, 50));
    refused(&shared, "adopt");

    let mut first = Story::new(World::empty());
    first.say("adopt").say("deploy 1.0").run();
    refused(&first, "cutover --canary 5");

    let adopted = Story::adopted();
    for line in
        ["deploy unheard-of", "deploy 2.0 --onto blue", "cutover", "rollback", "keep", "abort", "unlock", "adopt"]
    {
        refused(&adopted, line);
    }
    let mut locked = adopted.clone();
    locked.say("lock: schema change");
    refused(&locked, "deploy 2.0");
    let mut parked = adopted.clone();
    let why = "MoonLanded is not a fact that this build knows".to_owned();
    parked.state.sites.get_mut(&name()).unwrap().parked = Some(Parked { position: Position(9), why });
    refused(&parked, "unlock");

    let mut open = adopted.clone();
    open.say("deploy 2.0");
    for line in ["cutover", "retry", "skip --reason SECRET"] {
        refused(&open, line);
    }
    open.run_to(1);
    refused(&open, "skip --reason SECRET");
    open.run_to(2);
    refused(&open, "skip --reason SECRET");
    open.say("abort");
    refused(&open, "abort");

    let mut ready = adopted.clone();
    ready.say("deploy 2.0").run();
    let window = Story::with_window();
    for line in ["deploy 3.0", "cutover", "decommission"] {
        refused(&window, line);
    }
    let mut last = window.clone();
    last.say("decommission --reason SECRET").run_to(3);
    refused(&last, "abort: SECRET");
    refused(&crossing_ready(), "cutover --canary 5");
    let mut crossed = crossing_ready();
    crossed.say("cutover").run_to(9);
    refused(&crossed, "abort");
    let mut broken = crossing_ready();
    broken.say("cutover").run();
    let why = "blue does not follow green any more".to_owned();
    for missing in [Some(3), None] {
        broken.lossless = Lossless::No { why: why.clone(), missing };
        refused(&broken, if missing.is_some() { "rollback" } else { "rollback --accept-loss" });
    }

    all.extend(of_approvals());
    all.extend(of_hours_and_locks());
    all.extend(of_confirmations());
    all.extend(of_the_queue());
    all.push(allowed(&schedule(), &Order::Adopt).unwrap_err());
    assert!(allowed(&Speaker::alone(Actor::system("bot")), &Order::Adopt).is_ok());
    assert!(allowed(&Speaker::alone(Actor::system("bot")), &Order::Unlock).is_err());
    all.push(window.clone().decide(&Order::Decommission { reason: None }, &schedule()).unwrap_err());
    let another = Shown { run: Some(RunNumber(9)), standing: None };
    all.push(open.press("abort", another).unwrap_err());
    all.push(bare(&unknown, &Order::Adopt));
    for canary in [vec![50, 5], (1..40).collect()] {
        all.push(bare(&ready, &sharing(canary)));
    }
    all
}

/// Said to a run that waits for people.
fn of_approvals() -> Vec<Refusal> {
    let (ada, bob) = (releaser("U01"), releaser("U02"));
    let mut story = asked(2);
    let mut refused = |line: &str, speaker: &Speaker| story.order_as(line, speaker).unwrap_err();
    let mut all = vec![
        refused("approve #9", &bob),
        refused("approve", &ada),
        refused("approve", &eve()),
        refused("approve --break-glass --reason SECRET", &bob),
        refused("withdraw", &bob),
    ];
    story.order_as("approve", &bob).unwrap();
    all.push(story.order_as("approve", &bob).unwrap_err());
    story.order_as("approve", &releaser("U03")).unwrap();
    story.turn();
    all.push(story.order_as("approve", &releaser("U04")).unwrap_err());
    all
}

/// Green is ready with 2.0, and the databases cross.
fn crossing_ready() -> Story {
    let mut story = Story::adopted();
    story.terms = crossing_terms();
    story.say("deploy 2.0").run();
    story
}

fn sharing(canary: Vec<u8>) -> Order {
    Order::Cutover(Cutover { reason: None, is_dry: false, at: None, canary, is_queued: false })
}

/// Said to a queue, and what waited there.
fn of_the_queue() -> Vec<Refusal> {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run().say("deploy 3.0").run_to(2);
    let mut all =
        vec![story.order("unqueue").unwrap_err(), story.order("deploy 4.0 --give-up-way-back --queue").unwrap_err()];
    for number in 1..=8 {
        story.order(&format!("deploy 4.{number} --queue")).unwrap();
    }
    all.push(story.order("deploy 4.8 --queue").unwrap_err());
    all.push(story.order("deploy 4.9 --queue").unwrap_err());
    let mut ready = Story::adopted();
    ready.say("deploy 2.0").run();
    let pinned = Pinned { brings: Some("3.0".parse().unwrap()), ..Pinned::bare(terms()) };
    let cutover = sharing(Vec::new());
    let permit = allowed(&person(), &cutover).unwrap();
    all.push(decide(&ready.site(), &cutover, &permit, &pinned, ready.now).unwrap_err());
    all
}

/// Said to what can't be taken back.
fn of_confirmations() -> Vec<Refusal> {
    let mut story = Story::with_window();
    let confirm = |code: &str| Order::Confirm { code: code.to_owned() };
    let mut all = vec![story.decide(&confirm("000000"), &person()).unwrap_err()];
    story.say_once("decommission --reason SECRET", &person()).unwrap();
    let asked = story.site().confirmation.unwrap();
    all.push(story.decide(&confirm("000000"), &person()).unwrap_err());
    all.push(story.say_once(&asked.confirm, &Speaker::alone(Actor::console(7))).unwrap_err());
    story.terms.window.quiet_for = jiff::SignedDuration::from_hours(1);
    all.push(story.say_once(&asked.confirm, &person()).unwrap_err());
    all
}

/// Leave, where no role is configured.
fn allowed(speaker: &Speaker, order: &Order) -> Result<Permit, Refusal> {
    permit(&Policy::default(), speaker, &name(), order)
}

/// Decided although nothing was asked of the outside.
fn bare(story: &Story, order: &Order) -> Refusal {
    let pinned = Pinned::bare(terms());
    let permit = allowed(&person(), order).unwrap();
    decide(&story.site(), order, &permit, &pinned, story.now).unwrap_err()
}

#[test]
fn every_refusal_says_what_to_do_instead() {
    let told: BTreeSet<String> = refusals().iter().map(|it| format!("{}: {it}\n", it.code())).collect();
    assert!(told.iter().all(|it| !it.contains("SECRET")));
    expect![[r#"
        approved_already: you have approved run #1 already; somebody else is needed, or `withdraw` it
        bad_canary: the shares of a canary must rise and lie between 1 and 99
        busy: run #1 (deploy) is open: wait for it, say it with `--queue`, or `abort` it
        canary_cant_write: the database of green takes no writes before it crosses, so a share of the users could not write there: say `cutover` without --canary
        color_is_live: a release goes to green, which serves nobody: leave blue out
        has_crossed: run #2 has brought users and database over and can't be turned back: say `rollback` to bring them back
        lock_held: console:7 holds the lock since 2026-08-10 09:00:00 UTC: "schema change"; ask them, or take it over with `--steal`
        locked: the site is locked by console:1000 since 2026-08-10 09:00:00 UTC: "schema change"; ask them, or `unlock` it
        no_emergency: only an emergency role may break the glass: ask for approval of run #1, or `abort` it
        no_open_run: there is no open run to abort
        no_release: the release could not be pinned: it was not resolved
        no_way_back: there is no way back: no window is open; `deploy` the release that you want back
        no_window: there is no old environment to keep: no window is open
        nobody_to_share_with: nobody is live yet to share requests with: say `cutover` without --canary
        not_adopted: this site is not known yet: look at it first with `adopt`
        not_allowed: you may not say `adopt` here: nobody in any role may; ask the people who run this bot
        not_approved: you have not approved run #1; to end it, say `reject` or `abort`
        not_due: it is not time: its end was not announced, or has not come
        not_locked: the site is not locked
        not_lossless: a rollback would lose writes: blue does not follow green any more; mend that, or say `rollback --accept-loss` to leave 3 transactions behind, which are written to a file first
        not_lossless: a rollback would lose writes: blue does not follow green any more; what would be left behind can't be counted now: mend that first
        not_of_role: that is for releasers to say: ask one of them
        not_queued: what gives up the way back does not wait in a queue: say it when the site is free, and confirm it
        not_your_order: that was said by console:1000, who alone confirms it
        nothing_changed: nothing to adopt: the world is as the log says
        nothing_queued: nothing like that waits here; `status` shows the queue
        nothing_ready: green is not ready: `deploy` a release first
        nothing_to_approve: run #1 does not wait for approval; `status` shows what it does
        nothing_to_confirm: there is nothing to confirm any more: say it again, and confirm it within a minute
        nothing_to_retry: run #1 is not waiting for a retry; `status` shows what it does
        nothing_to_skip: nothing is being waited for in run #1 that could be skipped
        other_plan: run #1 is open, and its plan is fec3aa83a16c: look at it with `plan`, then approve that one
        other_release: green has 2.0 (d84bdb34d4ee), and this was meant for 3.0: look, and say `cutover` if you mean that
        own_request: you asked for run #1, so somebody else must approve it
        parked: the log of this site holds an event that this bot cannot understand (MoonLanded is not a fact that this build knows); nothing is done here until a bot that can takes over
        past_no_return: run #3 is behind its point of no return and will be finished; `status` shows how far it is
        plan_changed: what would be done now is not what you were shown: say it again, and look
        plan_too_long: the plan would have more than 64 steps: name fewer canary shares
        queue_full: 8 orders wait here already: say it later, or take one out with `unqueue`
        queued_already: that waits already, as number 8: `unqueue` takes it out
        quiet_hours: these are quiet hours, until 2026-08-11 06:00:00 UTC: say it after that, or `--at` a time after that; night-watch may, ask one of them
        stale_button: that button is out of date, and nothing was done: it is about run #9, and run #1 is open now
        step_is_change: step 2 of run #1 changes the world and can't be skipped: wait for it, or `abort`
        step_is_guard: step 1 of run #1 is a guard, and guards can't be skipped: mend what it found, or `abort`
        that_is_the_way_back: blue is the way back, not a new release: say `rollback`
        traffic_is_shared: the balancer shares requests between both colors: move them to one first, then `adopt`
        turning_back: run #1 is turning back already; `status` shows how far it is
        way_back_in_use: blue is the way back until 2026-08-11 09:00:04 UTC: `keep` it, `rollback` to it, or say `--give-up-way-back` to deploy onto it all the same
        window_is_open: the window is open until 2026-08-11 09:00:04 UTC: say why it may end early with --reason
        world_unreadable: the world could not be read: it was not read; try again when it answers
        wrong_code: that is not the code of what you said last; look at the answer again
    "#]].assert_eq(&told.into_iter().collect::<String>());
}

#[test]
fn every_refusal_is_reached_by_some_order() {
    let source = include_str!("../refusal.rs");
    let codes: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("=> \"")?.1.strip_suffix("\","))
        .collect();
    assert!(codes.len() > 20, "{codes:?}");
    let reached: BTreeSet<&str> = refusals().iter().map(Refusal::code).collect();
    assert_eq!(reached, codes);
}

#[test]
fn a_permit_is_for_one_order_only() {
    let story = Story::adopted();
    let permit = allowed(&person(), &Order::Unlock).unwrap();
    let pinned = Pinned::bare(terms());
    let lock = Order::Lock(Lock { reason: "x".to_owned(), lasts: None, steals: false });
    let refusal = decide(&story.site(), &lock, &permit, &pinned, story.now).unwrap_err();
    assert_eq!(refusal, Refusal::NotAllowed { verb: "lock", roles: Vec::new() });
}

#[test]
fn the_schedule_may_decommission_and_nothing_else() {
    let deploy = Deploy {
        release: "2.0".parse().unwrap(),
        onto: None,
        reason: None,
        is_dry: false,
        at: None,
        gives_up_way_back: false,
        is_queued: false,
    };
    let reason = None;
    for order in [
        Order::Deploy(deploy),
        Order::Rollback { reason, accepts_loss: false },
        Order::Abort { reason: None },
        Order::Unlock,
    ] {
        let refusal = allowed(&schedule(), &order).unwrap_err();
        assert_eq!(refusal.code(), "not_allowed", "{order:?}");
    }
    assert!(allowed(&schedule(), &Order::Decommission { reason: None }).is_ok());
}

#[test]
fn a_lock_stands_in_the_way_of_new_runs_and_never_of_the_way_back() {
    let mut window = Story::with_window();
    window.say("lock: schema change");
    for line in ["deploy 3.0 --give-up-way-back", "decommission --reason x"] {
        assert_eq!(window.clone().order(line).unwrap_err().code(), "locked", "{line}");
    }
    for line in ["rollback", "keep 1h", "lock: mine", "unlock"] {
        assert_eq!(window.clone().order(line), Ok(()), "{line}");
    }
    let mut ready = Story::adopted();
    ready.say("deploy 2.0").run().say("lock: schema change");
    assert_eq!(ready.order("cutover").unwrap_err().code(), "locked");
    let mut open = Story::adopted();
    open.say("deploy 2.0").forward(2, Reply::Fault(Fault::passing("busy"), 1)).run_to(2);
    open.turn();
    open.say("lock: schema change");
    for line in ["abort", "retry"] {
        assert_eq!(open.clone().order(line), Ok(()), "{line}");
    }
}

#[test]
fn nothing_is_decided_for_a_site_that_is_busy_but_what_concerns_its_run() {
    let mut open = Story::adopted();
    open.say("deploy 2.0");
    for line in ["deploy 3.0", "cutover", "rollback", "decommission", "adopt"] {
        assert_eq!(open.clone().order(line).unwrap_err().code(), "busy", "{line}");
    }
    let mut last = Story::with_window();
    last.say("decommission --reason x");
    assert_eq!(last.order("keep 1h").unwrap_err().code(), "busy");
}

#[test]
fn nothing_is_begun_for_a_site_that_nobody_has_looked_at() {
    let unknown = Story::new(World::serving(&crate::testing::release("1.0"), time("2026-08-01T00:00:00Z")));
    for line in ["deploy 2.0", "cutover", "rollback", "decommission --reason x"] {
        assert_eq!(unknown.clone().order(line).unwrap_err().code(), "not_adopted", "{line}");
    }
}

#[test]
fn the_shares_of_a_canary_rise_and_leave_somebody_on_both_sides() {
    let mut ready = Story::adopted();
    ready.say("deploy 2.0").run();
    for canary in [vec![5, 5], vec![50, 5], vec![0, 5], vec![5, 100]] {
        let order = sharing(canary);
        assert_eq!(bare(&ready, &order), Refusal::BadCanary, "{order:?}");
    }
}

#[test]
fn the_schedule_decommissions_only_what_was_announced_and_not_before() {
    let order = Order::Decommission { reason: None };
    let not_due = |story: &Story| {
        let refusal = story.clone().decide(&order, &schedule()).unwrap_err();
        assert_eq!(refusal.code(), "not_due", "{}", story.text());
    };
    let mut window = Story::with_window();
    not_due(&window);
    let mut silent = window.clone();
    silent.sleep(time("2026-08-12T01:05:00Z").duration_since(window.now));
    not_due(&silent);
    window.until(time("2026-08-12T00:30:00Z"));
    not_due(&window);
    let mut held = window.clone();
    held.say("keep").sleep(jiff::SignedDuration::from_hours(24));
    not_due(&held);
    window.sleep(jiff::SignedDuration::from_mins(30));
    assert_eq!(window.decide(&order, &schedule()), Ok(()));
}

#[test]
fn what_is_not_ready_is_not_offered_as_a_way_back() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run();
    let offered = story.order("rollback").unwrap_err().to_string();
    assert!(offered.contains("`cutover` goes to 2.0"), "{offered}");
    story.say("deploy 2.1").run_to(4);
    story.back(3, Reply::Fault(Fault::lasting("exit status 1"), 1)).say("abort").run().say("abort");
    let offered = story.order("rollback").unwrap_err().to_string();
    assert!(offered.ends_with("`deploy` the release that you want back"), "{offered}");
}
