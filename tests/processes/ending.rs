//! How processes end, with everything they started.

use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock};
use changeover::process::ProcessId;
use changeover::supervisor::control::Request;
use changeover::supervisor::state::Outcome;
use events::color::Color;
use rustix::process::{Pid, Signal, kill_process};

use crate::bed::{Bed, eventually};
use crate::census;

/// Ignores SIGTERM, as do its child and the grandchild that has left its group.
const STUBBORN: [&str; 3] =
    ["/bin/sh", "-c", "trap '' TERM; sleep 1000 & setsid sleep 1000 & echo up > up; while :; do sleep 1; done"];

/// Waits until the application and its children run; returns the application.
async fn is_up(bed: &Bed) -> ProcessId {
    bed.file(&bed.release("1.0.0").join("up")).await;
    eventually("its children run", || async { (census::all(&bed.folder).len() >= 3).then_some(()) }).await;
    bed.slot("green-1").await.unwrap().process.unwrap().id
}

#[tokio::test]
async fn what_ignores_the_request_is_killed_after_the_grace_period_with_all_its_children() {
    let grace = Duration::from_millis(700);
    let bed = Bed::new(&STUBBORN).with_grace(grace).started().await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    let leader = is_up(&bed).await;
    let clock = SystemClock::new();
    std::fs::remove_file(bed.slot_folder("green-1").join("current")).unwrap();
    eventually("it is killed", || async { (!leader.is_alive()).then_some(()) }).await;
    assert!(clock.elapsed() >= grace, "not before its grace was over: {:?}", clock.elapsed());
    bed.is_empty("green-1").await;
    let exit = eventually("its end is recorded", || async { bed.slot("green-1").await?.last_exit }).await;
    assert_eq!(exit.outcome, Outcome::Signal(9));
}

#[tokio::test]
async fn children_of_a_dead_application_end_before_the_next_begins() {
    let bed = Bed::new(&STUBBORN).with_grace(Duration::from_millis(300)).started().await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    let first = is_up(&bed).await;
    let orphans: Vec<_> = census::all(&bed.folder).into_iter().map(|it| it.id).filter(|id| *id != first).collect();
    kill_process(Pid::from_raw(first.pid).unwrap(), Signal::KILL).unwrap();
    eventually("another application runs", || async {
        let now = census::applications(&bed.folder).remove("green-1")?;
        let is_another = !now.contains(&first) && now.iter().any(|id| !orphans.contains(id));
        is_another.then(|| assert!(orphans.iter().all(|id| !id.is_alive()), "{orphans:?}"))
    })
    .await;
}

#[tokio::test]
async fn reduce_keeps_what_it_must_and_removes_the_rest_for_good() {
    let bed = Bed::new(&["/bin/sleep", "1000"]).started().await;
    bed.grow(Color::Green, 3).await;
    bed.grow(Color::Blue, 1).await;
    for slot in ["green-1", "green-2", "green-3", "blue-1"] {
        bed.deliver(slot, "1.0.0");
        bed.runs(slot, "1.0.0").await;
    }
    let before = census::applications(&bed.folder);
    let request = Request::Reduce { color: Color::Green, keep: vec!["green-2".parse().unwrap()] };
    bed.order(request.clone()).await;
    bed.order(request).await;
    eventually("only what is kept is listed", || async { (bed.status().await.slots.len() == 2).then_some(()) }).await;
    let after = census::applications(&bed.folder);
    assert_eq!(after.keys().collect::<Vec<_>>(), ["blue-1", "green-2"]);
    assert!(after.iter().all(|(slot, ids)| before.get(slot) == Some(ids)), "what is kept was never touched");
    assert!(!bed.slot_folder("green-1").exists() && !bed.slot_folder("green-3").exists());
    assert!(bed.slot_folder("green-2").exists() && bed.release("1.0.0").exists());
}

#[tokio::test]
async fn a_leaving_slot_is_listed_until_its_process_is_gone() {
    let bed = Bed::new(&STUBBORN).with_grace(Duration::from_millis(500)).started().await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    is_up(&bed).await;
    bed.order(Request::Reduce { color: Color::Green, keep: vec![] }).await;
    assert!(bed.slot("green-1").await.unwrap().is_leaving);
    eventually("it is not listed any more", || async { bed.slot("green-1").await.is_none().then_some(()) }).await;
    assert!(census::all(&bed.folder).is_empty());
}

#[tokio::test]
async fn stopping_ends_everything_and_the_next_supervisor_starts_it_again() {
    let mut bed = Bed::new(&["/bin/sleep", "1000"]).started().await;
    bed.grow(Color::Green, 2).await;
    bed.deliver("green-1", "1.0.0");
    bed.deliver("green-2", "1.0.0");
    bed.runs("green-1", "1.0.0").await;
    bed.runs("green-2", "1.0.0").await;
    bed.order(Request::Stop {}).await;
    assert!(bed.supervisor_ended().await);
    assert!(census::all(&bed.folder).is_empty());
    let mut bed = bed.started().await;
    bed.runs("green-1", "1.0.0").await;
    bed.runs("green-2", "1.0.0").await;
    // SIGHUP means nothing, SIGTERM the same as stop.
    let supervisor = Pid::from_child(bed.supervisor.as_ref().unwrap());
    kill_process(supervisor, Signal::HUP).unwrap();
    bed.grow(Color::Green, 3).await;
    kill_process(supervisor, Signal::TERM).unwrap();
    assert!(bed.supervisor_ended().await);
    assert!(census::all(&bed.folder).is_empty());
}
