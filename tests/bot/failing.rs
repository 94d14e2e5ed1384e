//! Releases that are no good, and hooks that misbehave: the deploy turns back, says why, and users never notice.

use events::fact::RunOutcome;
use rustix::process::Signal;

use crate::kit::{Shop, Terms, until};

/// Deploys `release`, which must turn back with a reason that holds all of `expected`, and leave the world as it was.
async fn turns_back(shop: &Shop, release: &str, expected: &[&str]) {
    let before = shop.world().await;
    let why = shop.turns_back(&format!("deploy shop@{release} to demo")).await;
    for text in expected {
        assert!(why.contains(text), "{release}: {why}");
    }
    assert_eq!(shop.world().await, before, "{release}");
}

#[tokio::test]
async fn a_release_that_does_not_work_never_gets_near_users() {
    let terms = Terms { patience: "checks = \"1s\"", ..Terms::default() };
    let shop = Shop::live(&terms).await;
    turns_back(&shop, "v3-broken", &["green-1", "503"]).await;
    turns_back(&shop, "v4-wrong", &["green-1", "release"]).await;
    turns_back(&shop, "v5-mute", &["green-1"]).await;
    turns_back(&shop, "v6-crashing", &["green-1"]).await;
    let why = shop.say("why shop/demo #3").await.text;
    assert!(why.contains("503"), "{why}");
    shop.end().await;
}

#[tokio::test]
async fn a_shared_database_that_an_environment_does_not_reach_lets_nobody_cross() {
    let folder = tempfile::tempdir().unwrap();
    let reaches = |color: &str| folder.path().join(color);
    std::fs::write(reaches("blue"), "").unwrap();
    let run = format!(
        "[\"sh\", \"-c\", \"test -e $0 || {{ echo no route; exit 1; }}\", \"{}\"]",
        reaches("{color}").display()
    );
    let database = format!("[site.database.shared]\nrun = {run}\n");
    let shop = Shop::ready(&Terms { patience: "checks = \"1s\"", database, ..Terms::default() }).await;
    let why = shop.turns_back("cutover shop/demo").await;
    assert!(why.contains("reaches of green: failed, no route"), "{why}");
    assert_eq!(shop.green().await, 0);
    std::fs::write(reaches("green"), "").unwrap();
    shop.succeeds("cutover shop/demo").await;
    shop.end().await;
}

#[tokio::test]
async fn an_application_that_dies_during_the_drain_does_not_hold_a_cutover_up() {
    let shop = Shop::ready(&Terms::default()).await;
    let entrance = format!("http://{}/slow?ms=20000", shop.balancer().await.listening[0]);
    let client = changeover::client::client().unwrap();
    let slow = tokio::spawn(async move { client.get(entrance).send().await.is_ok_and(|it| it.status().is_success()) });
    until("the slow request is in flight", async || (shop.balancer().await.users.blue.in_flight > 0).then_some(()))
        .await;
    let run = shop.begins("cutover shop/demo").await;
    shop.begun(run, 7).await;
    for application in shop.processes_of("sample-app blue") {
        application.signal(Signal::KILL);
    }
    assert_eq!(shop.ended(run).await, RunOutcome::Succeeded);
    assert_eq!(shop.green().await, 100);
    assert!(!slow.await.unwrap());
    shop.end().await;
}

#[tokio::test]
async fn a_hook_that_fails_turns_the_deploy_back_with_its_last_words() {
    let terms = Terms {
        hooks: r#"
[[site.delivery.command.hooks]]
name = "build"
run = ["sh", "-c", "echo the oven is cold >&2; exit 3"]
"#,
        ..Terms::default()
    };
    let shop = Shop::open(&terms).await;
    turns_back(&shop, "v1", &["build", "3", "the oven is cold"]).await;
    shop.end().await;
}

#[tokio::test]
async fn a_hook_that_is_killed_turns_the_deploy_back() {
    let terms = Terms {
        hooks: "[[site.delivery.command.hooks]]\nname = \"build\"\nrun = [\"sh\", \"-c\", \"exit 137\"]\n",
        ..Terms::default()
    };
    let shop = Shop::open(&terms).await;
    turns_back(&shop, "v1", &["build", "137"]).await;
    shop.end().await;
}

#[tokio::test]
async fn a_hook_that_hangs_is_ended_in_its_time_with_all_that_it_began() {
    let terms = Terms {
        hooks: r#"
[[site.delivery.command.hooks]]
name = "build"
run = ["sh", "-c", "trap '' TERM; sleep 61 & sleep 62 & wait; sleep 63"]
timeout = "500ms"
"#,
        ..Terms::default()
    };
    let shop = Shop::open(&terms).await;
    turns_back(&shop, "v1", &["build", "500"]).await;
    assert_eq!(shop.processes_of("sleep 6"), []);
    shop.end().await;
}

#[tokio::test]
async fn a_hook_that_floods_its_output_and_leaves_children_is_no_harm() {
    let terms = Terms {
        hooks: r#"
[[site.delivery.command.hooks]]
name = "build"
run = ["sh", "-c", "head -c 50000000 /dev/zero | tr '\\0' x; sleep 61 >/dev/null & echo built"]
"#,
        ..Terms::default()
    };
    let shop = Shop::open(&terms).await;
    shop.succeeds("deploy shop@v1 to demo").await;
    assert_eq!(shop.processes_of("sleep 6"), []);
    let jobs =
        std::process::Command::new("du").args(["-sk", "changeover.d"]).current_dir(shop.folder()).output().unwrap();
    let size = String::from_utf8(jobs.stdout).unwrap();
    let kilobytes: u64 = size.split_whitespace().next().unwrap().parse().unwrap();
    assert!(kilobytes < 20_000, "{size}");
    shop.end().await;
}
