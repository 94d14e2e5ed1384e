//! The ways in which a database crosses: where nobody can wait, where both colors are pointed to the server that takes
//! writes, and where what both use is a balancer that moves.

use std::process::{Child, Command, Stdio};

use events::color::Color;
use events::fact::RunOutcome;
use mysql_async::prelude::Queryable as _;

use crate::database::{Engine, on_each_engine, until};
use crate::scene::Scene;
use crate::till::{Common, NOBODY_WAITS, Till};

on_each_engine![
    where_nobody_can_wait_writes_fail_for_a_moment_and_no_order_is_lost,
    both_colors_are_pointed_to_whichever_takes_writes_and_no_order_fails,
    colors_that_a_dead_bot_was_pointing_are_pointed_by_the_next_one,
    what_both_use_moves_and_no_order_is_lost,
];

const ATTEMPTS: u8 = 10;
const PATIENT: &str = "pause = \"30s\"\ngate = \"10s\"";

impl Scene {
    async fn rolls_back(&self) {
        let run = self.shop.begins("rollback shop/demo: checkout fails").await;
        let site = until("the way back", async || {
            let site = self.shop.site().await;
            site.run.is_none().then_some(site)
        })
        .await;
        let ended = site.last.unwrap();
        assert_eq!(
            (ended.number, ended.outcome, site.live),
            (run, RunOutcome::Succeeded, Some(Color::Blue)),
            "{ended:?}"
        );
        self.orders_come_in().await;
        assert_eq!(self.till.wrong(Color::Blue).await, Vec::<String>::new());
    }
}

async fn where_nobody_can_wait_writes_fail_for_a_moment_and_no_order_is_lost(engine: Engine) {
    let till = Till::open(engine).await;
    let ports = till.ports();
    let scene =
        Scene::open_behind(NOBODY_WAITS, till, &ports, ATTEMPTS, "allow_write_errors = \"30s\"\ngate = \"10s\"").await;
    scene.crosses().await;
    scene.rolls_back().await;
    scene.close().await;
}

async fn pointed(engine: Engine, traffic: &'static str) -> Scene {
    let till = Till::open_pointed(engine).await;
    let ports = till.ports();
    Scene::open_behind(traffic, till, &ports, ATTEMPTS, PATIENT).await
}

async fn both_colors_are_pointed_to_whichever_takes_writes_and_no_order_fails(engine: Engine) {
    let scene = pointed(engine, "").await;
    let before = scene.till.refused();
    let run = scene.shop.begins("cutover shop/demo --canary 50").await;
    scene.ends_on_green(run).await;
    assert_eq!(scene.till.used(), [Some(Color::Green); 2]);
    scene.rolls_back().await;
    assert_eq!(scene.till.used(), [Some(Color::Blue); 2]);
    assert_eq!(scene.till.refused() - before, 0, "requests waited meanwhile");
    // One that somebody pointed elsewhere is found before anything is touched.
    let elsewhere = format!("mysql://shop:shop@127.0.0.1:{}/till", scene.till.ports().green);
    std::fs::write(scene.till.settings_of(Color::Green), elsewhere).unwrap();
    scene.shop.say("unlock shop/demo").await;
    let why = scene.shop.turns_back("cutover shop/demo").await;
    assert!(why.contains("pointed of green: failed, mysql://") && why.contains("otherwise: sh -c"), "{why}");
    scene.close().await;
}

async fn colors_that_a_dead_bot_was_pointing_are_pointed_by_the_next_one(engine: Engine) {
    let mut scene = pointed(engine, NOBODY_WAITS).await;
    let run = scene.stands_still("before/database.repoint").await;
    assert_eq!(scene.till.used(), [Some(Color::Blue); 2]);
    scene.shop.kill_and_start().await;
    scene.ends_on_green(run).await;
    assert_eq!(scene.till.used(), [Some(Color::Green); 2]);
    scene.close().await;
}

/// A `HAProxy` through which both colors reach whichever server takes writes.
struct Haproxy {
    port: u16,
    process: Child,
    folder: tempfile::TempDir,
}

impl Haproxy {
    async fn to(port: u16) -> Self {
        let start = concat!(env!("CARGO_MANIFEST_DIR"), "/target/servers/haproxy/start");
        assert!(std::path::Path::new(start).exists(), "there is no HAProxy to test with: run tests/servers/provision");
        let folder = tempfile::tempdir().unwrap();
        crate::guard::watch(folder.path());
        let own = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = folder.path().join("haproxy.cfg");
        let socket = folder.path().join("admin.sock");
        let text = format!(
            "global\n stats socket {} level admin\ndefaults\n mode tcp\n timeout connect 5s\n timeout client 1m\n timeout server \
             1m\nlisten database\n bind 127.0.0.1:{own}\n server primary 127.0.0.1:{port}\n",
            socket.display()
        );
        std::fs::write(&settings, text).unwrap();
        let process = Command::new(start).arg("-db").arg("-f").arg(&settings).stdin(Stdio::null()).spawn().unwrap();
        until("HAProxy listens", async || tokio::net::TcpStream::connect(("127.0.0.1", own)).await.ok()).await;
        Self { port: own, process, folder }
    }

    /// What the bot runs, by the example.
    fn repoint(&self) -> String {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/repoint-haproxy");
        let socket = self.folder.path().join("admin.sock").display().to_string();
        let said =
            |word: &str| format!(r#"["{program}", "{word}", "{socket}", "database/primary", "{{host}}", "{{port}}"]"#);
        format!("run = {}\nlook = {}\ntimeout = \"10s\"\n", said("move"), said("look"))
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn what_both_use_moves_and_no_order_is_lost(engine: Engine) {
    let till = Till::open(engine).await;
    let ports = till.ports();
    let haproxy = Haproxy::to(ports.blue).await;
    let till = till.in_common(Common { port: haproxy.port, repoint: haproxy.repoint() });
    let scene = Scene::open_behind(NOBODY_WAITS, till, &ports, ATTEMPTS, PATIENT).await;
    scene.crosses().await;
    let through = async || {
        let mut shop = crate::database::shop(haproxy.port).await.unwrap();
        shop.query_first::<u16, _>("SELECT @@port").await.unwrap()
    };
    assert_eq!(through().await, Some(ports.green));
    scene.rolls_back().await;
    assert_eq!(through().await, Some(ports.blue));
    scene.close().await;
}
