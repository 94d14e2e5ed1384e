//! Adoption, parking, and the size of what is remembered.

use events::color::Color;
use events::fold::{Parked, Phase};
use events::history::{Moment, as_of};
use events::number::Position;
use expect_test::expect;

use crate::next::{Next, next};
use crate::testing::{Story, World, name, release, time};

#[test]
fn a_site_is_adopted_as_it_is_and_again_only_when_people_moved_things() {
    let mut story = Story::adopted();
    story.say("adopt");
    story.meddle(|world| {
        world.machines.blue.reverse();
        world.members.blue.reverse();
    });
    story.say("adopt");
    story.meddle(|world| {
        world.releases.insert("blue-1".parse().unwrap(), release("hotfix"));
    });
    story.say("adopt").say("adopt");
    assert_eq!(story.site().environments.blue.release, None);
    expect![[r"
        Mon 09:00:00 > adopt
        Mon 09:00:00   The site was adopted; blue is live.
        Mon 09:00:00 > adopt
        Mon 09:00:00 ! nothing_changed: nothing to adopt: the world is as the log says
        Mon 09:00:00 > adopt
        Mon 09:00:00 ! nothing_changed: nothing to adopt: the world is as the log says
        Mon 09:00:00 > adopt
        Mon 09:00:00   The site was adopted; blue is live.
        Mon 09:00:00 > adopt
        Mon 09:00:00 ! nothing_changed: nothing to adopt: the world is as the log says
    "]]
    .assert_eq(&story.text());
}

#[test]
fn an_adoption_closes_the_window() {
    let mut story = Story::with_window();
    story.forget().say("adopt");
    story.meddle(|world| world.weights = events::weights::Weights::all_to(Color::Blue));
    story.say("adopt").say("rollback").say("cutover").run();
    expect![[r#"
        Mon 09:00:04 > adopt
        Mon 09:00:04 ! nothing_changed: nothing to adopt: the world is as the log says
        Mon 09:00:04 > adopt
        Mon 09:00:04   The window is closed: the site was adopted anew.
        Mon 09:00:04   The site was adopted; blue is live.
        Mon 09:00:04 > rollback
        Mon 09:00:04 ! no_way_back: there is no way back: no window is open; `cutover` goes to 2.0 (d84bdb34d4ee), which is ready on green
        Mon 09:00:04 > cutover
        Mon 09:00:04   Run #3 was requested: cut over to green with 2.0 (d84bdb34d4ee), 7 steps, plan fcde71f0f247.
        Mon 09:00:04   Step 1 of 7: see that every request goes to blue, as the log says.
        Mon 09:00:04   Step 1 of 7 is done.
        Mon 09:00:04   Step 2 of 7: check health and search on every machine of green, 3 times in a row.
        Mon 09:00:04   Step 2 of 7 is done.
        Mon 09:00:04   Step 3 of 7: attach the machines of green to the balancer.
        Mon 09:00:04   Step 3 of 7 is done.
        Mon 09:00:04   Step 4 of 7: see the balancer call at least 2 machines of green healthy, 3 times in a row.
        Mon 09:00:04   Step 4 of 7 is done.
        Mon 09:00:04   Step 5 of 7: send every request to green.
        Mon 09:00:05   Step 5 of 7 is done.
        Mon 09:00:05   Step 6 of 7: check health and search through the balancer, 3 times in a row.
        Mon 09:00:05   Step 6 of 7 is done.
        Mon 09:00:05   Step 7 of 7: wait until blue has no request in flight, at most 4m.
        Mon 09:00:05   Step 7 of 7 is done: no request is in flight there.
        Mon 09:00:05   Run #3 is done: cut over to green with 2.0 (d84bdb34d4ee).
        Mon 09:00:05   The window is open: blue is the way back until 2026-08-11 09:00:05 UTC; decommission at 2026-08-12 01:00:00 UTC.
    "#]].assert_eq(&story.text());
}

#[test]
fn an_environment_is_what_it_was_found_to_be() {
    let mut story = Story::new(World::serving(&release("1.0"), time("2026-08-01T00:00:00Z")));
    story.meddle(|world| world.weights = events::weights::Weights::percent_to(Color::Green, 10));
    story.say("adopt");
    assert!(!story.site().is_adopted);
    story.meddle(|world| world.weights = events::weights::Weights::all_to(Color::Green));
    story.say("adopt");
    let site = story.site();
    assert_eq!((site.live, site.idle()), (None, Color::Blue), "nobody answers on green");
    assert_eq!((site.environments.blue.phase, site.environments.green.phase), (Phase::Ready, Phase::Empty));
}

#[test]
fn a_parked_site_does_nothing_and_says_why() {
    for mut story in [Story::adopted(), Story::with_window()] {
        let site = story.state.sites.get_mut(&name()).unwrap();
        site.parked = Some(Parked { position: Position(9), why: "MoonLanded is not a fact".to_owned() });
        assert_eq!(next(&story.site(), time("2027-01-01T00:00:00Z")), Next::Nothing);
        let lines = "deploy 2.0|cutover|rollback|decommission|keep|abort|retry|skip --reason x|lock: x|unlock|adopt";
        for line in lines.split('|') {
            let refusal = story.order(line).unwrap_err();
            assert_eq!(refusal.code(), "parked", "{line}");
            assert!(refusal.to_string().contains("(MoonLanded is not a fact)"));
        }
    }
}

#[test]
fn what_is_remembered_does_not_grow_with_what_happened() {
    let mut story = Story::adopted();
    let mut sizes = Vec::new();
    for number in 10..40 {
        story.say(&format!("deploy {number}.0")).run().say("cutover").run();
        story.until(story.now + jiff::SignedDuration::from_hours(24 * 3));
        sizes.push(format!("{:?}", story.site()).len());
    }
    assert_eq!(story.site().newest.0, 90);
    let (first, last) = (sizes[1], sizes[29]);
    assert!(last < first + 100, "{first} became {last}");
}

#[test]
fn the_state_is_in_the_log_and_nowhere_else() {
    let mut story = Story::with_window();
    story.say("keep 2h").say("rollback").run();
    let folded = as_of(&story.log, Moment::Position(Position(u64::MAX)));
    assert_eq!(folded, story.state);
}
