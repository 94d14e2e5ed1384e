//! One shop in a folder of its own: its releases, its configuration, and the bot that serves it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::processes::{Found, find};
use super::{PATIENCE, Terms, repository, until};
use crate::guard;

/// The program under test.
pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_changeover")
}

pub(crate) struct Shop {
    folder: tempfile::TempDir,
    bot: Option<Child>,
    /// What the bot finds in its environment beside what is usual.
    pub(crate) environment: Vec<(&'static str, PathBuf)>,
    /// The site that questions are about; the first of the configuration.
    pub(crate) site: &'static str,
}

impl Shop {
    /// The folder with its releases and its configuration; nothing runs.
    pub(crate) fn closed(terms: &Terms) -> Self {
        let folder = tempfile::tempdir().unwrap();
        guard::watch(folder.path());
        repository::create(&folder.path().join("repository"), terms.further);
        let shop = Self { folder, bot: None, environment: Vec::new(), site: terms.sites.first().unwrap() };
        std::fs::write(shop.path("changeover.toml"), terms.text()).unwrap();
        shop
    }

    /// With its bot, ready.
    pub(crate) async fn open(terms: &Terms) -> Self {
        let mut shop = Self::closed(terms);
        shop.start().await;
        shop
    }

    /// With v1 live on blue.
    pub(crate) async fn live(terms: &Terms) -> Self {
        Self::closed(terms).opened_live().await
    }

    /// The same for one that was closed so far.
    pub(crate) async fn opened_live(mut self) -> Self {
        self.start().await;
        let (_, stage) = self.site.split_once('/').unwrap();
        self.succeeds(&format!("deploy shop@v1 to {stage}")).await;
        self.succeeds(&format!("cutover {}", self.site)).await;
        self
    }

    /// With v1 live on blue and v2 ready on green.
    pub(crate) async fn ready(terms: &Terms) -> Self {
        let shop = Self::live(terms).await;
        shop.succeeds("deploy shop@v2 to demo").await;
        shop
    }

    /// With v2 live on green and v1 on blue as the way back.
    pub(crate) async fn with_way_back(terms: &Terms) -> Self {
        let shop = Self::ready(terms).await;
        shop.succeeds("cutover shop/demo").await;
        shop
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path among the site's own things.
    pub(crate) fn site_path(&self, name: &str) -> PathBuf {
        self.path("changeover.d").join(self.site.replace('/', ".")).join(name)
    }

    /// Starts the bot and waits until it listens.
    pub(crate) async fn start(&mut self) {
        self.spawn();
        until("the bot listens", async || {
            if let Some(status) = self.bot.as_mut().unwrap().try_wait().unwrap() {
                panic!("the bot ended at once ({status}): {}", self.bot_log());
            }
            self.listens().await.then_some(())
        })
        .await;
    }

    /// Starts the bot.
    pub(crate) fn spawn(&mut self) {
        let log = File::options().create(true).append(true).open(self.path("bot.log")).unwrap();
        let bot = Command::new(program())
            .args(["serve", "--config", "changeover.toml"])
            .envs(self.environment.clone())
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();
        self.bot = Some(bot);
    }

    /// What the bot told its operators so far.
    pub(crate) fn bot_log(&self) -> String {
        std::fs::read_to_string(self.path("bot.log")).unwrap_or_default()
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) {
        let mut bot = self.bot.take().unwrap();
        bot.kill().await.unwrap();
    }

    /// `kill -9`, and a new one.
    pub(crate) async fn kill_and_start(&mut self) {
        self.kill().await;
        self.start().await;
    }

    pub(crate) fn pid(&self) -> u32 {
        self.bot.as_ref().unwrap().id().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap(), signal).unwrap();
    }

    /// Another one is the shop's bot from here on.
    pub(crate) fn give_bot_away(&mut self) -> Child {
        self.bot.take().unwrap()
    }

    /// Asks the bot to end, and waits until it has.
    pub(crate) async fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.has_ended().await
    }

    /// Waits until the bot has ended by itself.
    pub(crate) async fn has_ended(&mut self) -> ExitStatus {
        let mut bot = self.bot.take().unwrap();
        tokio::time::timeout(PATIENCE, bot.wait()).await.unwrap().unwrap()
    }

    /// How the bot ended, if it did; one that was never started has not.
    pub(crate) fn end_of_bot(&mut self) -> Option<ExitStatus> {
        self.bot.as_mut().and_then(|it| it.try_wait().unwrap())
    }

    /// Whether the bot listens.
    pub(crate) async fn listens(&self) -> bool {
        tokio::net::UnixStream::connect(self.path("changeover.sock")).await.is_ok()
    }

    /// Runs the program as a person would, in the shop's folder.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Output {
        let output = Command::new(program())
            .args(arguments)
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        tokio::time::timeout(PATIENCE, output).await.unwrap_or_else(|_| panic!("{arguments:?} hangs")).unwrap()
    }

    /// What the program prints; it must succeed.
    pub(crate) async fn prints(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Ends everything by asking: the bot, then what starts others again, then the applications. Nothing may be left.
    pub(crate) async fn end(mut self) {
        if self.bot.is_some() {
            let status = self.stop().await;
            assert!(status.success(), "{status}: {}", self.bot_log());
        }
        self.ask_to_end(|it| !it.is_application()).await;
        self.ask_to_end(|_| true).await;
        assert_eq!(find(self.folder()), []);
    }

    async fn ask_to_end(&self, is_meant: impl Fn(&Found) -> bool) {
        let meant = || find(self.folder()).into_iter().filter(|it| is_meant(it)).collect::<Vec<_>>();
        for process in meant() {
            process.signal(Signal::TERM);
        }
        until(&format!("the end of {:?}", meant()), async || meant().is_empty().then_some(())).await;
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.bot_log();
            let tail = log.lines().rev().take(25).collect::<Vec<_>>();
            for line in tail.iter().rev() {
                say(line);
            }
        }
        // A story that failed leaves nothing behind either. Whoever starts others again goes first.
        for _ in 0..3 {
            let mut left = find(self.folder.path());
            left.sort_by_key(Found::is_application);
            for process in left {
                process.signal(Signal::KILL);
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "why a story failed is seldom seen from its side alone")]
fn say(line: &str) {
    println!("bot: {line}");
}
