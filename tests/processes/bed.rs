//! A folder with a supervisor in it; everything that was started is ended with it.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock, pause};
use changeover::config::secret::Value;
use changeover::control::ask;
use changeover::process::ProcessId;
use changeover::supervisor::adopt;
use changeover::supervisor::control::{Answer, Request, SlotStatus, Status};
use changeover::supervisor::settings::{LogSettings, Settings};
use changeover::supervisor::socket;
use changeover::supervisor::state::Running;
use events::color::Color;
use rustix::process::Signal;

use crate::{census, guard};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_changeover");
/// How long anything may take before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Bed {
    pub(crate) folder: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) supervisor: Option<Child>,
    _temporary: tempfile::TempDir,
}

/// Ports that no other test of this binary takes from, below those that the kernel gives away.
pub(crate) fn ports() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let block = (std::process::id() * 41 + NEXT.fetch_add(1, Ordering::Relaxed)) % 440;
    format!("{}-{}", 10_000 + block * 50, 10_049 + block * 50)
}

/// Waits until `look` finds something.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let clock = SystemClock::new();
    while clock.elapsed() < PATIENCE {
        if let Some(found) = look().await {
            return found;
        }
        pause(Duration::from_millis(10)).await;
    }
    panic!("not within {PATIENCE:?}: {what}");
}

impl Bed {
    pub(crate) fn new(command: &[&str]) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        guard::watch(temporary.path());
        let folder = temporary.path().canonicalize().unwrap().join("site");
        std::fs::create_dir_all(&folder).unwrap();
        let settings = Settings {
            command: command.iter().map(|it| (*it).to_owned()).collect(),
            ports: ports().parse().unwrap(),
            grace: Duration::from_secs(5),
            env: BTreeMap::new(),
            log: LogSettings::default(),
        };
        Self { folder, settings, supervisor: None, _temporary: temporary }
    }

    pub(crate) fn with_env(mut self, name: &str, value: Value) -> Self {
        self.settings.env.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn with_grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace;
        self
    }

    /// The command that supervises this folder.
    pub(crate) fn supervise(&self) -> Command {
        let settings = self.folder.join("settings.json");
        if !settings.exists() {
            std::fs::write(&settings, serde_json::to_vec(&self.settings).unwrap()).unwrap();
        }
        let log = std::fs::File::options().append(true).create(true).open(self.folder.join("supervisor.log")).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg("supervise").arg("--folder").arg(&self.folder).arg("--settings").arg(settings);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command
    }

    /// Starts the supervisor without waiting for it.
    pub(crate) fn start(&mut self) {
        self.supervisor = Some(self.supervise().spawn().unwrap());
    }

    pub(crate) async fn started(mut self) -> Self {
        self.start();
        self.status().await;
        self
    }

    pub(crate) fn kill_supervisor(&mut self) {
        let mut supervisor = self.supervisor.take().unwrap();
        supervisor.kill().unwrap();
        supervisor.wait().unwrap();
    }

    /// Waits until the supervisor ends by itself, and says whether it was content.
    pub(crate) async fn supervisor_ended(&mut self) -> bool {
        let mut supervisor = self.supervisor.take().unwrap();
        eventually("the supervisor ends", || {
            let ended = supervisor.try_wait().unwrap();
            async move { ended }
        })
        .await
        .success()
    }

    /// Asks once; none while nobody answers.
    pub(crate) async fn ask(&self, request: &Request) -> Option<Answer> {
        ask(&socket(&self.folder), request, Duration::from_secs(5)).await.ok()
    }

    pub(crate) async fn order(&self, request: Request) {
        assert_eq!(self.ask(&request).await, Some(Answer::Done), "{request:?}");
    }

    pub(crate) async fn status(&self) -> Status {
        eventually("the supervisor answers", || async {
            match self.ask(&Request::Status {}).await? {
                Answer::Status(status) => Some(*status),
                Answer::Done | Answer::Refused(_) => None,
            }
        })
        .await
    }

    pub(crate) async fn slot(&self, slot: &str) -> Option<SlotStatus> {
        self.status().await.slots.into_iter().find(|it| it.slot.to_string() == slot)
    }

    pub(crate) async fn grow(&self, color: Color, count: u16) {
        self.order(Request::Grow { color, count }).await;
    }

    /// Makes a release folder.
    pub(crate) fn release(&self, name: &str) -> PathBuf {
        let folder = self.folder.join("releases").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let release = format!(r#"{{"name":"{name}","pin":"{}"}}"#, "0".repeat(40));
        std::fs::write(folder.join(".changeover-release"), release).unwrap();
        folder
    }

    /// Points `current` of a slot to a release, atomically, as a delivery does.
    pub(crate) fn deliver(&self, slot: &str, name: &str) {
        let release = self.release(name);
        let temporary = self.slot_folder(slot).join("current.tmp");
        let _ = std::fs::remove_file(&temporary);
        std::os::unix::fs::symlink(release, &temporary).unwrap();
        std::fs::rename(temporary, self.slot_folder(slot).join("current")).unwrap();
    }

    pub(crate) fn slot_folder(&self, slot: &str) -> PathBuf {
        self.folder.join("slots").join(slot)
    }

    /// Waits until the slot runs an application of this release.
    pub(crate) async fn runs(&self, slot: &str, release: &str) -> Running {
        self.runs_other(slot, release, None).await
    }

    /// Waits until the slot runs an application of this release that is not `former`.
    pub(crate) async fn runs_other(&self, slot: &str, release: &str, former: Option<&Running>) -> Running {
        eventually(&format!("{slot} runs {release}"), || async {
            let running = self.slot(slot).await?.process?;
            let applications = census::applications(&self.folder).remove(slot)?;
            let is_it = running.release.name.as_str() == release && applications == [running.id];
            (is_it && former.is_none_or(|former| former.id != running.id)).then_some(running)
        })
        .await
    }

    /// Waits until nothing runs in the slot.
    pub(crate) async fn is_empty(&self, slot: &str) {
        eventually(&format!("nothing runs in {slot}"), || async {
            census::all(&self.folder).iter().all(|it| it.slot != slot).then_some(())
        })
        .await;
    }

    /// Waits for a file that the application writes.
    pub(crate) async fn file(&self, path: &Path) -> String {
        eventually(&path.display().to_string(), || async { std::fs::read_to_string(path).ok() }).await
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        if let Some(mut supervisor) = self.supervisor.take() {
            let _ = supervisor.kill();
            let _ = supervisor.wait();
        }
        // One that the program under test had started is named in the folder.
        let named = std::fs::read(self.folder.join("supervisor.pid")).ok();
        if let Some(id) = named.and_then(|bytes| serde_json::from_slice::<ProcessId>(&bytes).ok()) {
            adopt::signal(id, Signal::KILL);
        }
        for found in census::all(&self.folder) {
            adopt::signal(found.id, Signal::KILL);
        }
    }
}
