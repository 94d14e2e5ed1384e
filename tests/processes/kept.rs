//! What outlives the supervisor, and what the bot's side of it sees.

use changeover::clock::{Clock as _, SystemClock};
use changeover::fleet::processes::{Processes, Settings, ensure_running};
use changeover::ports::{EffectKey, Fleet as _};
use changeover::process::ProcessId;
use changeover::supervisor::control::Request;
use events::color::Color;
use events::fault::FaultKind;
use rustix::process::Signal;

use crate::bed::{Bed, PROGRAM, eventually};
use crate::census;

#[tokio::test]
async fn detached_processes_stay_and_are_adopted() {
    let mut bed = Bed::new(&["/bin/sleep", "1000"]).started().await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    let running = bed.runs("green-1", "1.0.0").await;
    bed.order(Request::Detach {}).await;
    assert!(bed.supervisor_ended().await);
    assert!(running.id.is_alive());
    let bed = bed.started().await;
    assert_eq!(bed.runs("green-1", "1.0.0").await, running);
    running.id.signal_group(Signal::KILL);
    bed.runs_other("green-1", "1.0.0", Some(&running)).await;
    assert_eq!(bed.slot("green-1").await.unwrap().restarts, 1, "an adopted process is watched, too");
}

#[tokio::test]
async fn a_slot_whose_folder_was_never_made_gets_it() {
    let mut bed = Bed::new(&["/bin/sleep", "1000"]).started().await;
    bed.grow(Color::Green, 1).await;
    bed.kill_supervisor();
    std::fs::remove_dir_all(bed.slot_folder("green-1")).unwrap();
    let bed = bed.started().await;
    eventually("it is made", || async { bed.slot_folder("green-1").is_dir().then_some(()) }).await;
}

#[tokio::test]
async fn processes_of_slots_that_nobody_remembers_are_ended() {
    let mut bed = Bed::new(&["/bin/sleep", "1000"]).started().await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    let running = bed.runs("green-1", "1.0.0").await;
    bed.kill_supervisor();
    std::fs::remove_file(bed.folder.join("supervisor.json")).unwrap();
    let bed = bed.started().await;
    eventually("it is ended", || async { (!running.id.is_alive()).then_some(()) }).await;
    bed.grow(Color::Green, 1).await;
    assert!(bed.slot("green-2").await.is_some(), "a folder that nobody remembers is not used again");
}

#[tokio::test]
async fn the_fleet_is_what_the_supervisor_says() {
    let bed = Bed::new(&["/bin/sleep", "1000"]).started().await;
    let fleet = Processes::new(bed.folder.clone());
    let key = EffectKey("shop/production/1/0".into());
    fleet.grow_to(Color::Green, 2, &key).await.unwrap();
    fleet.grow_to(Color::Green, 2, &key).await.unwrap();
    let machines = fleet.machines(Color::Green).await.unwrap();
    assert_eq!(machines.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["green-1", "green-2"]);
    for machine in &machines {
        let port = bed.slot(&machine.name).await.unwrap().port;
        assert_eq!(machine.address, format!("127.0.0.1:{port}"));
        assert!(bed.slot_folder(&machine.name).is_dir());
    }
    assert_eq!(fleet.machines(Color::Blue).await.unwrap(), []);
    let missing = fleet.reduce_to(Color::Green, &["green-9".parse().unwrap()], &key).await.unwrap_err();
    assert_eq!(missing.kind, FaultKind::Drift);
    fleet.reduce_to(Color::Green, &["green-2".parse().unwrap()], &key).await.unwrap();
    eventually("one is left", || async {
        let left = fleet.machines(Color::Green).await.unwrap();
        (left == machines.get(1..)?).then_some(())
    })
    .await;
}

fn site(grace: &str, ports: &str) -> Settings {
    toml::from_str(&format!(
        "command = [\"/bin/sleep\", \"1000\"]\ncount = 1\nports = \"{ports}\"\ngrace = \"{grace}\""
    ))
    .unwrap()
}

#[tokio::test]
async fn a_supervisor_is_started_once_and_outlives_who_started_it() {
    let bed = Bed::new(&[]);
    let ports = crate::bed::ports();
    let program = std::path::Path::new(PROGRAM);
    let settings = site("3s", &ports);
    let (one, two) =
        tokio::join!(ensure_running(&settings, &bed.folder, program), ensure_running(&settings, &bed.folder, program));
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert_eq!(census::supervisors(&bed.folder), 1, "nobody waits to take over what somebody ends");
    let first = bed.status().await.supervisor.unwrap();
    let group = rustix::process::getpgid(rustix::process::Pid::from_raw(first.pid)).unwrap();
    assert_eq!(group.as_raw_nonzero().get(), first.pid, "a group of its own");
    ensure_running(&site("4s", &ports), &bed.folder, program).await.unwrap();
    let status = bed.status().await;
    assert_eq!((status.supervisor, status.settings.grace.as_secs()), (Some(first), 4), "kept, and told");
    first.signal_group(Signal::KILL);
    eventually("it is dead", || async { (!first.is_alive()).then_some(()) }).await;
    ensure_running(&site("4s", &ports), &bed.folder, program).await.unwrap();
    bed.order(Request::Stop {}).await;
    eventually("it has ended", || async { bed.ask(&Request::Status {}).await.is_none().then_some(()) }).await;
}

#[tokio::test]
async fn a_supervisor_that_will_not_start_says_why() {
    let bed = Bed::new(&[]);
    std::fs::write(bed.folder.join("supervisor.json"), "{\n  \"version\": 1,\n  \"slots\": [").unwrap();
    let program = std::path::Path::new(PROGRAM);
    let clock = SystemClock::new();
    let fault = ensure_running(&site("3s", &crate::bed::ports()), &bed.folder, program).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Lasting);
    assert!(fault.text.contains("supervisor.json: ") && fault.text.contains("line 3 column"), "{fault}");
    assert!(clock.elapsed().as_secs() < 9, "it did not wait for what will not come");
}

#[tokio::test]
async fn people_see_and_restart_processes() {
    let bed = Bed::new(&["/bin/sleep", "1000"]).started().await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    let first = bed.runs("green-1", "1.0.0").await;
    let run = |arguments: &[&str]| {
        let mut command = tokio::process::Command::new(PROGRAM);
        command.arg("processes").args(arguments).arg("--folder").arg(&bed.folder);
        async move { command.output().await.unwrap() }
    };
    let seen = String::from_utf8(run(&["status"]).await.stdout).unwrap();
    let line = seen.lines().find(|line| line.starts_with("green-1")).unwrap();
    assert!(line.contains(&first.id.pid.to_string()) && line.contains("1.0.0 (000000000000)"), "{seen}");
    assert!(run(&["restart", "green-1"]).await.status.success());
    bed.runs_other("green-1", "1.0.0", Some(&first)).await;
    let refused = run(&["restart", "green-7"]).await;
    assert!(!refused.status.success());
    assert!(String::from_utf8(refused.stderr).unwrap().contains("green-7 does not exist"));
    assert!(ProcessId::of(first.id.pid) != Some(first.id));
    assert_eq!(census::applications(&bed.folder).len(), 1);
}
