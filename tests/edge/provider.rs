//! The balancer as the engine sees it.

use std::path::Path;
use std::time::Duration;

use changeover::edge::settings::Settings;
use changeover::edge::state::{self, PauseStanding};
use changeover::ports::{EffectKey, OnExpiry, Pause, Traffic as _};
use changeover::traffic::edge::{EdgeTraffic, ensure_running};
use events::color::Color;
use events::fault::FaultKind;
use events::weights::Weights;

use crate::backend::Backend;
use crate::client::get;
use crate::until;

const PROGRAM: &str = env!("CARGO_BIN_EXE_changeover");

/// Everything that a configuration can say, each setting other than usual.
const TABLE: &str = r#"
    listen = "127.0.0.1:0"
    trusted_proxies = ["10.0.0.0/8", "::1"]
    connect_timeout = "1500ms"
    answer_timeout = "2m"
    waiting_limit = 77
    grace = "1s"

    [health]
    path = "/health?deep=1"
    interval = "20ms"
    timeout = "900ms"
    healthy = 1
    unhealthy = 5

    [preview]
    enabled = false
    header = "x-try"
"#;

fn key(text: &str) -> EffectKey {
    EffectKey(text.to_owned())
}

/// Stops the balancer of `folder` when its test ends, however it ends.
struct Stop<'a>(&'a Path);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        if let Ok(note) = std::fs::read(self.0.join("edge.pid")) {
            let process: changeover::process::ProcessId = serde_json::from_slice(&note).unwrap();
            process.signal_group(rustix::process::Signal::KILL);
        }
    }
}

#[tokio::test]
async fn a_balancer_is_started_once_with_exactly_these_settings_and_adopted_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let settings: Settings = toml::from_str(TABLE).unwrap();
    let _stop = Stop(folder.path());
    ensure_running(&settings, folder.path(), Path::new(PROGRAM)).await.unwrap();
    let traffic = EdgeTraffic::new(&settings, folder.path());
    let status = traffic.status().await.unwrap();
    assert_eq!(status.settings, settings, "every setting arrives");
    assert_eq!(
        rustix::process::getpgid(rustix::process::Pid::from_raw(status.process.pid)).unwrap().as_raw_nonzero().get(),
        status.process.pid,
        "it leads a group of its own"
    );

    ensure_running(&settings, folder.path(), Path::new(PROGRAM)).await.unwrap();
    assert_eq!(traffic.status().await.unwrap().process, status.process, "the same process");

    let other = Settings { waiting_limit: 78, ..settings };
    let fault = ensure_running(&other, folder.path(), Path::new(PROGRAM)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Drift);
    assert!(fault.text.contains("another configuration of waiting_limit;"), "{}", fault.text);
    assert_eq!(traffic.status().await.unwrap().process, status.process, "it was left alone");
}

#[tokio::test]
async fn the_engine_shares_requests_and_reads_back_what_is() {
    let folder = tempfile::tempdir().unwrap();
    let (blue, green) = (Backend::start("blue-1").await, Backend::start("green-1").await);
    let settings: Settings = toml::from_str(TABLE).unwrap();
    let _stop = Stop(folder.path());
    ensure_running(&settings, folder.path(), Path::new(PROGRAM)).await.unwrap();
    let traffic = EdgeTraffic::new(&settings, folder.path());
    let entrance = traffic.status().await.unwrap().listening[0];
    traffic.set_members(Color::Blue, vec![blue.member()], &key("shop#1/1")).await.unwrap();
    traffic.set_members(Color::Green, vec![green.member()], &key("shop#1/2")).await.unwrap();
    until("both are healthy", || async {
        let members = traffic.balance().await.unwrap().members;
        members.blue[0].is_healthy && members.green[0].is_healthy
    })
    .await;
    let weights = Weights::percent_to(Color::Green, 100);
    for _ in 0..2 {
        traffic.set_weights(weights, &key("shop#1/3")).await.unwrap();
    }
    assert_eq!(get(entrance, "/").await.text, "green-1");
    let held = tokio::spawn(async move { get(entrance, "/held").await });
    until("it is in flight", || async { traffic.balance().await.unwrap().connections.green == 1 }).await;
    let balance = traffic.balance().await.unwrap();
    assert_eq!((balance.weights, balance.requests.blue, balance.requests.green), (weights, 0, 2));
    assert_eq!(balance.members.green[0].member, green.member());

    let pause = |step: &str, on_expiry, instead_of| Pause {
        budget: Duration::from_mins(1),
        on_expiry,
        key: key(step),
        instead_of,
    };
    traffic.pause(&pause("shop#1/4", OnExpiry::Release, None)).await.unwrap();
    traffic.pause(&pause("shop#1/4", OnExpiry::Release, None)).await.unwrap();
    assert_eq!(traffic.status().await.unwrap().pause.unwrap().standing, PauseStanding::Holding);
    let paused = traffic.balance().await.unwrap().pause.unwrap();
    assert_eq!((paused.key, paused.holds), (key("shop#1/4"), true));
    let fault = traffic.pause(&pause("shop#1/4/frozen", OnExpiry::Reject, Some(key("shop#1/3")))).await.unwrap_err();
    assert!(fault.text.contains("paused by shop#1/4 already"), "{fault}");
    traffic.pause(&pause("shop#1/4/frozen", OnExpiry::Reject, Some(key("shop#1/4")))).await.unwrap();
    let pause = traffic.status().await.unwrap().pause.unwrap();
    assert_eq!((pause.standing, pause.on_expiry), (PauseStanding::Holding, state::OnExpiry::Reject));
    let fault = traffic.resume(&key("shop#2/1")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Lasting);
    traffic.resume(&key("shop#1/4/frozen")).await.unwrap();
    assert!(!traffic.balance().await.unwrap().pause.unwrap().holds);
    green.let_go();
    assert_eq!(held.await.unwrap().text, "green-1");
}

#[tokio::test]
async fn a_balancer_that_does_not_answer_is_a_passing_fault() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::usual(vec!["127.0.0.1:0".parse().unwrap()]);
    let fault = EdgeTraffic::new(&settings, folder.path()).balance().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Passing);
    assert!(fault.text.starts_with("nothing listens on "), "{}", fault.text);
}

#[tokio::test]
async fn a_balancer_that_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = Settings::usual(vec![taken.local_addr().unwrap()]);
    let fault = ensure_running(&settings, folder.path(), Path::new(PROGRAM)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Lasting);
    assert!(fault.text.contains("cannot listen on 127.0.0.1:"), "{}", fault.text);
    let fault = ensure_running(&settings, folder.path(), Path::new("/does/not/exist")).await.unwrap_err();
    assert!(fault.text.starts_with("/does/not/exist: "), "{}", fault.text);
}

#[test]
fn a_table_that_is_not_right_is_refused_with_its_place() {
    for (wrong, expected) in [
        ("listen = \"127.0.0.1:80\"\nlisen = 1", "unknown field `lisen`"),
        ("listen = \"127.0.0.1\"", "invalid socket address"),
        ("listen = []", "a list of such texts"),
        ("listen = \"127.0.0.1:80\"\nhealth = { interval = 5 }", "5 has no unit: write 5s for seconds"),
        ("listen = \"127.0.0.1:80\"\nhealth = { interval = \"0s\" }", "a duration of more than 0 is needed here"),
        ("listen = \"127.0.0.1:80\"\nhealth = { healthy = 0 }", "expected a nonzero u8"),
        ("listen = \"127.0.0.1:80\"\nhealth = { path = \"health\" }", "\"health\" is not a path"),
        ("listen = \"127.0.0.1:80\"\npreview = { header = \"a b\" }", "is not the name of a header"),
        ("listen = \"127.0.0.1:80\"\ntrusted_proxies = [\"x\"]", "\"x\" is not a range of addresses"),
        ("listen = \"127.0.0.1:80\"\ntls = { listen = \"127.0.0.1:443\", certificate = \"c\" }", "missing field `key`"),
    ] {
        let said = toml::from_str::<Settings>(wrong).unwrap_err().to_string();
        assert!(said.contains(expected), "{wrong}: {said}");
        assert!(said.contains("line "), "{said}");
    }
}
