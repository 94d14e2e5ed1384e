//! What is started, with what, and what is started instead.

use std::time::Duration;

use changeover::clock::pause;
use changeover::config::secret::{Secret, Value};
use changeover::process::ProcessId;
use changeover::supervisor::control::Request;
use changeover::supervisor::state::Outcome;
use events::color::Color;
use rustix::process::Signal;

use crate::bed::{Bed, eventually};
use crate::census;

const SLEEPER: [&str; 2] = ["/bin/sleep", "1000"];

#[tokio::test]
async fn it_starts_what_current_points_to_and_replaces_it() {
    let bed = Bed::new(&SLEEPER).started().await;
    bed.grow(Color::Green, 2).await;
    assert!(census::all(&bed.folder).is_empty());
    bed.deliver("green-1", "1.0.0");
    let first = bed.runs("green-1", "1.0.0").await;
    assert_eq!(first.folder, bed.release("1.0.0"));
    bed.deliver("green-1", "2.0.0");
    let second = bed.runs("green-1", "2.0.0").await;
    assert!(!first.id.is_alive());
    let slot = bed.slot("green-1").await.unwrap();
    assert_eq!((slot.restarts, slot.last_exit.unwrap().outcome), (0, Outcome::Signal(15)), "a switch is no restart");
    bed.deliver("green-1", "2.0.0");
    bed.deliver("green-2", "2.0.0");
    bed.runs("green-2", "2.0.0").await;
    assert!(second.id.is_alive(), "the same release again changes nothing");
    std::fs::remove_file(bed.slot_folder("green-1").join("current")).unwrap();
    bed.is_empty("green-1").await;
    assert_eq!(census::applications(&bed.folder).len(), 1);
}

#[tokio::test]
async fn a_killed_application_is_started_again_and_counted() {
    let bed = Bed::new(&SLEEPER).started().await;
    bed.grow(Color::Blue, 1).await;
    bed.deliver("blue-1", "1.0.0");
    let mut running = bed.runs("blue-1", "1.0.0").await;
    for count in 1..=3 {
        running.id.signal_group(Signal::KILL);
        running = bed.runs_other("blue-1", "1.0.0", Some(&running)).await;
        let slot = bed.slot("blue-1").await.unwrap();
        assert_eq!((slot.restarts, slot.last_exit.unwrap().outcome), (count, Outcome::Signal(9)));
    }
    let supervisor = bed.supervisor.as_ref().unwrap().id();
    assert_eq!(census::zombies_of(supervisor), 0);
}

#[tokio::test]
async fn an_application_that_cannot_run_is_tried_ever_more_slowly() {
    let bed = Bed::new(&["/bin/sh", "-c", "date +%s%N >> tries; exit 7"]).started().await;
    bed.grow(Color::Blue, 1).await;
    bed.deliver("blue-1", "1.0.0");
    let tries = eventually("five tries", || async {
        let text = std::fs::read_to_string(bed.release("1.0.0").join("tries")).ok()?;
        let tries: Vec<u64> = text.lines().map(|it| it.parse().unwrap()).collect();
        (tries.len() >= 5).then_some(tries)
    })
    .await;
    let gaps: Vec<u64> = tries.windows(2).map(|pair| (pair[1] - pair[0]) / 1_000_000).collect();
    for (gap, least) in gaps.iter().zip([100, 200, 400, 800]) {
        assert!(*gap >= least, "{gaps:?}");
    }
    assert_eq!(bed.slot("blue-1").await.unwrap().last_exit.unwrap().outcome, Outcome::Code(7));
    assert!(census::zombies_of(bed.supervisor.as_ref().unwrap().id()) <= 1);
}

#[tokio::test]
async fn another_release_does_not_wait_for_the_failures_of_the_one_before() {
    let bed = Bed::new(&["/bin/sh", "-c", "test {release} = 2.0.0 && exec sleep 1000; exit 1"]).started().await;
    bed.grow(Color::Blue, 1).await;
    bed.deliver("blue-1", "1.0.0");
    eventually("it failed five times", || async { (bed.slot("blue-1").await?.restarts >= 5).then_some(()) }).await;
    bed.deliver("blue-1", "2.0.0");
    bed.runs("blue-1", "2.0.0").await;
}

#[tokio::test]
async fn a_restart_asked_for_twice_is_one_restart() {
    let bed = Bed::new(&SLEEPER).started().await;
    bed.grow(Color::Blue, 1).await;
    bed.deliver("blue-1", "1.0.0");
    let first = bed.runs("blue-1", "1.0.0").await;
    let request = Request::Restart { slot: "blue-1".parse().unwrap(), process: Some(first.id) };
    bed.order(request.clone()).await;
    let second = bed.runs_other("blue-1", "1.0.0", Some(&first)).await;
    bed.order(request).await;
    bed.deliver("blue-1", "2.0.0");
    let third = bed.runs("blue-1", "2.0.0").await;
    assert!(!second.id.is_alive());
    assert_eq!(bed.slot("blue-1").await.unwrap().restarts, 0);
    // What must not happen needs its time not to: the loop looks at the process several times meanwhile.
    pause(Duration::from_millis(500)).await;
    assert!(third.id.is_alive());
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(bed.folder.join("supervisor.json")).unwrap()).unwrap();
    assert_eq!(record.pointer("/slots/blue-1/generation").unwrap(), 3, "three processes were started in all");
}

#[tokio::test]
async fn an_application_sees_what_is_named_and_nothing_else() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "from a file\n").unwrap();
    let script = "env | sort > $CHANGEOVER_SLOT.env.tmp; echo \"$0 $1 $2\" > args; ls -l /proc/self/fd/0 > input; \
                  mv $CHANGEOVER_SLOT.env.tmp $CHANGEOVER_SLOT.env; exec sleep 1000";
    let mut bed = Bed::new(&["/bin/sh", "-c", script, "{slot}:{port}", "{color}/{release}", "{other}{}; $(id)"])
        .with_env("ADDRESS", Value::Plain("here:{port}".into()))
        .with_env("NAMED", Value::Secret(Secret::Env("TEST_SECRET_NAMED".into())))
        .with_env("FILED", Value::Secret(Secret::File(secret.path().to_owned())));
    let mut command = bed.supervise();
    command.env("TEST_SECRET_NAMED", "named").env("TEST_SECRET_LEAKED", "leaked");
    bed.supervisor = Some(command.spawn().unwrap());
    bed.status().await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    let release = bed.release("1.0.0");
    let environment = bed.file(&release.join("green-1.env")).await;
    let port = bed.slot("green-1").await.unwrap().port;
    let expected: &[(&str, &str)] = &[
        ("ADDRESS", &format!("here:{port}")),
        ("CHANGEOVER_COLOR", "green"),
        ("CHANGEOVER_PIN", &"0".repeat(40)),
        ("CHANGEOVER_RELEASE", "1.0.0"),
        ("CHANGEOVER_SLOT", "green-1"),
        ("FILED", "from a file"),
        ("NAMED", "named"),
        ("PORT", &port.to_string()),
    ];
    let own = ["HOME", "LANG", "PATH", "PWD", "OLDPWD", "SHLVL", "_", "CHANGEOVER_SLOT_KEY"];
    let seen: Vec<(&str, &str)> =
        environment.lines().filter_map(|it| it.split_once('=')).filter(|(name, _)| !own.contains(name)).collect();
    assert_eq!(seen, expected);
    let arguments = bed.file(&release.join("args")).await;
    assert_eq!(arguments, format!("green-1:{port} green/1.0.0 {{other}}{{}}; $(id)\n"), "no shell saw them");
    assert!(bed.file(&release.join("input")).await.contains("/dev/null"));
    for kept in ["supervisor.json", "settings.json", "supervisor.log"] {
        let text = std::fs::read_to_string(bed.folder.join(kept)).unwrap();
        assert!(!text.contains("from a file") && !text.contains("leaked"), "{kept}: {text}");
    }
}

#[tokio::test]
async fn a_secret_that_is_missing_is_named_and_nothing_is_started() {
    let bed = Bed::new(&SLEEPER)
        .with_env("KEY", Value::Secret(Secret::Env("TEST_SECRET_THAT_IS_NOT".into())))
        .started()
        .await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    let trouble = eventually("trouble is said", || async { bed.slot("green-1").await?.trouble }).await;
    assert_eq!(trouble, "env.KEY: the environment variable TEST_SECRET_THAT_IS_NOT is not set");
    assert!(census::all(&bed.folder).is_empty());
}

#[tokio::test]
async fn other_settings_hold_from_the_next_start_on() {
    let bed = Bed::new(&SLEEPER).started().await;
    bed.grow(Color::Blue, 1).await;
    bed.deliver("blue-1", "1.0.0");
    let running = bed.runs("blue-1", "1.0.0").await;
    let mut settings = bed.settings.clone();
    settings.command = vec!["/bin/sh".into(), "-c".into(), "echo new > new; exec sleep 1000".into()];
    bed.order(Request::Configure { settings: settings.clone() }).await;
    assert_eq!(bed.status().await.settings, settings);
    assert_eq!(ProcessId::of(running.id.pid), Some(running.id), "what runs is left alone");
    bed.order(Request::Restart { slot: "blue-1".parse().unwrap(), process: Some(running.id) }).await;
    bed.file(&bed.release("1.0.0").join("new")).await;
}

#[tokio::test]
async fn a_current_that_cannot_be_used_leaves_what_runs() {
    let bed = Bed::new(&SLEEPER).started().await;
    bed.grow(Color::Blue, 1).await;
    bed.deliver("blue-1", "1.0.0");
    let running = bed.runs("blue-1", "1.0.0").await;
    for damage in ["not json", r#"{"name":"-x","pin":"0"}"#] {
        let release = bed.release("broken");
        std::fs::write(release.join(".changeover-release"), damage).unwrap();
        let current = bed.slot_folder("blue-1").join("current");
        std::os::unix::fs::symlink(&release, bed.slot_folder("blue-1").join("next")).unwrap();
        std::fs::rename(bed.slot_folder("blue-1").join("next"), &current).unwrap();
        let trouble = eventually("trouble is said", || async { bed.slot("blue-1").await?.trouble }).await;
        assert!(trouble.contains("broken/.changeover-release") && trouble.contains("line 1"), "{trouble}");
        bed.deliver("blue-1", "1.0.0");
        eventually("the trouble is over", || async { bed.slot("blue-1").await?.trouble.is_none().then_some(()) }).await;
    }
    assert!(running.id.is_alive());
}
