//! Two bots for one log: the second is refused, and the first, once somebody has made it lose, does nothing any more.

use std::path::PathBuf;

use events::fact::{BotEvent, Event, RunOutcome};
use events::number::RunNumber;
use events::wire;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use crate::kit::{PATIENCE, Shop, Terms, World, until};

#[tokio::test]
async fn a_second_bot_on_one_log_is_refused_with_the_reason_and_touches_nothing() {
    let shop = Shop::live(&Terms::default()).await;
    let before = (shop.world().await, shop.recorded().await.len(), shop.processes());
    let pid = shop.pid();
    let told = refused(&shop).await;
    assert!(told.contains(&format!("changeover.db is owned by process {pid}: one bot owns a log")), "{told}");
    shop.signal(Signal::STOP);
    stopped(pid).await;
    let told = refused(&shop).await;
    assert!(told.contains(&format!("process {pid} (which is stopped: `kill -CONT {pid}` lets it go on")), "{told}");
    shop.signal(Signal::CONT);
    assert_eq!((shop.world().await, shop.recorded().await.len(), shop.processes()), before);
    shop.succeeds("deploy shop@v2 to demo").await;
    shop.end().await;
}

/// What a bot says that may not begin.
async fn refused(shop: &Shop) -> String {
    let output = shop.command(&["serve", "--config", "changeover.toml"]).await;
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

async fn stopped(pid: u32) {
    until("the bot is stopped", async || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat.contains(") T").then_some(())
    })
    .await;
}

/// A bot that is stopped while a tenth of the users is on green, in the last step before all of them would be.
async fn stopped_in_the_middle() -> (Shop, Child, RunNumber) {
    let mut shop = Shop::ready(&Terms { gates: "bake = \"2s\"", ..Terms::default() }).await;
    let run = shop.begins("cutover shop/demo --canary 10").await;
    shop.begun(run, 6).await;
    shop.signal(Signal::STOP);
    stopped(shop.pid()).await;
    let first = shop.give_bot_away();
    // What somebody does who thinks that it is dead, and that its files are in the way.
    for name in ["changeover.db.lock", "changeover.sock"] {
        std::fs::remove_file(shop.path(name)).unwrap();
    }
    (shop, first, run)
}

/// Lets the first bot go on. It must end by itself, saying why, and leave everything as it is.
async fn goes_on_in_vain(shop: &Shop, mut first: Child, reasons: &[&str]) {
    let before = (shop.world().await, shop.recorded().await.len());
    let told = shop.bot_log().len();
    let pid = i32::try_from(first.id().unwrap()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::CONT).unwrap();
    let status = tokio::time::timeout(PATIENCE, first.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(1));
    let log = shop.bot_log();
    assert!(reasons.iter().any(|it| log[told..].contains(it)), "{}", &log[told..]);
    assert!(log[told..].contains("the bot stops"), "{}", &log[told..]);
    let after: (World, usize) = (shop.world().await, shop.recorded().await.len());
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_bot_that_goes_on_after_its_lock_was_deleted_and_another_took_over_does_nothing() {
    let (mut shop, first, run) = stopped_in_the_middle().await;
    shop.start().await;
    assert!(!shop.say("abort shop/demo").await.is_refused);
    assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
    assert_eq!(shop.green().await, 0);
    // Stopped again before it wrote anything of its own in the new epoch: whatever comes then is not its work.
    goes_on_in_vain(&shop, first, &["was fenced by epoch", "its lock "]).await;
    let recorded = shop.recorded().await;
    let is_start =
        |it: &&events::envelope::Recorded| matches!(wire::decode(it), Ok(Event::Bot(BotEvent::Started { .. })));
    let second = recorded.iter().rfind(is_start).unwrap();
    let newer = recorded.iter().filter(|it| it.position > second.position);
    assert!(newer.clone().count() > 2 && newer.clone().all(|it| it.epoch == second.epoch));
    shop.succeeds("cutover shop/demo").await;
    shop.end().await;
}

#[tokio::test]
async fn a_bot_that_goes_on_after_its_log_was_replaced_by_a_copy_does_nothing() {
    let (mut shop, first, run) = stopped_in_the_middle().await;
    let away = shop.path("away");
    std::fs::create_dir(&away).unwrap();
    let names: Vec<PathBuf> = ["changeover.db", "changeover.db-wal", "changeover.db-shm"].map(PathBuf::from).into();
    for name in &names {
        std::fs::rename(shop.path(name.to_str().unwrap()), away.join(name)).unwrap();
        std::fs::copy(away.join(name), shop.path(name.to_str().unwrap())).unwrap();
    }
    shop.start().await;
    assert!(!shop.say("abort shop/demo").await.is_refused);
    assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
    assert_eq!(shop.green().await, 0);
    let wal = std::fs::read(away.join("changeover.db-wal")).unwrap();
    // In the log that it knows the run is underway, and all users are to go to green.
    goes_on_in_vain(&shop, first, &["was replaced by another file"]).await;
    assert_eq!(std::fs::read(away.join("changeover.db-wal")).unwrap(), wal, "nor did it write to the one that it had");
    shop.succeeds("cutover shop/demo").await;
    shop.prints(&["log", "verify", "changeover.db"]).await;
    shop.end().await;
}
