//! Keeps `changeover serve` running, and kills it when told.

use std::fs::OpenOptions;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::Child;
use tokio::sync::{mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use super::DemoError;
use super::display::Display;
use super::program::Program;
use crate::clock::{self, Clock, SystemClock};
use crate::process::ProcessId;

/// How long the bot has to end when asked to.
const END_PATIENCE: Duration = Duration::from_secs(10);

/// The bot as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// How often it was started.
    pub(super) starts: usize,
    /// It is being killed, and the next one has not been started.
    pub(super) is_dying: bool,
    pub(super) kills: usize,
    /// Why it runs no more, if it ended by itself.
    pub(super) ended: Option<String>,
}

impl Standing {
    /// Whether it is, for sure, the bot that it was `before`, alive all the time since.
    pub(super) fn is_same(&self, before: &Self) -> bool {
        !self.is_dying && !before.is_dying && self.starts == before.starts
    }
}

/// Keeps the bot until it is stopped.
pub(super) struct Keeper {
    kills: mpsc::Sender<Duration>,
    standing: watch::Receiver<Standing>,
    stop: watch::Sender<()>,
    task: AbortOnDropHandle<Result<(), DemoError>>,
}

impl Keeper {
    /// Starts the bot.
    pub(super) fn start(program: Program, display: Display) -> Self {
        let (kills, due) = mpsc::channel(64);
        let (say, standing) = watch::channel(Standing::default());
        let (stop, stopped) = watch::channel(());
        let keeping = Keeping { program, display, clock: SystemClock::new(), say };
        Self { kills, standing, stop, task: AbortOnDropHandle::new(tokio::spawn(keeping.run(due, stopped))) }
    }

    /// Kills the bot so long from now, without a chance to prepare, and starts it again at once.
    pub(super) async fn kill_after(&self, delay: Duration) {
        // A keeper that is gone says why when it is stopped.
        let _ = self.kills.send(delay).await;
    }

    pub(super) fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// Returns once so many kills have happened; false if they have not within `patience`.
    pub(super) async fn has_killed(&self, count: usize, patience: Duration) -> bool {
        let mut standing = self.standing.clone();
        let killed = standing.wait_for(|it| it.kills >= count || it.ended.is_some());
        matches!(tokio::time::timeout(patience, killed).await, Ok(Ok(it)) if it.kills >= count)
    }

    /// Ends the bot; the error says how it had ended by itself, if it had.
    pub(super) async fn stop(self) -> Result<Standing, DemoError> {
        let _ = self.stop.send(());
        let ended = self.task.await;
        let standing = self.standing.borrow().clone();
        match ended {
            Ok(ended) => ended.map(|()| standing),
            Err(error) => Err(DemoError::Serve { how: format!("was not kept: {error}"), last: String::new() }),
        }
    }
}

struct Keeping {
    program: Program,
    display: Display,
    clock: SystemClock,
    say: watch::Sender<Standing>,
}

impl Keeping {
    async fn run(self, mut kills: mpsc::Receiver<Duration>, mut stopped: watch::Receiver<()>) -> Result<(), DemoError> {
        let mut child = self.begin()?;
        let mut deadlines = Vec::<Duration>::new();
        loop {
            deadlines.sort_unstable();
            let next = deadlines.first().copied();
            tokio::select! {
                // Only ever sent once: to stop.
                _ = stopped.changed() => return end(child).await,
                Some(delay) = kills.recv() => deadlines.push(self.clock.elapsed().saturating_add(delay)),
                () = self.due(next) => {
                    deadlines.remove(0);
                    // Whoever waits for an answer must know before it breaks off.
                    self.say.send_modify(|it| it.is_dying = true);
                    child.kill().await.map_err(unkept)?;
                    self.display.note("kill -9 of `changeover serve`, and a new one");
                    child = self.begin()?;
                    self.say.send_modify(|it| it.kills += 1);
                }
                status = child.wait() => {
                    let how = status.map_or_else(|error| error.to_string(), |status| format!("ended by itself: {status}"));
                    self.say.send_modify(|it| it.ended = Some(how.clone()));
                    return Err(DemoError::Serve { how, last: self.last_words() });
                }
            }
        }
    }

    fn begin(&self) -> Result<Child, DemoError> {
        let child = self.spawn()?;
        self.say.send_modify(|it| {
            it.starts += 1;
            it.is_dying = false;
        });
        Ok(child)
    }

    fn spawn(&self) -> Result<Child, DemoError> {
        let path = self.program.folder.serve_output();
        let open = || OpenOptions::new().create(true).append(true).open(&path);
        let file = |source| DemoError::File { path: path.clone(), source };
        let (output, errors) = (open().map_err(file)?, open().map_err(file)?);
        let configuration = self.program.folder.configuration();
        let mut command = self.program.command(&["serve", "--config"]);
        // The balancer and the processes that it begins are not its children in death: they go on.
        command.arg(configuration).stdout(Stdio::from(output)).stderr(Stdio::from(errors));
        command.spawn().map_err(|source| DemoError::Program { what: "serve".to_owned(), source })
    }

    async fn due(&self, deadline: Option<Duration>) {
        match deadline {
            Some(deadline) => clock::pause(deadline.saturating_sub(self.clock.elapsed())).await,
            None => std::future::pending().await,
        }
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(self.program.folder.serve_output()).unwrap_or_default();
        text.lines().last().unwrap_or("(nothing)").to_owned()
    }
}

async fn end(mut child: Child) -> Result<(), DemoError> {
    let id = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(ProcessId::of);
    if let Some(id) = id {
        id.signal_group(Signal::TERM);
    }
    if tokio::time::timeout(END_PATIENCE, child.wait()).await.is_err() {
        child.kill().await.map_err(unkept)?;
        let how = format!("did not end within {END_PATIENCE:?} of SIGTERM");
        return Err(DemoError::Serve { how, last: String::new() });
    }
    Ok(())
}

fn unkept(source: std::io::Error) -> DemoError {
    DemoError::Program { what: "serve".to_owned(), source }
}
