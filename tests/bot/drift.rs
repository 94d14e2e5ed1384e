//! Somebody else changes the world: the bot stops or turns back, says why, and overwrites nothing.

use std::process::Stdio;

use events::color::Color;
use events::fact::{RunOutcome, Trouble};
use rustix::process::Signal;

use crate::kit::{End, Shop, Terms, program, until};

fn slow_bake() -> Terms {
    Terms { gates: "bake = \"3s\"", ..Terms::default() }
}

#[tokio::test]
async fn shares_moved_by_hand_during_a_canary_stay_as_they_were_moved() {
    let shop = Shop::ready(&slow_bake()).await;
    let run = shop.begins("cutover shop/demo --canary 25,50").await;
    shop.begun(run, 6).await;
    shop.somebody_shares(3).await;
    let site = shop.site_is("the run stops", |it| it.run.as_ref().is_some_and(|run| run.stuck.is_some())).await;
    let stuck = site.run.unwrap().stuck.unwrap();
    assert_eq!(stuck.trouble, Trouble::Drift);
    assert!(stuck.why.contains("somebody else") && stuck.why.contains("green 3"), "{}", stuck.why);
    assert_eq!(shop.green().await, 3);

    // Somebody who puts the share back lets the run end by itself.
    shop.somebody_shares(25).await;
    assert!(!shop.say("retry shop/demo").await.is_refused);
    assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
    assert_eq!(shop.green().await, 0);
    shop.end().await;
}

#[tokio::test]
async fn shares_moved_by_hand_before_the_last_step_stay_too() {
    let shop = Shop::ready(&slow_bake()).await;
    let run = shop.begins("cutover shop/demo --canary 25").await;
    shop.begun(run, 6).await;
    shop.somebody_shares(0).await;
    // What somebody put back to where it was is undone already.
    assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
    assert!(shop.why().await.contains("somebody else"), "{}", shop.why().await);
    assert_eq!(shop.green().await, 0);
    shop.end().await;
}

#[tokio::test]
async fn a_cutover_does_not_begin_from_shares_that_the_log_does_not_know() {
    let shop = Shop::ready(&Terms::default()).await;
    shop.somebody_shares(40).await;
    let why = shop.turns_back("cutover shop/demo").await;
    assert!(why.contains("40"), "{why}");
    assert_eq!(shop.green().await, 40);
    shop.end().await;
}

#[tokio::test]
async fn a_color_that_lost_a_member_by_hand_during_a_bake_never_gets_everybody() {
    let shop = Shop::ready(&Terms { patience: "healthy = \"1s\"", ..slow_bake() }).await;
    let run = shop.begins("cutover shop/demo --canary 25").await;
    shop.begun(run, 6).await;
    let members = shop.balancer().await.members;
    let [one, _] = members.get(Color::Green).as_slice() else { panic!() };
    let one = format!("{}={}", one.member.machine, one.member.address);
    assert!(shop.edge(&["members", "green", &one]).await.status.success());
    let site = shop.site_is("the run stops", |it| it.run.as_ref().is_none_or(|run| run.stuck.is_some())).await;
    let why = site.run.map_or_else(|| site.last.unwrap().why.unwrap(), |run| run.stuck.unwrap().why);
    assert!(why.contains("green"), "{why}");
    let balancer = shop.balancer().await;
    assert_ne!(balancer.weights.of(Color::Green), 100, "{why}");
    assert_eq!(balancer.members.get(Color::Green).len(), 1, "{why}");
    // Whoever takes the world as it is ends the run.
    if shop.site().await.run.is_some() {
        assert!(!shop.say("abort shop/demo").await.is_refused);
        assert_eq!(shop.ended(run).await, RunOutcome::LeftAsIs);
    }
    shop.end().await;
}

#[tokio::test]
async fn a_balancer_that_somebody_kills_and_starts_during_a_run_changes_nothing() {
    let shop = Shop::ready(&slow_bake()).await;
    let run = shop.begins("cutover shop/demo --canary 25").await;
    shop.begun(run, 6).await;
    let [old] = shop.processes_of("edge serve").try_into().unwrap();
    let line = std::fs::read(format!("/proc/{}/cmdline", old.id.pid)).unwrap();
    let arguments: Vec<_> =
        line.split(|it| *it == 0).skip(1).map(|it| String::from_utf8(it.to_vec()).unwrap()).collect();
    old.signal(Signal::KILL);
    until("the old one is gone", async || (!old.id.is_alive()).then_some(())).await;
    let mut own = tokio::process::Command::new(program());
    own.args(arguments.iter().filter(|it| !it.is_empty())).current_dir(shop.folder()).kill_on_drop(true);
    let mut own = own.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert_eq!(shop.ended(run).await, RunOutcome::Succeeded);
    assert_eq!(shop.green().await, 100);
    assert_eq!(shop.processes_of("edge serve").len(), 1);
    // Whether theirs or the bot's was first, the other has ended.
    let theirs = own.id().and_then(|it| i32::try_from(it).ok());
    if shop.processes_of("edge serve")[0].id.pid == theirs.unwrap_or(0) {
        own.start_kill().unwrap();
        own.wait().await.unwrap();
    }
    shop.end().await;
}

#[tokio::test]
async fn a_balancer_that_dies_is_there_again_with_its_shares() {
    let shop = Shop::with_way_back(&Terms::default()).await;
    let before = shop.world().await;
    let [old] = shop.processes_of("edge serve").try_into().unwrap();
    old.signal(Signal::KILL);
    until("the old one is gone", async || (!old.id.is_alive()).then_some(())).await;
    assert_eq!(shop.world().await, before);
    let healthy = async || {
        let members = shop.balancer().await.members;
        Color::BOTH.into_iter().flat_map(|it| members.get(it).clone()).all(|it| it.is_healthy).then_some(())
    };
    until("every member is healthy", healthy).await;
    shop.succeeds("rollback shop/demo").await;
    shop.end().await;
}

#[tokio::test]
async fn a_supervisor_that_dies_is_there_again_and_its_applications_never_noticed() {
    let shop = Shop::with_way_back(&Terms::default()).await;
    let before = shop.processes_of("sample-app");
    let [old] = shop.processes_of("supervise").try_into().unwrap();
    old.signal(Signal::KILL);
    until("another supervises", async || {
        let now = shop.processes_of("supervise");
        (now.len() == 1 && now[0] != old).then_some(())
    })
    .await;
    shop.supervisor().await;
    assert_eq!((shop.processes_of("sample-app"), before.len()), (before, 4));
    shop.end().await;
}

#[tokio::test]
async fn what_cannot_be_undone_because_somebody_moved_it_waits_for_a_person() {
    let shop = Shop::ready(&Terms { gates: "bake = \"10m\"", ..Terms::default() }).await;
    let run = shop.begins("cutover shop/demo --canary 25").await;
    shop.begun(run, 6).await;
    shop.somebody_shares(70).await;
    assert_eq!(shop.runs("abort shop/demo").await, End::Waits);
    let status = shop.say("status shop/demo").await.text;
    assert!(status.contains("70"), "{status}");
    assert_eq!(shop.green().await, 70);
    assert!(!shop.say("abort shop/demo").await.is_refused);
    assert_eq!(shop.ended(run).await, RunOutcome::LeftAsIs);
    assert_eq!(shop.green().await, 70);
    shop.end().await;
}
