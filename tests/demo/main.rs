//! The demo against a bot of straw: what it does when all goes well, when the bot is killed, and when something fails.

#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use changeover::demo::{DemoError, Display, Report, Settings, play};

mod probe;

/// What was shown.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// A folder with a bot of straw, which has this fault.
struct Straw {
    folder: tempfile::TempDir,
    paper: Paper,
}

impl Straw {
    fn with(fault: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script =
            include_str!("bot.sh").replace("REAL_PROGRAM", env!("CARGO_BIN_EXE_changeover")).replace("FAULT", fault);
        let program = folder.path().join("changeover");
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self { folder, paper: Paper::default() }
    }

    fn settings(&self, kills: usize) -> Settings {
        Settings {
            program: self.folder.path().join("changeover"),
            rounds: 1,
            rate: 100,
            window: Duration::from_secs(1),
            kills,
            seed: 3,
            database: None,
            keep: Some(self.played()),
        }
    }

    fn played(&self) -> PathBuf {
        self.folder.path().join("d")
    }

    async fn play(&self, kills: usize, interrupted: impl Future<Output = ()>) -> Result<Report, DemoError> {
        let display = Display::new(Box::new(self.paper.clone()), false);
        play(&self.settings(kills), &display, interrupted).await
    }
}

/// The processes whose working directory is in `folder`.
fn processes_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let within = entries.filter(|it| std::fs::read_link(it.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder)));
    within.map(|it| std::fs::read_to_string(it.join("cmdline")).unwrap_or_default().replace('\0', " ")).collect()
}

/// Nothing works in `folder` any more, but for what is about to notice it.
async fn is_left_alone(folder: &Path) {
    for _ in 0..40 {
        if processes_in(folder).is_empty() {
            return;
        }
        changeover::clock::pause(Duration::from_millis(50)).await;
    }
    panic!("left over: {:?}", processes_in(folder));
}

#[tokio::test]
async fn a_demo_that_goes_as_told_is_certified_and_leaves_nothing_running() {
    let straw = Straw::with("none");
    let report = straw.play(0, std::future::pending()).await.unwrap();
    let shown = straw.paper.text();
    assert!(report.is_well(), "{:?}\n{shown}", report.deviations);
    let certificate = &report.certificate;
    assert_eq!((certificate.cutovers, certificate.rollbacks, certificate.decommissions), (3, 1, 1));
    assert_eq!((certificate.failed, certificate.refused_bad_release, report.starts), (0, 1, 1));
    assert!(certificate.requests > 100, "{}", certificate.requests);
    assert!(shown.contains("the deploy was turned back, as it must be"), "{shown}");
    is_left_alone(&straw.played()).await;
}

#[tokio::test]
async fn a_bot_that_is_killed_on_the_way_changes_nothing() {
    let straw = Straw::with("none");
    let report = straw.play(6, std::future::pending()).await.unwrap();
    assert!(report.is_well(), "{:?}\n{}", report.deviations, straw.paper.text());
    assert_eq!((report.kills, report.starts, report.certificate.cutovers), (6, 7, 3));
    is_left_alone(&straw.played()).await;
}

#[tokio::test]
async fn a_line_that_is_refused_ends_the_demo_with_its_reason() {
    let straw = Straw::with("refusal");
    let error = straw.play(0, std::future::pending()).await.unwrap_err();
    assert_eq!(error.to_string(), "\"/cutover shop\" was not answered as told: the site is locked");
    is_left_alone(&straw.played()).await;
}

#[tokio::test]
async fn a_demo_that_breaks_off_under_traffic_still_says_what_users_noticed() {
    let straw = Straw::with("no_way_back");
    let report = straw.play(0, std::future::pending()).await.unwrap();
    assert!(!report.is_well());
    assert_eq!(report.deviations.len(), 1, "{:?}", report.deviations);
    assert!(report.deviations.concat().ends_with("was not answered as told: no window is open"));
    assert!(report.certificate.requests > 0 && report.certificate.cutovers == 2, "{}", straw.paper.text());
    is_left_alone(&straw.played()).await;
}

#[tokio::test]
async fn users_who_were_not_answered_spoil_the_certificate() {
    let straw = Straw::with("crash");
    let report = straw.play(0, std::future::pending()).await.unwrap();
    assert!(!report.is_well());
    assert!(report.certificate.failed > 0 && report.certificate.failures.len() == 10);
    is_left_alone(&straw.played()).await;
}

#[tokio::test]
async fn an_interrupted_demo_leaves_nothing_running() {
    let straw = Straw::with("none");
    let paper = straw.paper.clone();
    let interrupted = async {
        while !paper.text().contains("users come") {
            changeover::clock::pause(Duration::from_millis(20)).await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_mins(1), straw.play(0, interrupted)).await.unwrap();
    assert!(matches!(outcome, Err(DemoError::Interrupted)), "{outcome:?}\n{}", straw.paper.text());
    is_left_alone(&straw.played()).await;
}
