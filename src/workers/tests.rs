//! Programs that pause and start workers, run for real.

use std::path::Path;

use events::color::Color;
use events::fault::FaultKind;
use events::intent::Work;

use super::command::{CommandWorkers, Settings};
use crate::ports::{EffectKey, Workers as _};

/// Workers of a folder: `working-COLOR` is there while they work.
fn workers(folder: &Path, more: &str) -> CommandWorkers {
    let at = folder.display();
    let text = format!(
        r#"
        pause = ["sh", "-c", "rm -f {at}/working-$0; echo pause $0 >> {at}/asked", "{{color}}"]
        start = ["sh", "-c", "touch {at}/working-$0; echo start $0 >> {at}/asked", "{{color}}"]
        {more}
        "#
    );
    CommandWorkers::new(toml::from_str::<Settings>(&text).unwrap(), folder)
}

fn key(text: &str) -> EffectKey {
    EffectKey(text.to_owned())
}

#[tokio::test]
async fn what_they_do_is_what_the_look_says() {
    let folder = tempfile::tempdir().unwrap();
    for (code, expected) in
        [(0, Ok(Work::Running)), (1, Ok(Work::Paused)), (3, Ok(Work::Paused)), (2, Ok(Work::Partly))]
    {
        let workers = workers(folder.path(), &format!("look = [\"sh\", \"-c\", \"exit {code}\"]"));
        assert_eq!(workers.look(Color::Blue).await, expected, "{code}");
    }
    let unsure = workers(folder.path(), "look = [\"sh\", \"-c\", \"echo no such unit; exit 4\"]");
    let fault = unsure.look(Color::Blue).await.unwrap_err();
    assert_eq!((fault.kind, fault.text.ends_with("exit code 4 no such unit")), (FaultKind::Passing, true), "{fault}");
    assert_eq!(workers(folder.path(), "").look(Color::Blue).await, Ok(Work::Unseen));
}

#[tokio::test]
async fn where_nobody_can_look_an_ask_counts_once_its_program_has_ended_well() {
    let folder = tempfile::tempdir().unwrap();
    let both = workers(folder.path(), "");
    let (first, second) = (key("shop/production/7/8"), key("shop/production/9/8"));
    assert_eq!(both.answered(Color::Blue, &first).await, Ok(Work::Unseen));
    both.pause(Color::Blue, &first).await.unwrap();
    assert_eq!(both.answered(Color::Blue, &first).await, Ok(Work::Paused));
    assert_eq!(both.answered(Color::Blue, &second).await, Ok(Work::Unseen), "another run asks for itself");
    assert_eq!(both.answered(Color::Blue, &key("shop/production/7/80")).await, Ok(Work::Unseen));
    assert_eq!(both.answered(Color::Green, &first).await, Ok(Work::Unseen));
    both.start(Color::Blue, &key("shop/production/7/8/back")).await.unwrap();
    assert_eq!(both.answered(Color::Blue, &first).await, Ok(Work::Running));
    let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
    assert_eq!(asked, "pause blue\nstart blue\n");
}

#[tokio::test]
async fn a_program_that_fails_or_hangs_is_ended_and_says_why_and_its_secrets_stay_unsaid() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "hunter22").unwrap();
    let text = format!(
        r#"
        pause = ["sh", "-c", "echo the queue of $0 is locked by $TOKEN; exit 7", "{{color}}"]
        start = ["sh", "-c", "setsid sleep 600 & wait"]
        timeout = "300ms"
        env = {{ TOKEN = {{ file = "{}" }} }}
        "#,
        secret.display()
    );
    let workers = CommandWorkers::new(toml::from_str::<Settings>(&text).unwrap(), folder.path());
    let asked = key("shop/production/7/8");
    let fault = workers.pause(Color::Blue, &asked).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Passing);
    assert!(fault.text.starts_with("sh ended with exit code 7; it said last:\nthe queue of blue is locked"), "{fault}");
    assert!(!fault.text.contains("hunter22"), "{fault}");
    let fault = workers.start(Color::Blue, &asked).await.unwrap_err();
    assert!(fault.text.starts_with("sh did not end within 300ms and was killed"), "{fault}");
    assert_eq!(workers.answered(Color::Blue, &asked).await, Ok(Work::Unseen));
    let mark = folder.path().join("workers/blue").join(&asked.0).display().to_string();
    assert!(crate::strays::find(&mark).is_empty(), "what moved to a session of its own is gone too");
}

#[tokio::test]
async fn what_a_dead_bot_was_asking_is_ended_and_what_was_started_well_stays() {
    let folder = tempfile::tempdir().unwrap();
    // What is still in the program's process group when it ends is ended with it.
    let is_on_its_own = r#"until [ \"$(cut -d ' ' -f 6 /proc/$!/stat)\" = $! ]; do :; done"#;
    let start = format!(r#"start = ["sh", "-c", "setsid sleep 600 > /dev/null 2>&1 & {is_on_its_own}"]"#);
    let text = format!("pause = [\"true\"]\n{start}");
    let workers = CommandWorkers::new(toml::from_str::<Settings>(&text).unwrap(), folder.path());
    let asked = key("shop/production/7/8");
    workers.start(Color::Blue, &asked).await.unwrap();
    let mark = folder.path().join("workers/blue").join(&asked.0).display().to_string();
    let started = crate::strays::find(&mark);
    assert_eq!(started.len(), 1, "a worker that was started goes on");
    workers.pause(Color::Blue, &key("shop/production/9/8")).await.unwrap();
    assert_eq!(crate::strays::find(&mark), started, "and is for the program to pause, not for us to kill");
    // As a bot leaves it that was killed while the program ran.
    let file = folder.path().join("workers/blue.json");
    std::fs::write(&file, format!(r#"{{"key":"{}","wanted":"running","is_done":false}}"#, asked.0)).unwrap();
    workers.pause(Color::Blue, &asked).await.unwrap();
    assert!(crate::strays::find(&mark).is_empty());
}
