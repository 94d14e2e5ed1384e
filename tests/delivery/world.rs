//! A repository, a delivery and two machines in a temporary folder; everything started here ends with it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use changeover::clock::{self, Clock as _, SystemClock};
use changeover::delivery::command::{CommandDelivery, Settings};
use changeover::files::Lock;
use changeover::ports::{Delivery as _, EffectKey, Progress};
use changeover::process::ProcessId;
use events::fault::Fault;
use events::machine::Machine;
use events::release::Release;

/// How long anything in these tests may take.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct World {
    folder: Folder,
    pub(crate) delivery: CommandDelivery,
    pub(crate) machines: Vec<Machine>,
}

/// Ours, and removed at the end; or that of another process.
enum Folder {
    Ours(tempfile::TempDir),
    Opened(PathBuf),
}

impl World {
    /// A repository with one commit, tagged 1.0.0, on main; `settings` are TOML beside the repository's path.
    pub(crate) fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let delivery = delivery(folder.path(), settings);
        let world = Self { delivery, machines: machines(&["green-1", "green-2"]), folder: Folder::Ours(folder) };
        std::fs::create_dir(world.repository()).unwrap();
        world.git(&["init", "--quiet", "--initial-branch=main"]);
        world.commit("version", "1.0.0");
        world.git(&["tag", "1.0.0"]);
        world
    }

    /// A world that another process has made and keeps.
    pub(crate) fn opened(folder: PathBuf, settings: &str) -> Self {
        let delivery = delivery(&folder, settings);
        Self { delivery, machines: machines(&["green-1", "green-2"]), folder: Folder::Opened(folder) }
    }

    pub(crate) fn folder(&self) -> &Path {
        match &self.folder {
            Folder::Ours(folder) => folder.path(),
            Folder::Opened(folder) => folder,
        }
    }

    /// The same folder with other settings: as after a restart of the bot.
    pub(crate) fn with(&mut self, settings: &str) {
        self.delivery = delivery(self.folder(), settings);
    }

    /// The same folder, with another program in place of ours.
    pub(crate) fn with_program(&mut self, program: &str) {
        self.delivery = delivery_by(self.folder(), "", program.into());
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.folder().join("repository")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.repository(), arguments)
    }

    /// Commits `content` as the file `name`, and returns the commit.
    pub(crate) fn commit(&self, name: &str, content: &str) -> String {
        let path = self.repository().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", name]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) async fn resolve(&self, name: &str) -> Result<Release, Fault> {
        self.delivery.resolve(&name.parse().unwrap()).await
    }

    pub(crate) async fn start(&self, release: &Release, key: &str) -> Result<(), Fault> {
        self.delivery.start(release, &self.machines, &EffectKey(key.into())).await
    }

    pub(crate) async fn progress(&self, release: &Release, key: &str) -> Progress {
        self.delivery.progress(release, &self.machines, &EffectKey(key.into())).await.unwrap()
    }

    pub(crate) async fn stop(&self, key: &str) {
        self.delivery.stop(&EffectKey(key.into())).await.unwrap();
    }

    /// Looks until the delivery is not underway.
    pub(crate) async fn end(&self, release: &Release, key: &str) -> Progress {
        let clock = SystemClock::new();
        loop {
            match self.progress(release, key).await {
                Progress::Underway(_) => assert!(clock.elapsed() < PATIENCE, "it is still underway"),
                other @ (Progress::Away | Progress::Reached | Progress::Failed(_) | Progress::Unknown(_)) => {
                    return other;
                }
            }
            clock::pause(Duration::from_millis(10)).await;
        }
    }

    /// Delivers `name`, expects it to arrive, and waits until the job has tidied up behind itself.
    pub(crate) async fn deliver(&self, name: &str, key: &str) -> Release {
        let release = self.resolve(name).await.unwrap();
        self.start(&release, key).await.unwrap();
        assert_eq!(self.end(&release, key).await, Progress::Reached);
        let jobs = std::fs::read_dir(self.path("delivery/jobs")).unwrap();
        for job in jobs.map(|job| job.unwrap().path()) {
            until(|| (!Lock::is_held(&job.join("alive.lock")).unwrap()).then_some(())).await;
        }
        release
    }

    /// Delivers 1.0.0 and expects it to fail.
    pub(crate) async fn fail(&self, key: &str) -> Fault {
        let release = self.resolve("1.0.0").await.unwrap();
        self.start(&release, key).await.unwrap();
        match self.end(&release, key).await {
            Progress::Failed(fault) => fault,
            other @ (Progress::Away | Progress::Underway(_) | Progress::Reached | Progress::Unknown(_)) => {
                panic!("{other:?}")
            }
        }
    }

    /// What `name` in the folder that `machine` uses holds.
    pub(crate) fn used(&self, machine: &str, name: &str) -> String {
        let path = self.path("slots").join(machine).join("current").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The folder of the only job.
    pub(crate) fn job(&self) -> PathBuf {
        let mut jobs = std::fs::read_dir(self.path("delivery/jobs")).unwrap();
        jobs.next().unwrap().unwrap().path()
    }

    /// The process of the only job.
    pub(crate) fn job_process(&self) -> Option<ProcessId> {
        let worker = std::fs::read_to_string(self.job().join("process.json")).ok()?;
        let worker: serde_json::Value = serde_json::from_str(&worker).unwrap();
        serde_json::from_value(worker["process"].clone()).unwrap()
    }

    pub(crate) fn releases(&self) -> Vec<String> {
        let folders = std::fs::read_dir(self.path("delivery/releases")).unwrap();
        let mut names: Vec<String> = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Waits for a file that a hook writes, and returns what it holds.
    pub(crate) async fn written(&self, name: &str) -> String {
        let path = self.path(name);
        let found = until(|| std::fs::read_to_string(&path).ok().filter(|text| text.ends_with('\n'))).await;
        found.trim().to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // A failed test must not leave a job behind.
        let Ok(jobs) = std::fs::read_dir(self.path("delivery/jobs")) else { return };
        for job in jobs.flatten() {
            for stray in changeover::strays::find(&job.path().display().to_string()) {
                changeover::strays::signal(stray, rustix::process::Signal::KILL);
            }
        }
    }
}

fn delivery(folder: &Path, settings: &str) -> CommandDelivery {
    delivery_by(folder, settings, PathBuf::from(env!("CARGO_BIN_EXE_changeover")))
}

fn delivery_by(folder: &Path, settings: &str, program: PathBuf) -> CommandDelivery {
    let text = format!("repository = {:?}\n{settings}", folder.join("repository").display().to_string());
    let settings: Settings = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
    CommandDelivery::new(
        settings,
        &folder.join("delivery"),
        &folder.join("slots"),
        program,
        Arc::new(SystemClock::new()),
    )
}

pub(crate) fn machines(ids: &[&str]) -> Vec<Machine> {
    let machine = |id: &&str| Machine {
        id: id.parse().unwrap(),
        name: (*id).to_owned(),
        address: "127.0.0.1:1".into(),
        created_at: jiff::Timestamp::UNIX_EPOCH,
    };
    ids.iter().map(machine).collect()
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=A", "-c", "user.email=a@example", "-c", "commit.gpgSign=false"];
    let output = Command::new("git").arg("-C").arg(folder).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A hook that runs `script` by sh.
pub(crate) fn hook(name: &str, script: &str, more: &str) -> String {
    format!("[[hooks]]\nname = {name:?}\nrun = [\"sh\", \"-c\", {script:?}]\n{more}\n")
}

/// Looks until there is something.
pub(crate) async fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let clock = SystemClock::new();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(clock.elapsed() < PATIENCE, "it did not happen");
        clock::pause(Duration::from_millis(5)).await;
    }
}

/// Whether a process of that number is alive.
pub(crate) fn is_alive(pid: &str) -> bool {
    ProcessId::of(pid.parse().unwrap()).is_some()
}
