//! Checks by programs.

use std::time::Duration;

use changeover::clock::{self, Clock as _, SystemClock};
use changeover::process::ProcessId;
use events::check::{Reading, Verdict};

use crate::{PIN, check, subject};

const PATIENCE: Duration = Duration::from_secs(10);

async fn run(run: &[&str], more: &str) -> Reading {
    let text = format!("name = \"tests\"\nrun = {run:?}\n{more}");
    check("command", &text).unwrap().read(&subject("http://127.0.0.1:1"), PATIENCE).await
}

async fn script(script: &str, more: &str) -> Reading {
    run(&["sh", "-c", script], more).await
}

#[tokio::test]
async fn the_exit_code_is_the_verdict_and_the_last_line_the_value() {
    for (text, verdict, value) in [
        ("echo a; echo '12 of 12 good'; echo", Verdict::Pass, "12 of 12 good"),
        ("true", Verdict::Pass, "exit 0"),
        ("echo 'no samples'; exit 75", Verdict::NoEvidence, "no samples (exit 75)"),
        ("echo out; echo 'lag 9 s' >&2; exit 1", Verdict::Fail, "lag 9 s (exit 1)"),
        ("exit 2", Verdict::Fail, "exit 2"),
        ("kill -9 $$", Verdict::Fail, "signal: 9 (SIGKILL)"),
    ] {
        let reading = script(text, "").await;
        assert_eq!((reading.verdict, reading.value.as_str()), (verdict, value), "{text}");
    }
    let missing = run(&["no-such-program"], "").await;
    assert_eq!(missing.verdict, Verdict::NoEvidence);
    assert!(missing.value.starts_with("no-such-program cannot be run: "), "{missing}");
}

#[tokio::test]
async fn arguments_are_filled_in_and_never_read_by_a_shell() {
    let print = ["printf", "%s|", "{base}/x", "{release}", "{pin}", "{machine}", "{other}", "{", "$(date)", "{{pin}}"];
    let reading = run(&print, "").await;
    assert_eq!(reading.value, format!("http://127.0.0.1:1/x|1.42.0|{PIN}|green-1|{{other}}|{{|$(date)|{{{PIN}}}|"));

    let check = check("command", "name = \"tests\"\nrun = [\"cat\", \"{machine}\"]").unwrap();
    let mut subject = subject("http://127.0.0.1:1");
    subject.name = "--version".into();
    let reading = check.read(&subject, PATIENCE).await;
    assert_eq!(reading.verdict, Verdict::NoEvidence, "{reading}");
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("child");
    let text = format!("(trap '' TERM; exec sleep 1000) & echo $! > {}; echo begun; wait", path.display());
    let clock = SystemClock::new();
    let reading = script(&text, "timeout = \"500ms\"").await;
    assert_eq!(reading.verdict, Verdict::Fail);
    assert_eq!(reading.value, "begun (did not end within 500ms)");
    assert!(clock.elapsed() < Duration::from_secs(4), "{:?}", clock.elapsed());
    let child: i32 = std::fs::read_to_string(path).unwrap().trim().parse().unwrap();
    while ProcessId::of(child).is_some() {
        assert!(clock.elapsed() < PATIENCE, "the child is left over");
        clock::pause(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_flood_and_what_is_no_text_are_bounded() {
    let flood = script("yes | head -c 50000000; printf '\\377\\376 %01000d\\n' 7", "").await;
    assert_eq!(flood.verdict, Verdict::Pass);
    assert!(flood.value.chars().count() <= 201 && flood.value.ends_with('…'), "{flood}");
}

#[tokio::test]
async fn a_secret_is_given_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "hunter2").unwrap();
    let more = format!("env = {{ TOKEN = {{ file = {:?} }} }}", path.to_str().unwrap());
    let reading = script("test ${#TOKEN} = 7 && echo \"with $TOKEN\"", &more).await;
    assert_eq!((reading.verdict, reading.value.as_str()), (Verdict::Pass, "with [secret]"));
    std::fs::remove_file(&path).unwrap();
    let reading = script("true", &more).await;
    assert_eq!(reading.verdict, Verdict::NoEvidence, "{reading}");
}
