//! What hooks are given, how they end, and what is left of them: nothing.

use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock};
use changeover::ports::Progress;
use events::fault::FaultKind;

use crate::world::{World, hook, is_alive, until};

#[tokio::test(flavor = "multi_thread")]
async fn hooks_run_in_order_in_the_release_with_a_clean_environment() {
    let first = hook("first", "pwd > where; env > environment; cat", "env = { MODE = \"fast\" }");
    let second = hook("second", "cp environment copy", "");
    let world = World::new(&format!("{first}{second}"));
    let release = world.deliver("1.0.0", "shop/production#1/2").await;

    let environment = world.used("green-1", "copy");
    let mut names: Vec<&str> =
        environment.lines().filter_map(|line| line.split_once('=').map(|(name, _)| name)).collect();
    names.sort_unstable();
    let ours = ["CHANGEOVER_JOB", "CHANGEOVER_KEY", "CHANGEOVER_MACHINES", "CHANGEOVER_PIN", "CHANGEOVER_RELEASE"];
    let expected = [&ours[..], &["HOME", "LANG", "MODE", "PATH", "PWD"]].concat();
    // A shell may add one or two of its own.
    names.retain(|name| !["_", "SHLVL", "OLDPWD"].contains(name));
    if std::env::var_os("HOME").is_none() {
        names.push("HOME");
        names.sort_unstable();
    }
    assert_eq!(names, expected, "{environment}");
    for line in [
        "MODE=fast".to_owned(),
        "CHANGEOVER_RELEASE=1.0.0".into(),
        format!("CHANGEOVER_PIN={}", release.pin),
        "CHANGEOVER_MACHINES=green-1 green-2".into(),
        "CHANGEOVER_KEY=shop/production#1/2".into(),
    ] {
        assert!(environment.lines().any(|it| it == line), "{line} in {environment}");
    }
    // What a build remembers of its path stays true.
    let current = std::fs::read_link(world.path("slots/green-1/current")).unwrap();
    assert_eq!(world.used("green-2", "where").trim(), current.to_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_is_a_fault_with_its_last_words() {
    let world = World::new(&format!(
        "{}{}",
        hook("build", "echo compiling; echo 'no space left' >&2; exit 3", ""),
        hook("never", "touch ../../../never", "")
    ));
    let fault = world.fail("k").await;
    assert_eq!(fault.kind, FaultKind::Lasting);
    assert_eq!(fault.text, "hook build ended with exit code 3; it said last:\ncompiling\nno space left");
    assert!(!world.path("never").exists());
    assert!(!world.path("slots/green-1/current").exists(), "a failed release must not be put into use");
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_and_signals_are_explained() {
    for (script, wanted) in [
        ("exit 137", "hook x ended with exit code 137: a program of it was killed: often out of memory"),
        ("kill -9 $$", "hook x ended by signal 9: killed: often out of memory"),
        ("exit 127", "hook x ended with exit code 127: a command was not found; it printed nothing"),
    ] {
        let fault = World::new(&hook("x", script, "")).fail("k").await;
        assert!(fault.text.starts_with(wanted), "{fault}");
    }
    let missing = World::new("[[hooks]]\nname = \"x\"\nrun = [\"no-such-program\"]").fail("k").await;
    assert!(missing.text.starts_with("hook x cannot run no-such-program: No such file"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_hangs_is_ended_with_everything_that_it_started() {
    // It ignores being told to end, and so does its child; one grandchild has a session of its own, another one lost
    // its environment as well.
    let script = "trap '' TERM; (trap '' TERM; echo $$ > ../../../shell; exec sleep 1000) & \
                  setsid sh -c 'echo $$ > ../../../session; exec sleep 1000' & \
                  (setsid env -i sh -c 'echo $$ > ../../../bare; exec sleep 1000' &) ; echo waiting; sleep 1000; sleep 1000";
    let world = World::new(&hook("build", script, "timeout = \"1s\""));
    let fault = world.fail("k").await;
    assert_eq!(fault.text, "hook build did not end within 1s and was killed; it said last:\nwaiting");
    for pid in ["shell", "session", "bare"] {
        assert!(!is_alive(&world.written(pid).await), "{pid} is left over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_good_hook_leaves_running_is_ended_too() {
    let script = "setsid sh -c 'echo $$ > ../../../left; exec sleep 1000' & \
                  while [ ! -s ../../../left ]; do sleep 0.01; done";
    let world = World::new(&hook("build", script, ""));
    world.deliver("1.0.0", "k").await;
    assert!(!is_alive(&world.written("left").await));
    let log = std::fs::read_to_string(world.job().join("output.log")).unwrap();
    assert!(log.contains("(hook build left 1 processes running; they were killed)"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_cut_and_counted() {
    let script = "echo the beginning; yes 'a line of a flood' | head -c 200000000; echo the end; exit 1";
    let world = World::new(&hook("build", script, ""));
    let fault = world.fail("k").await;
    assert!(fault.text.ends_with("a line of a flood\na the end"), "{fault}");
    let log = std::fs::read_to_string(world.job().join("output.log")).unwrap();
    assert!(log.len() < 1_100_000, "{} bytes", log.len());
    assert!(log.starts_with("== hook build\nthe beginning\n") && log.ends_with("the end\n"));
    let left_out = log.lines().find(|line| line.ends_with("bytes left out …")).unwrap();
    let left_out: usize = left_out.split(' ').nth(1).unwrap().parse().unwrap();
    assert!((198_900_000..199_100_000).contains(&left_out), "{left_out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_given_to_the_hook_and_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "hunter2-and-more\n").unwrap();
    let env = format!("env = {{ TOKEN = {{ file = {:?} }} }}", path.display().to_string());
    let script =
        "echo \"$TOKEN\" > ../../../given; echo \"I use $TOKEN.\"; echo \"url=https://me:$TOKEN@x\" >&2; exit 1";
    let world = World::new(&hook("build", script, &env));
    let fault = world.fail("k").await;
    assert_eq!(world.written("given").await, "hunter2-and-more");
    assert!(fault.text.ends_with("I use [secret].\nurl=https://me:[secret]@x"), "{fault}");
    for file in std::fs::read_dir(world.job()).unwrap() {
        let path = file.unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains("hunter2"), "{}: {text}", path.display());
    }
    std::fs::remove_file(&path).unwrap();
    let release = world.resolve("1.0.0").await.unwrap();
    let fault = world.start(&release, "other").await.unwrap_err();
    assert!(fault.text.starts_with("hook build: ") && fault.text.contains("token cannot be read"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_may_not_be_repeated_runs_once_though_a_later_one_fails() {
    let script = "echo x >> ../../../sent";
    let once = hook("send", script, "repeatable = false");
    let world = World::new(&format!("{once}{}", hook("later", "test -e ../../../fixed", "")));
    world.fail("k").await;
    std::fs::write(world.path("fixed"), "").unwrap();
    world.deliver("1.0.0", "k").await;
    assert_eq!(std::fs::read_to_string(world.path("sent")).unwrap(), "x\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_may_not_be_repeated_and_failed_is_for_a_person_to_decide() {
    let world = World::new(&hook("send", "echo x >> ../../../sent; exit 1", "repeatable = false"));
    let release = world.resolve("1.0.0").await.unwrap();
    world.start(&release, "k").await.unwrap();
    let Progress::Unknown(fault) = world.end(&release, "k").await else { panic!("it must not be called safe") };
    assert_eq!(fault.kind, FaultKind::Unknown);
    assert!(fault.text.starts_with("hook send was begun, may not be repeated"), "{fault}");
    assert_eq!(world.start(&release, "k").await.unwrap_err().kind, FaultKind::Unknown);

    // Stopping it says that it may.
    world.stop("k").await;
    assert!(matches!(world.progress(&release, "k").await, Progress::Unknown(_)));
    assert_eq!(std::fs::read_to_string(world.path("sent")).unwrap(), "x\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_everything_and_starting_again_finishes() {
    let script = "test -e ../../../fixed && exit 0; \
                  setsid env -i sh -c 'echo $$ > ../../../left; exec sleep 1000' & sleep 1000";
    let world = World::new(&hook("build", script, ""));
    let release = world.resolve("1.0.0").await.unwrap();
    world.stop("k").await;
    assert_eq!(world.progress(&release, "k").await, Progress::Away);
    world.start(&release, "k").await.unwrap();
    let left = world.written("left").await;
    let Progress::Underway(text) = world.progress(&release, "k").await else { panic!("it is underway") };
    assert!(text.starts_with("hook build, ") && text.ends_with(" s"), "{text}");

    let clock = SystemClock::new();
    world.stop("k").await;
    assert!(clock.elapsed() < Duration::from_secs(5), "{:?}", clock.elapsed());
    assert!(!is_alive(&left) && world.job_process().is_none_or(|job| !job.is_alive()));
    let Progress::Failed(fault) = world.progress(&release, "k").await else { panic!("it was stopped") };
    assert_eq!(fault.text, "the delivery was stopped in \"hook build\"");
    world.stop("k").await;

    std::fs::write(world.path("fixed"), "").unwrap();
    world.deliver("1.0.0", "k").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_of_what_is_underway_changes_nothing() {
    let script = "echo x >> ../../../begun; while [ ! -e ../../../go ]; do sleep 0.01; done";
    let world = World::new(&hook("build", script, ""));
    let release = world.resolve("1.0.0").await.unwrap();
    world.start(&release, "k").await.unwrap();
    let job = until(|| world.job_process()).await;
    let (one, other) = tokio::join!(world.start(&release, "k"), world.start(&release, "k"));
    one.unwrap();
    other.unwrap();
    assert_eq!(world.job_process(), Some(job));
    std::fs::write(world.path("go"), "").unwrap();
    assert_eq!(world.end(&release, "k").await, Progress::Reached);
    assert_eq!(std::fs::read_to_string(world.path("begun")).unwrap(), "x\n");
}
