//! The prober against the sample application: what goes wrong there must show here.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use changeover::certificate::{Certificate, certify};
use changeover::clock::{Clock as _, SystemClock, pause};
use changeover::prober::{Kind, Line, Record};

const PROGRAM: &str = env!("CARGO_BIN_EXE_changeover");

/// One sample application in a folder of its own; killed when dropped.
struct Application {
    folder: tempfile::TempDir,
    port: u16,
    child: Child,
}

impl Application {
    fn start(behaviour: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let release = format!(r#"{{"name":"v1","pin":"{}"}}"#, "a".repeat(40));
        std::fs::write(folder.path().join(".changeover-release"), release).unwrap();
        std::fs::write(folder.path().join("release.toml"), format!("version = \"1\"\n{behaviour}")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Self::spawn(folder.path(), port);
        let application = Self { folder, port, child };
        application.wait_until_it_listens();
        application
    }

    fn spawn(folder: &Path, port: u16) -> Child {
        let mut command = Command::new(PROGRAM);
        command.arg("sample-app").current_dir(folder).env("PORT", port.to_string());
        command.env("CHANGEOVER_COLOR", "green").env("CHANGEOVER_SLOT", "green-1").spawn().unwrap()
    }

    fn wait_until_it_listens(&self) {
        let clock = SystemClock::new();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(clock.elapsed() < Duration::from_secs(10), "it does not listen");
            pass(5);
        }
    }

    /// Sends for two seconds while `meanwhile` happens.
    fn probe(&mut self, meanwhile: impl FnOnce(&mut Self, &Child)) -> (Vec<Line>, Certificate) {
        let records = self.folder.path().join("records");
        let mut prober = prober(self.port, &records, &["--rate", "200", "--slow-for", "300ms"]);
        meanwhile(self, &prober);
        assert!(prober.wait().unwrap().success());
        let lines = read(&records);
        let certificate = certify(lines.clone(), &[]);
        (lines, certificate)
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A prober that sends for two seconds.
fn prober(port: u16, records: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(["probe", "--duration", "2s", "--target", &format!("http://127.0.0.1:{port}")]);
    command.args(arguments).arg("--out").arg(records).stdout(Stdio::null()).spawn().unwrap()
}

fn read(records: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(records).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

fn records(lines: &[Line]) -> impl Iterator<Item = &Record> {
    lines.iter().filter_map(|line| match line {
        Line::Request(record) => Some(record),
        Line::Clock(_) => None,
    })
}

/// Lets this much time pass: how long a fault lasts, on the probe's own schedule.
fn pass(milliseconds: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(pause(Duration::from_millis(milliseconds)));
}

#[test]
fn an_application_that_is_well_answers_every_request_of_every_kind() {
    let mut application = Application::start("");
    let (lines, certificate) = application.probe(|_, _| {});
    assert_eq!((certificate.requests, certificate.failed), (400, 0), "{:?}", certificate.failures);
    assert_eq!(certificate.by_kind.len(), 5);
    assert_eq!(certificate.by_color["green"], 400);
    assert!(records(&lines).all(|it| it.slot.as_deref() == Some("green-1") && it.release == Some("a".repeat(40))));
}

#[test]
fn a_stall_is_a_silence_and_makes_late_what_was_due_meanwhile() {
    let mut application = Application::start("");
    let (lines, certificate) = application.probe(|it, _| {
        pass(700);
        signal(&it.child, "-STOP");
        pass(300);
        signal(&it.child, "-CONT");
    });
    assert_eq!(certificate.failed, 0, "{:?}", certificate.failures);
    assert!(certificate.longest_gap_ms >= 250.0, "{}", certificate.longest_gap_ms);
    // 60 requests were due meanwhile: they were sent when they were due, and each shows its own wait.
    let late = records(&lines).filter(|it| it.latency_ns() > 100_000_000 && it.kind == Kind::Kept);
    assert!(late.count() >= 20);
    let held_back = records(&lines).filter(|it| it.started_ns - it.scheduled_ns > 100_000_000).count();
    assert!(held_back < 10, "{held_back} were sent late");
}

#[test]
fn a_prober_that_was_held_up_itself_leaves_nothing_out_and_says_so() {
    let mut application = Application::start("");
    let (lines, certificate) = application.probe(|_, prober| {
        pass(700);
        signal(prober, "-STOP");
        pass(300);
        signal(prober, "-CONT");
    });
    assert_eq!((certificate.requests, certificate.failed), (400, 0), "{:?}", certificate.failures);
    assert!(certificate.lateness_ms_p99.unwrap() >= 200.0, "{:?}", certificate.lateness_ms_p99);
    // What was due meanwhile counts its wait from then, although it was sent later.
    assert!(records(&lines).filter(|it| it.latency_ns() > 100_000_000 && it.kind == Kind::Kept).count() >= 20);
}

#[test]
fn a_killed_application_fails_what_is_underway_and_what_comes_until_it_is_back() {
    let mut application = Application::start("");
    let (_, certificate) = application.probe(|it, _| {
        pass(700);
        it.child.kill().unwrap();
        it.child.wait().unwrap();
        pass(300);
        it.child = Application::spawn(it.folder.path(), it.port);
    });
    assert!((30..200).contains(&certificate.failed), "{}", certificate.failed);
    let errors: Vec<_> = certificate.failures.iter().filter_map(|it| it.record.error.clone()).collect();
    assert!(errors.iter().any(|it| it.contains("refused")), "{errors:?}");
}

#[test]
fn connections_that_are_closed_between_requests_are_counted_but_no_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Answers once on each connection, promises to go on, and closes long before the next request is due.
    let server = std::thread::spawn(move || {
        for stream in listener.incoming().take(20) {
            let mut stream = stream.unwrap();
            assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("records");
    let mut prober = prober(port, &records, &["--rate", "10", "--slow", "0", "--uploads", "0", "--streams", "0"]);
    assert!(prober.wait().unwrap().success());
    let certificate = certify(read(&records), &[]);
    assert_eq!((certificate.requests, certificate.failed), (20, 0), "{:?}", certificate.failures);
    // Two of the twenty have connections of their own, and the first finds none to be closed.
    assert_eq!(certificate.closed_idle, 17);
    server.join().unwrap();
}

#[test]
fn an_application_that_is_not_healthy_says_so_and_one_that_lies_is_seen_to() {
    let application = Application::start("healthy = false\nwrong_release = true\n");
    let url = format!("http://127.0.0.1:{}/health", application.port);
    let answer = Command::new("curl").args(["-sS", "-i", &url]).output().unwrap();
    let answer = String::from_utf8(answer.stdout).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains(&format!("x-release: {}", "0".repeat(40))), "{answer}");
}
