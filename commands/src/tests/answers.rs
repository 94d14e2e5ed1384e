//! What is answered to people who ask how it stands and how it came to that.

use events::fault::Fault;
use events::number::RunNumber;
use expect_test::expect;

use super::seconds;
use crate::answer::{History, Replay, Why, status};
use crate::testing::{Reply, Story, name};

fn stands(story: &Story) -> String {
    status(&name(), &story.site()).to_string()
}

fn replayed(story: &Story, run: u32) -> String {
    let mut replay = Replay::new(&name(), Some(RunNumber(run)));
    story.log.iter().for_each(|it| replay.take(it));
    replay.report().told.iter().map(|it| format!("{}: {}\n", it.position, it.sentence)).collect::<Vec<_>>().concat()
}

#[test]
fn a_status_says_what_can_be_said_next() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run_to(3).turn();
    let underway = stands(&story);
    let mut stuck = story.clone();
    stuck.back(2, Reply::Fault(Fault::lasting("no permission"), 1)).say("abort: wrong release").run();
    let window = Story::with_window();
    let mut locked = window.clone();
    locked.say("rollback: checkout fails").run();
    expect![[r#"
        shop/production: blue is live
          blue   live      1.0 (d0ff5974b6aa), 2 machines
          green  empty     no release, 0 machines
          run #1: deploy 2.0 (d84bdb34d4ee) to green, plan 3cab6ea78660, by console:1000
             1. see that green gets no requests [done]
             2. have 2 machines in green [done]
             3. install 2.0 (d84bdb34d4ee) on green [underway, until 2026-08-10 09:15:01 UTC]
             4. check health and search on every machine of green, 3 times in a row [waiting]
             5. attach the machines of green to the balancer [waiting]
          next: it goes on by itself; `abort` turns it back

        shop/production: blue is live
          blue   live      1.0 (d0ff5974b6aa), 2 machines
          green  empty     no release, 0 machines
          run #1 (turning back): deploy 2.0 (d84bdb34d4ee) to green, plan 3cab6ea78660, by console:1000
             1. see that green gets no requests [done]
             2. have 2 machines in green [could not be undone]
             3. install 2.0 (d84bdb34d4ee) on green [undone]
             4. check health and search on every machine of green, 3 times in a row [waiting]
             5. attach the machines of green to the balancer [waiting]
            STUCK: no permission
          next: it needs a person: look, then say `retry`, or `abort` to leave it as it stands

        shop/production: green is live
          blue   way back  1.0 (d0ff5974b6aa), 2 machines
          green  live      2.0 (d84bdb34d4ee), 2 machines
          window: blue is the way back until 2026-08-11 09:00:04 UTC
          decommission: at 2026-08-12 01:00:00 UTC
          next: `rollback`, `keep`, or let the window end

        shop/production: blue is live
          blue   live      1.0 (d0ff5974b6aa), 2 machines
          green  ready     2.0 (d84bdb34d4ee), 2 machines
          locked by system:engine since 2026-08-10 09:00:05 UTC: "rolled back to 1.0 (d0ff5974b6aa) on blue by console:1000: checkout fails"
          next: `unlock` it for a new run"#]].assert_eq(&[underway, stands(&stuck), stands(&window), stands(&locked)].join("\n\n"));
}

#[test]
fn a_way_back_that_is_given_up_belongs_to_the_run_that_gave_it_up() {
    let mut story = Story::with_window();
    story.say("deploy 3.0 --give-up-way-back").say("abort").run();
    assert!(!replayed(&story, 2).contains("given up"));
    expect![[r#"
        36: The window is closed: the way back was given up.
        37: Run #3 was requested: deploy 3.0 (a416ea84421f) to blue, 5 steps, plan 3359bb43f5fc.
        38: That was confirmed by whoever had asked for it.
        39: Run #3 was aborted; what it did is undone.
        40: Run #3 turned back; everything is as it was before it.
    "#]]
    .assert_eq(&replayed(&story, 3));
}

#[test]
fn the_window_and_the_lock_belong_to_the_run_that_made_them() {
    let mut story = Story::with_window();
    story.say("rollback: checkout fails").run().sleep(seconds(60)).say("unlock");
    assert!(replayed(&story, 2).ends_with("decommission at 2026-08-12 01:00:00 UTC.\n"));
    assert!(replayed(&story, 3).contains("The site was locked: rolled back"));
}

#[test]
fn why_leaves_out_what_went_as_planned() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run().say("cutover --canary 5 --reason \"try it\"");
    story.forward(6, Reply::Fault(Fault::lasting("search of green-2: failed, 503 in 9 ms"), 1)).run();
    let mut why = Why::new(&name(), Some(RunNumber(2)));
    story.log.iter().for_each(|it| why.take(it));
    expect![[r#"
        shop/production: run #2
            17  2026-08-10 09:00:03.000  console:1000      Run #2 was requested: cut over to green with 2.0 (d84bdb34d4ee) ("try it"), 10 steps, plan e6cbc01c4345.
                  run: none → #2 open, 0 of 10 steps done
            30  2026-08-10 09:00:04.000  system:engine     Step 6 of 10 failed: search of green-2: failed, 503 in 9 ms.
            31  2026-08-10 09:00:04.000  system:engine     Run #2 turns back because of step 6; what it did is undone.
                  run: #2 open, 5 of 10 steps done → #2 turning back, 5 of 10 steps done
            37  2026-08-10 09:00:05.000  system:engine     Run #2 turned back; everything is as it was before it.
                  run: #2 turning back, 3 of 10 steps done → none"#]].assert_eq(&why.report().to_string());
}

#[test]
fn a_history_shows_the_newest_runs_first() {
    let mut story = Story::with_window();
    story.say("rollback: checkout fails").run().say("unlock").say("cutover").say("abort").run();
    story.say("deploy 3.0 --at 12:00");
    let mut history = History::new(&name(), 4);
    story.log.iter().for_each(|it| history.take(it));
    expect![[r#"
        shop/production: runs, newest first
          #5    2026-08-10 09:00:05 UTC  open: deploy 3.0 (a416ea84421f) to green, by console:1000
          #4    2026-08-10 09:00:05 UTC  turned back in 0s: cut over to green with 2.0 (d84bdb34d4ee), by console:1000
          #3    2026-08-10 09:00:04 UTC  done in 1s: roll back to blue with 1.0 (d0ff5974b6aa), by console:1000 ("checkout fails")
          #2    2026-08-10 09:00:03 UTC  done in 1s: cut over to green with 2.0 (d84bdb34d4ee), by console:1000"#]].assert_eq(&history.report().to_string());
}
