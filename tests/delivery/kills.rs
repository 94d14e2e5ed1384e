//! Death at any moment: of the job, and of the bot.

use std::os::unix::process::CommandExt as _;
use std::time::Duration;

use changeover::clock::{self, Clock as _, SystemClock};
use changeover::ports::Progress;
use events::fault::FaultKind;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::world::{PATIENCE, World, hook, is_alive, until};

/// How many moments are tried.
const SEEDS: u64 = 24;

#[tokio::test(flavor = "multi_thread")]
async fn a_job_killed_at_any_moment_says_so_and_starts_over() {
    // Every run of the hook writes its number where all can see; what it builds is whole only at its end.
    let script = "echo $$ >> ../../../hooks; echo half > built; sleep 0.05; echo whole > built";
    let world = World::new(&hook("build", script, ""));
    let span = measured(&world).await;
    let mut killed_count = 0;
    for seed in 0..SEEDS {
        let (name, key) = (format!("2.0.{seed}"), format!("k{seed}"));
        world.commit("version", &name);
        world.git(&["tag", &name]);
        let release = world.resolve(&name).await.unwrap();
        world.start(&release, &key).await.unwrap();
        let job = process(&world, &key);
        clock::pause(span.mul_f64(moment(seed))).await;
        // The lock of the dead is free only when its last thread is gone: what is looked at is the end.
        if let Some(job) = job.filter(|job| job.is_alive()) {
            let _ = kill_process(Pid::from_raw(job.pid).unwrap(), Signal::KILL);
            until(|| (!job.is_alive()).then_some(())).await;
        }
        match world.end(&release, &key).await {
            Progress::Reached => {}
            Progress::Failed(fault) => {
                killed_count += 1;
                assert_eq!(fault.kind, FaultKind::Passing, "{fault}");
                assert!(fault.text.starts_with("the delivery was killed"), "{fault}");
            }
            other @ (Progress::Away | Progress::Underway(_) | Progress::Unknown(_)) => panic!("seed {seed}: {other:?}"),
        }
        world.start(&release, &key).await.unwrap();
        assert_eq!(world.end(&release, &key).await, Progress::Reached, "seed {seed}");
        for machine in ["green-1", "green-2"] {
            assert_eq!(
                (world.used(machine, "version"), world.used(machine, "built")),
                (name.clone(), "whole\n".into())
            );
        }
    }
    assert!(killed_count > SEEDS / 4, "only {killed_count} kills hit a job that was at work");
    for pid in std::fs::read_to_string(world.path("hooks")).unwrap().lines() {
        assert!(!is_alive(pid), "hook {pid} is left over");
    }
}

/// How long a delivery takes that nobody disturbs.
async fn measured(world: &World) -> Duration {
    let release = world.resolve("1.0.0").await.unwrap();
    world.start(&release, "undisturbed").await.unwrap();
    let clock = SystemClock::new();
    assert_eq!(world.end(&release, "undisturbed").await, Progress::Reached);
    clock.elapsed()
}

/// A moment from 0 to 1, the same for the same seed.
fn moment(seed: u64) -> f64 {
    let mixed = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    f64::from(u32::try_from(mixed).unwrap()) / f64::from(1_u32 << 24)
}

fn process(world: &World, key: &str) -> Option<changeover::process::ProcessId> {
    let jobs = std::fs::read_dir(world.path("delivery/jobs")).unwrap();
    let job =
        jobs.map(|job| job.unwrap()).find(|job| job.file_name().to_str().unwrap().starts_with(&format!("{key}-")));
    let worker = std::fs::read_to_string(job?.path().join("process.json")).ok()?;
    let worker: serde_json::Value = serde_json::from_str(&worker).unwrap();
    serde_json::from_value(worker["process"].clone()).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_job_left_running_is_ended_by_the_next_start_and_by_stop() {
    let script = "test -e ../../../fixed && exit 0; \
                  setsid sh -c 'echo $$ > ../../../left; exec sleep 1000' & sleep 1000";
    let world = World::new(&hook("build", script, ""));
    let release = world.resolve("1.0.0").await.unwrap();
    for key in ["started", "stopped"] {
        world.start(&release, key).await.unwrap();
        let left = world.written("left").await;
        let job = process(&world, key).unwrap();
        kill_process(Pid::from_raw(job.pid).unwrap(), Signal::KILL).unwrap();
        until(|| (!job.is_alive()).then_some(())).await;
        let Progress::Failed(fault) = world.end(&release, key).await else { panic!("it was killed") };
        assert_eq!(fault.text, "the delivery was killed in \"hook build\"; it can start over");
        assert!(is_alive(&left), "the test needs something that is left over");
        std::fs::remove_file(world.path("left")).unwrap();
        if key == "started" {
            world.start(&release, key).await.unwrap();
            world.written("left").await;
        }
        world.stop(key).await;
        assert!(!is_alive(&left), "{key}");
        let _ = std::fs::remove_file(world.path("left"));
    }
    std::fs::write(world.path("fixed"), "").unwrap();
    world.deliver("1.0.0", "started").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_killed_in_a_hook_that_may_not_be_repeated_is_for_a_person_to_decide() {
    let script = "echo x > ../../../begun; while [ ! -e ../../../go ]; do sleep 0.01; done";
    let world = World::new(&hook("send", script, "repeatable = false"));
    let release = world.resolve("1.0.0").await.unwrap();
    world.start(&release, "k").await.unwrap();
    world.written("begun").await;
    let job = process(&world, "k").unwrap();
    kill_process(Pid::from_raw(job.pid).unwrap(), Signal::KILL).unwrap();
    until(|| (!job.is_alive()).then_some(())).await;
    let Progress::Unknown(fault) = world.end(&release, "k").await else { panic!("nobody can tell") };
    assert!(fault.text.contains("hook send was begun") && fault.text.contains("the delivery was killed"), "{fault}");
    assert_eq!(world.start(&release, "k").await.unwrap_err().kind, FaultKind::Unknown);
    // Stopped by a person's order, it may.
    world.stop("k").await;
    std::fs::write(world.path("go"), "").unwrap();
    world.deliver("1.0.0", "k").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_never_came_up_was_never_accepted_and_starts_over() {
    let mut world = World::new("");
    let release = world.resolve("1.0.0").await.unwrap();
    world.with_program("/no/such/program");
    let fault = world.start(&release, "k").await.unwrap_err();
    assert!(fault.text.starts_with("/no/such/program cannot be run"), "{fault}");
    world.with_program("false");
    let fault = world.start(&release, "k").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Passing);
    assert!(fault.text.starts_with("the delivery's process did not come up"), "{fault}");
    // As after a death of the bot between writing the job down and starting it.
    let Progress::Failed(fault) = world.progress(&release, "k").await else { panic!("nothing is underway") };
    assert_eq!(fault.text, "the delivery was killed; it can start over");
    world.with("");
    world.deliver("1.0.0", "k").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_comes_too_late_does_nothing() {
    let world = World::new(&hook("build", "echo x >> ../../../built; test -e ../../../fixed", ""));
    world.fail("k").await;
    std::fs::write(world.path("fixed"), "").unwrap();
    let late = |attempt: &str| {
        let mut job = std::process::Command::new(env!("CARGO_BIN_EXE_changeover"));
        job.arg("deliver").arg("--job").arg(world.job().join("job.json")).args(["--attempt", attempt]);
        assert!(job.status().unwrap().success());
    };
    let built = || std::fs::read_to_string(world.path("built")).unwrap();
    late("1");
    assert_eq!(built(), "x\n");
    world.deliver("1.0.0", "k").await;
    for link in ["green-1", "green-2"] {
        std::fs::remove_file(world.path("slots").join(link).join("current")).unwrap();
    }
    for attempt in ["1", "2", "3"] {
        late(attempt);
        assert!(!world.path("slots/green-1/current").exists(), "attempt {attempt} was not wanted");
    }
    assert_eq!(built(), "x\nx\n");
}

/// This test starts itself once more as the bot, which is then killed with its whole process group.
#[tokio::test(flavor = "multi_thread")]
async fn the_death_of_the_bot_does_not_touch_the_job() {
    const BOT: &str = "TEST_BOT_FOLDER";
    let settings = hook("build", "while [ ! -e ../../../go ]; do sleep 0.01; done", "");
    if let Some(folder) = std::env::var_os(BOT) {
        let world = World::opened(folder.into(), &settings);
        let release = world.resolve("1.0.0").await.unwrap();
        world.start(&release, "k").await.unwrap();
        std::fs::write(world.path("accepted"), "yes\n").unwrap();
        clock::pause(PATIENCE).await;
        return;
    }
    let world = World::new(&settings);
    let name = "kills::the_death_of_the_bot_does_not_touch_the_job";
    let mut bot = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(BOT, world.folder())
        .process_group(0)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    world.written("accepted").await;
    let job = process(&world, "k").unwrap();
    kill_process_group(Pid::from_raw(i32::try_from(bot.id()).unwrap()).unwrap(), Signal::KILL).unwrap();
    bot.wait().unwrap();

    let release = world.resolve("1.0.0").await.unwrap();
    assert!(job.is_alive());
    assert!(matches!(world.progress(&release, "k").await, Progress::Underway(_)));
    std::fs::write(world.path("go"), "").unwrap();
    assert_eq!(world.end(&release, "k").await, Progress::Reached);
}
