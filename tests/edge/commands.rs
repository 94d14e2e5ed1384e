//! What a person types, and lines that are not requests.

use std::process::Output;

use changeover::process::ProcessId;
use events::color::Color;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::{get, read_until};

async fn type_in(balancer: &Balancer, words: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_changeover"));
    command.arg("edge").args(words).arg("--socket").arg(balancer.socket()).kill_on_drop(true);
    crate::soon("the command has ended", command.output()).await.unwrap()
}

async fn succeeds(balancer: &Balancer, words: &[&str]) -> String {
    let output = type_in(balancer, words).await;
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

async fn fails(balancer: &Balancer, words: &[&str]) -> String {
    let output = type_in(balancer, words).await;
    assert!(!output.status.success(), "{words:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn a_person_moves_traffic_without_the_bot() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    succeeds(&balancer, &["weights", "blue=0", "green=100"]).await;
    assert_eq!(get(balancer.plain, "/").await.text, "green");
    succeeds(&balancer, &["weights", "green=25%"]).await;
    assert_eq!(balancer.status().await.weights.of(Color::Green), 25);
    for bad in [&["weights", "blue=50", "green=60"][..], &["weights", "blue=50", "blue=50"], &["weights", "green=101"]]
    {
        fails(&balancer, bad).await;
    }
    assert_eq!(balancer.status().await.weights.of(Color::Green), 25);

    succeeds(&balancer, &["pause", "--key", "by-hand", "--budget", "60s", "--on-expiry", "reject"]).await;
    let said = succeeds(&balancer, &["status"]).await;
    assert!(said.contains("weights: blue 75 %, green 25 %"), "{said}");
    assert!(said.contains(&format!("  blue at {}: healthy (200 in ", blue.address)), "{said}");
    assert!(said.contains("paused by by-hand until "), "{said}");
    let refused = fails(&balancer, &["resume", "--key", "other"]).await;
    assert!(refused.contains("the pause is one of by-hand, not of other"), "{refused}");
    succeeds(&balancer, &["resume"]).await;

    let member = format!("fresh={}", blue.address);
    succeeds(&balancer, &["members", "green", &member]).await;
    let status: serde_json::Value =
        serde_json::from_str(&succeeds(&balancer, &["status", "--format", "json"]).await).unwrap();
    assert_eq!(status["members"]["green"][0]["member"]["machine"], "fresh");
    let refused = fails(&balancer, &["members", "green", "a=10.0.0.1"]).await;
    assert!(refused.contains("\"10.0.0.1\" of a is not host:port"), "{refused}");
    let refused = fails(&balancer, &["members", "green", &member, &member]).await;
    assert!(refused.contains("fresh is named twice"), "{refused}");
    fails(&balancer, &["members", "green"]).await;
    succeeds(&balancer, &["members", "green", "--none"]).await;
    assert_eq!(balancer.status().await.members.green, []);
}

#[tokio::test]
async fn a_line_that_is_not_a_request_is_answered_and_changes_nothing() {
    let balancer = Balancer::start(&[]).await;
    let mut stream = UnixStream::connect(balancer.socket()).await.unwrap();
    for line in [
        "hello",
        "{}",
        r#"{"ask":"weights","weights":{"blue":0,"green":0},"key":null}"#,
        r#"{"ask":"weights","weights":{"blue":0,"green":100},"key":null,"force":true}"#,
        r#"{"ask":"members","color":"red","members":[],"key":null}"#,
        r#"{"ask":"pause","budget_ms":-1,"on_expiry":"release","key":"k"}"#,
        r#"{"ask":"explode"}"#,
    ] {
        stream.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        read_until(&mut stream, "\n", &mut answer).await;
        assert!(answer.contains(r#"{"answer":"error","sentence":"this is not a request: "#), "{line}: {answer}");
    }
    assert_eq!(balancer.status().await.weights.of(Color::Green), 0);
}

#[tokio::test]
async fn the_process_is_written_down_beside_the_socket() {
    let balancer = Balancer::start(&[]).await;
    let note = std::fs::read(balancer.folder.path().join("edge.pid")).unwrap();
    let process: ProcessId = serde_json::from_slice(&note).unwrap();
    assert!(process.is_alive());
    assert_eq!(process, balancer.status().await.process);
    assert_eq!(u32::try_from(process.pid).unwrap(), balancer.pid());
}

#[tokio::test]
async fn what_cannot_be_written_is_not_put_in_force_except_the_end_of_a_pause() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    succeeds(&balancer, &["pause", "--key", "by-hand"]).await;
    // A folder in its place: the temporary file cannot be made.
    std::fs::create_dir(balancer.state_file().with_added_extension("new")).unwrap();
    let refused = fails(&balancer, &["weights", "green=100"]).await;
    assert!(refused.contains("cannot be written"), "{refused}");
    assert_eq!(balancer.status().await.weights.of(Color::Green), 0);
    let complaint = fails(&balancer, &["resume"]).await;
    assert!(complaint.contains("requests flow again, but a restart would not know it"), "{complaint}");
    assert_eq!(get(balancer.plain, "/").await.text, "blue");
}
