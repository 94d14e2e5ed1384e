//! Two bots, dead bots, stopped bots: real processes.
//!
//! A child is this test program itself, running one ignored test; it reads the name of the log from its standard input
//! and answers in lines that start with `said`.

use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use crate::kit::StillClock;
use changeover::log::sqlite::{OpenError, SqliteLog};
use changeover::ports::{AppendError, Log as _, LogReader as _};
use events::number::{Epoch, Position};
use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{append, draft, expected, open, place, settings, until};

/// Starts the ignored test `name` on `file`; `command` is what it runs under.
pub(crate) fn child(command: Command, name: &str, file: &Path) -> Child {
    child_of(command, &std::env::current_exe().unwrap(), name, file)
}

/// The same with a copy of this program.
pub(crate) fn child_of(mut command: Command, program: &Path, name: &str, file: &Path) -> Child {
    command.arg(program).args(["--exact", name, "--ignored", "--nocapture"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", file.display()).unwrap();
    child
}

/// Copies a program by another process: what this one has open for writing can't be run, and not as long either as a child
/// that another test has just forked has it open still.
pub(crate) fn copy(program: &Path, to: &Path) {
    assert!(Command::new("cp").arg(program).arg(to).status().unwrap().success());
}

fn plain(name: &str, file: &Path) -> Child {
    child(Command::new("env"), name, file)
}

/// None if nobody is there: somebody ran the ignored tests by hand.
pub(crate) fn file_from_parent() -> Option<PathBuf> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    (!line.is_empty()).then(|| PathBuf::from(line.trim()))
}

pub(crate) fn say(text: &str) {
    // Not through `print`, which the test harness takes for itself; and before the test's own line.
    std::io::stdout().write_all(format!("\nsaid {text}\n").as_bytes()).unwrap();
    std::io::stdout().flush().unwrap();
}

pub(crate) fn said(output: &[u8]) -> Vec<String> {
    let lines = String::from_utf8_lossy(output);
    lines.lines().filter_map(|line| line.strip_prefix("said ")).map(ToOwned::to_owned).collect()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
}

/// Reads lines until one is `said` something, and returns it.
fn next_said(output: &mut impl std::io::BufRead) -> String {
    loop {
        let mut line = String::new();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "the child ended");
        if let Some(text) = line.strip_prefix("said ") {
            return text.trim().to_owned();
        }
    }
}

#[tokio::test]
#[ignore = "a child of other tests"]
async fn owns_a_log() {
    let Some(file) = file_from_parent() else { return };
    let log = open(&file).await;
    say("open");
    // Until the parent kills us.
    std::future::pending::<()>().await;
    drop(log);
}

#[tokio::test]
async fn a_second_process_is_refused_at_once_also_when_the_first_is_stopped_and_not_when_it_is_dead() {
    let (_folder, file) = place();
    let mut first = plain("processes::owns_a_log", &file);
    let mut output = BufReader::new(first.stdout.take().unwrap());
    assert_eq!(next_said(&mut output), "open");
    let again = || SqliteLog::open(&file, Arc::new(StillClock), settings());

    let pid = first.id();
    let error = again().await.unwrap_err();
    assert!(matches!(&error, OpenError::Owned { .. }), "{error}");
    assert!(error.to_string().contains(&format!("is owned by process {pid}: one bot owns a log")), "{error}");

    signal(&first, Signal::STOP);
    until("the stop", || std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") T")).await;
    let error = again().await.unwrap_err().to_string();
    assert!(error.contains(&format!("process {pid} (which is stopped: `kill -CONT {pid}` lets it go on")), "{error}");
    assert!(SqliteLog::open_read_only(&file).await.is_ok());

    signal(&first, Signal::KILL);
    first.wait().unwrap();
    again().await.unwrap().close().await;
}

#[tokio::test]
#[ignore = "a child of the test below"]
async fn appends_until_killed() {
    let Some(file) = file_from_parent() else { return };
    let log = Arc::new(open(&file).await);
    let Epoch(epoch) = log.begin_epoch().await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|caller| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let stream = format!("stream/{epoch}/{caller}");
                for version in 0.. {
                    let id = format!("{epoch}/{caller}/{version}");
                    log.append(expected(&stream, version, epoch), vec![draft(&id)]).await.unwrap();
                    say(&id);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn twenty_kills_lose_no_event_that_was_acknowledged() {
    let (_folder, file) = place();
    let mut acknowledged = Vec::new();
    for round in 0..20_usize {
        let mut writer = plain("processes::appends_until_killed", &file);
        let mut output = BufReader::new(writer.stdout.take().unwrap());
        // A different moment each round, counted in acknowledgements: the same on every machine.
        for _ in 0..=(round * 37 % 101) {
            acknowledged.push(next_said(&mut output));
        }
        signal(&writer, Signal::KILL);
        writer.wait().unwrap();
        // What it had said before it died counts as well; a last line that broke off does not.
        let mut rest = Vec::new();
        std::io::Read::read_to_end(&mut output, &mut rest).unwrap();
        let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        acknowledged.extend(said(&rest[..whole]));
    }
    let log = open(&file).await;
    let events = log.after(Position(0), usize::MAX).await.unwrap();
    let ids: std::collections::BTreeSet<_> = events.iter().map(|event| event.event_id.as_str()).collect();
    assert!(acknowledged.len() > 500, "{}", acknowledged.len());
    for id in &acknowledged {
        assert!(ids.contains(id.as_str()), "{id} was acknowledged and is gone");
    }
    log.reader().verify(None, |_| {}).await.unwrap();
    // At most the callers that were underway have an event in the log that they were not told of.
    assert!(events.len() <= acknowledged.len() + 20 * 8, "{} {}", events.len(), acknowledged.len());
}

/// Somebody deletes the lock file, and a second bot takes over. The first one, which knows nothing of it, appends
/// nothing any more, whether its streams were touched or not.
#[tokio::test]
async fn a_bot_that_was_taken_over_behind_its_back_appends_nothing() {
    let (folder, file) = place();
    let first = open(&file).await;
    let old = first.begin_epoch().await.unwrap();
    first.append(expected("bot", 0, old.0), vec![draft("first")]).await.unwrap();
    std::fs::remove_file(folder.path().join("bot.log.lock")).unwrap();

    let second = open(&file).await;
    let new = second.begin_epoch().await.unwrap();
    second.append(expected("bot", 1, new.0), vec![draft("second")]).await.unwrap();
    for (stream, version, id) in [("shop/production", 0, "x"), ("bot", 1, "y"), ("bot", 2, "z"), ("bot", 0, "first")] {
        let error = first.append(expected(stream, version, old.0), vec![draft(id)]).await.unwrap_err();
        assert!(matches!(error, AppendError::Fenced { epoch, .. } if epoch == old), "{error}");
    }
    second.append(expected("bot", 2, new.0), vec![draft("third")]).await.unwrap();
    assert_eq!(second.reader().verify(None, |_| {}).await.unwrap().event_count, 3);
}

/// The same, with the worst of luck: both began the same epoch before either had written in it.
#[tokio::test]
async fn two_bots_that_began_the_same_epoch_never_both_write_in_it() {
    let (folder, file) = place();
    let first = open(&file).await;
    std::fs::remove_file(folder.path().join("bot.log.lock")).unwrap();
    let second = open(&file).await;
    assert_eq!(first.begin_epoch().await.unwrap(), second.begin_epoch().await.unwrap());
    append(&second, "bot", 0, "second").await.unwrap();
    for _ in 0..2 {
        let error = append(&first, "shop/production", 0, "first").await.unwrap_err();
        assert!(matches!(error, AppendError::Fenced { .. }), "{error}");
    }
    append(&second, "bot", 1, "third").await.unwrap();
    assert!(first.begin_epoch().await.unwrap() > Epoch(1));
}
