//! The balancer under test: the real program, killed when its test ends.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use changeover::control;
use changeover::edge::control::{Answer, Request, Status};
use changeover::edge::state::OnExpiry;
use events::color::Color;
use events::machine::Member;
use events::weights::Weights;
use rustix::process::Signal;
use tokio::process::{Child, Command};

use crate::backend::Backend;
use crate::{guard, soon, until};

pub(crate) struct Balancer {
    child: Child,
    flags: Vec<String>,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) plain: SocketAddr,
    pub(crate) listening: Vec<SocketAddr>,
}

impl Balancer {
    /// Starts one on a free port, with these flags beside the necessary ones.
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        guard::watch(folder.path());
        let flags: Vec<_> = flags.iter().map(ToString::to_string).collect();
        let child = spawn(&folder, &flags, "127.0.0.1:0");
        let nowhere = "127.0.0.1:0".parse().unwrap();
        let mut balancer = Self { child, flags, folder, plain: nowhere, listening: Vec::new() };
        balancer.get_ready().await;
        balancer
    }

    /// One with a member of each color that is healthy already, everything to blue.
    pub(crate) async fn with_two(flags: &[&str], blue: &Backend, green: &Backend) -> Self {
        let balancer = Self::start(&[flags, &["--health-interval", "20ms"]].concat()).await;
        balancer.members(Color::Blue, &[blue]).await;
        balancer.members(Color::Green, &[green]).await;
        balancer.until_healthy(2).await;
        balancer
    }

    /// Kills it without a word and starts it again, on the same port and files.
    pub(crate) async fn kill_and_restart(&mut self) {
        self.child.start_kill().unwrap();
        soon("the balancer is dead", self.child.wait()).await.unwrap();
        self.child = spawn(&self.folder, &self.flags, &self.plain.to_string());
        self.get_ready().await;
    }

    /// Asks it to stop as an init system does; the test waits for its end.
    pub(crate) async fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.has_ended().await
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    pub(crate) async fn has_ended(&mut self) -> ExitStatus {
        soon("the balancer has ended", self.child.wait()).await.unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("edge.sock")
    }

    pub(crate) fn state_file(&self) -> PathBuf {
        self.folder.path().join("edge.json")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    pub(crate) async fn ask(&self, request: Request) -> Answer {
        control::ask(&self.socket(), &request, Duration::from_secs(10)).await.unwrap()
    }

    pub(crate) async fn status(&self) -> Status {
        match self.ask(Request::Status {}).await {
            Answer::Status(status) => *status,
            other @ (Answer::Done {} | Answer::Error { .. } | Answer::Failed { .. }) => {
                panic!("not a status: {other:?}")
            }
        }
    }

    pub(crate) async fn done(&self, request: Request) {
        assert_eq!(self.ask(request.clone()).await, Answer::Done {}, "{request:?}");
    }

    pub(crate) async fn refusal(&self, request: Request) -> String {
        match self.ask(request).await {
            Answer::Error { sentence } => sentence,
            other @ (Answer::Status(_) | Answer::Done {} | Answer::Failed { .. }) => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) async fn green_gets(&self, percent: u8) {
        self.done(Request::Weights { weights: Weights::percent_to(Color::Green, percent), key: None }).await;
    }

    pub(crate) async fn members(&self, color: Color, backends: &[&Backend]) {
        let members = backends.iter().map(|backend| backend.member()).collect();
        self.done(Request::Members { color, members, key: None }).await;
    }

    pub(crate) async fn members_at(&self, color: Color, addresses: &[SocketAddr]) {
        let member = |address: &SocketAddr| Member {
            machine: format!("m{}", address.port()).parse().unwrap(),
            address: address.to_string(),
        };
        self.done(Request::Members { color, members: addresses.iter().map(member).collect(), key: None }).await;
    }

    pub(crate) async fn pause(&self, budget_ms: u64, on_expiry: OnExpiry, key: &str) {
        self.done(Request::Pause { budget_ms, on_expiry, key: key.to_owned(), instead_of: None }).await;
    }

    pub(crate) async fn resume(&self) {
        self.done(Request::Resume { key: None }).await;
    }

    /// Returns once so many members are healthy, of both colors together.
    pub(crate) async fn until_healthy(&self, count: usize) {
        until("the members are healthy", || async {
            let status = self.status().await;
            let healthy = |color| status.members.get(color).iter().filter(|it| it.is_healthy).count();
            healthy(Color::Blue) + healthy(Color::Green) == count
        })
        .await;
    }

    /// Returns once `count` requests of users are in flight at `color`.
    pub(crate) async fn until_in_flight(&self, color: Color, count: u32) {
        until("that many are in flight", || async { self.status().await.users.get(color).in_flight == count }).await;
    }

    /// A figure of `/proc/PID/status` in kB: `VmRSS`, `VmHWM`.
    pub(crate) fn memory_kb(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
    }

    async fn get_ready(&mut self) {
        until("the balancer answers", || async {
            control::ask::<_, Answer>(&self.socket(), &Request::Status {}, Duration::from_secs(1)).await.is_ok()
        })
        .await;
        self.listening = self.status().await.listening;
        self.plain = self.listening[0];
    }
}

fn spawn(folder: &tempfile::TempDir, flags: &[String], listen: &str) -> Child {
    let log = std::fs::File::options().create(true).append(true).open(folder.path().join("log")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_changeover"))
        .args(["edge", "serve", "--listen", listen, "--socket"])
        .arg(folder.path().join("edge.sock"))
        .arg("--state")
        .arg(folder.path().join("edge.json"))
        .args(flags)
        .stdin(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}
