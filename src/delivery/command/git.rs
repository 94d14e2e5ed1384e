//! The system's git, asked by its arguments: bounded, without a terminal, without hooks, over https, ssh and files only.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use events::fault::Fault;
use events::release::Pin;
use tokio_util::sync::CancellationToken;

use super::layout::Layout;
use super::mirror;
use super::repository::Repository;
use super::settings::Settings;
use crate::config::environment::Variables;
use crate::files::{self, Lock};
use crate::output::Output;
use crate::program::{End, Program, Streams};
use crate::redact::Redactor;
use crate::strays::MARK;

/// The longest answer of git that is read, in bytes: the names of all files of a very large repository.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;

/// What git finds of our own environment, beside `PATH`, `HOME` and `LANG`: who we are to the other side, and the way
/// there.
const KEPT: [&str; 13] = [
    "GIT_CONFIG_GLOBAL",
    "USER",
    "LOGNAME",
    "SSH_AUTH_SOCK",
    "XDG_CONFIG_HOME",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
];

/// Whatever the owner's configuration says: no hooks, nothing left running, and a transfer that stands still for half a
/// minute is given up.
const SETTLED: [&str; 10] = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "gc.autoDetach=false",
    "-c",
    "maintenance.autoDetach=false",
    "-c",
    "http.lowSpeedLimit=1",
    "-c",
    "http.lowSpeedTime=30",
];

/// The mirror of a repository, and how git is run on it.
#[derive(Debug, Clone)]
pub(super) struct Git {
    pub(super) layout: Layout,
    pub(super) repository: Repository,
    /// How long one call may take.
    pub(super) timeout: Duration,
    /// Marks what git starts as a job's.
    pub(super) mark: Option<String>,
    pub(super) stopped: CancellationToken,
}

/// Why git did not answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum GitError {
    /// It ended with an error; the text is what it said.
    #[error("git says: {0}")]
    Refused(String),
    #[error("git did not end within {0:?}")]
    Late(Duration),
    #[error("git was stopped")]
    Stopped,
    #[error("git printed more than {ANSWER_LIMIT} bytes")]
    TooMuch,
    #[error("git cannot be run: {0}")]
    Broken(#[from] std::io::Error),
}

impl GitError {
    /// The fault of what was being done: a time-out may pass, the rest will not.
    pub(super) fn fault(&self, what: &str) -> Fault {
        let text = format!("{what}: {self}");
        match self {
            Self::Late(_) | Self::Stopped => Fault::passing(text),
            Self::Refused(_) | Self::TooMuch | Self::Broken(_) => Fault::lasting(text),
        }
    }
}

impl Git {
    pub(super) fn new(layout: &Layout, settings: &Settings) -> Self {
        Self {
            layout: layout.clone(),
            repository: settings.repository.clone(),
            timeout: settings.timeout,
            mark: None,
            stopped: CancellationToken::new(),
        }
    }

    /// Brings the mirror up to date with the repository; makes it if there is none. Twice is once; killed anywhere, the
    /// next call finishes it.
    pub(super) async fn fetch(&self) -> Result<(), Fault> {
        std::fs::create_dir_all(&self.layout.folder)
            .map_err(|error| files::fault("made", &self.layout.folder, &error))?;
        let lock = self.lock().await?;
        mirror::configure(&self.layout, &self.repository)
            .map_err(|error| files::fault("written", &self.layout.git_config(), &error))?;
        let mirror = self.layout.mirror();
        // Every git that writes here holds our lock as its input: nobody is left to whom these could belong.
        mirror::remove_locks(&mirror, 0).map_err(|error| files::fault("cleaned", &mirror, &error))?;
        let what = format!("{} cannot be made", mirror.display());
        let init = ["init", "--quiet", "--bare", "--template=", "--"].map(OsString::from);
        self.run([init.to_vec(), vec![mirror.clone().into()]].concat(), None, Some(&lock))
            .await
            .map_err(|error| error.fault(&what))?;

        let source = self.repository.local().map_or_else(|| self.repository.as_str().into(), PathBuf::into_os_string);
        let fetch = ["fetch", "--quiet", "--prune", "--no-recurse-submodules", "--no-write-fetch-head", "--"];
        let refs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"].map(OsString::from);
        let arguments = [fetch.map(OsString::from).to_vec(), vec![source], refs.to_vec()].concat();
        match self.run(self.in_mirror(arguments), None, Some(&lock)).await {
            Ok(_) => Ok(()),
            // An unreachable repository may be back in a minute.
            Err(error) => Err(Fault::passing(format!("the repository {} cannot be fetched: {error}", self.repository))),
        }
    }

    /// Keeps `pin` in the mirror, even when its branch moves on or its tag is deleted: what was recorded must stay
    /// deliverable. Twice is once.
    pub(super) async fn keep(&self, pin: &Pin) -> Result<(), Fault> {
        let lock = self.lock().await?;
        let keep = ["update-ref", &format!("refs/pins/{pin}"), pin.as_str()].map(OsString::from);
        let kept = self.run(self.in_mirror(keep.to_vec()), None, Some(&lock)).await;
        kept.map(drop).map_err(|error| error.fault(&format!("the commit {pin} cannot be kept")))
    }

    async fn lock(&self) -> Result<Lock, Fault> {
        let path = self.layout.mirror_lock();
        let lock = Lock::wait(&path, self.timeout).await.map_err(|error| files::fault("locked", &path, &error))?;
        lock.ok_or_else(|| Fault::passing("another git is still writing into the mirror of the repository"))
    }

    /// Asks the mirror.
    pub(super) async fn ask(&self, arguments: &[&str]) -> Result<String, GitError> {
        let arguments = self.in_mirror(arguments.iter().map(OsString::from).collect());
        let answer = self.run(arguments, None, None).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Writes the files of `pin` into `folder`, which is empty; `index` is a file that git needs meanwhile.
    pub(super) async fn check_out(&self, pin: &str, folder: &Path, index: &Path) -> Result<(), GitError> {
        let mut work_tree = OsString::from("--work-tree=");
        work_tree.push(folder);
        let read = ["read-tree", "--reset", "-u", pin].map(OsString::from);
        self.run(self.in_mirror([vec![work_tree], read.to_vec()].concat()), Some(index), None).await.map(drop)
    }

    fn in_mirror(&self, arguments: Vec<OsString>) -> Vec<OsString> {
        let mut folder = OsString::from("--git-dir=");
        folder.push(self.layout.mirror());
        [vec![folder], arguments].concat()
    }

    async fn run(
        &self,
        arguments: Vec<OsString>,
        index: Option<&Path>,
        lock: Option<&Lock>,
    ) -> Result<Vec<u8>, GitError> {
        let arguments = [SETTLED.map(OsString::from).to_vec(), arguments].concat();
        let output = Mutex::new(Output::new(ANSWER_LIMIT, 0));
        let errors = Mutex::new(Output::new(0, 16 * 1024));
        let program = Program {
            program: "git".as_ref(),
            arguments,
            folder: None,
            variables: self.variables(index),
            stdin: lock.map(Lock::shared).transpose()?,
        };
        let streams = Streams { output: &output, errors: Some(&errors) };
        let end = program.run(streams, self.timeout, self.stopped.cancelled()).await?;
        let status = match end {
            End::Exited(status) => status,
            End::Late => return Err(GitError::Late(self.timeout)),
            End::Stopped => return Err(GitError::Stopped),
        };
        if !status.success() {
            let errors = errors.into_inner().unwrap_or_else(PoisonError::into_inner);
            let said = errors.last_lines(&Redactor::default(), 0, 4, 600).replace('\n', "; ");
            return Err(GitError::Refused(if said.is_empty() { status.to_string() } else { said }));
        }
        output.into_inner().unwrap_or_else(PoisonError::into_inner).whole().ok_or(GitError::TooMuch)
    }

    fn variables(&self, index: Option<&Path>) -> Variables {
        let mut variables = keep_ours(Variables::base())
            // Its errors are read by people who may search for them.
            .with("LC_ALL", "C")
            // Nobody sits there to be asked for a password.
            .with("GIT_TERMINAL_PROMPT", "0")
            .with("GIT_ASKPASS", "false")
            .with("SSH_ASKPASS", "false")
            .with("SSH_ASKPASS_REQUIRE", "force")
            // Everything else, such as ext::, runs commands.
            .with("GIT_ALLOW_PROTOCOL", "https:ssh:file")
            .with("GIT_LFS_SKIP_SMUDGE", "1")
            .with("GIT_OPTIONAL_LOCKS", "0")
            .with("GIT_CONFIG_GLOBAL", self.layout.git_config());
        if let Some(index) = index {
            variables = variables.with("GIT_INDEX_FILE", index);
        }
        if let Some(mark) = &self.mark {
            variables = variables.with(MARK, mark);
        }
        variables
    }
}

/// Adds what git, also that of a job, finds of our own environment.
pub(super) fn keep_ours(mut variables: Variables) -> Variables {
    variables.0.extend(KEPT.into_iter().filter_map(|name| Some((name.to_owned(), std::env::var_os(name)?))));
    variables
}
