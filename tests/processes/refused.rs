//! What the supervisor will not do.

use std::net::TcpListener;

use changeover::supervisor::control::{Answer, Request};
use events::color::Color;
use events::fault::FaultKind;

use crate::bed::Bed;

#[tokio::test]
async fn a_second_supervisor_of_a_folder_is_refused() {
    let bed = Bed::new(&["/bin/sleep", "1000"]).started().await;
    let second = tokio::process::Command::from(bed.supervise()).stderr(std::process::Stdio::piped()).output();
    let second = second.await.unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    let pid = bed.supervisor.as_ref().unwrap().id();
    assert!(said.contains("runs in") && said.contains(&format!("\"pid\":{pid}")), "{said}");
    bed.grow(Color::Green, 1).await;
}

#[tokio::test]
async fn a_damaged_record_is_refused_with_its_place_and_left_as_it_is() {
    for (damage, place) in [
        ("{\n  \"version\": 1,\n  \"boot\": 7", "line 3 column"),
        (r#"{"version":2,"boot":"x","slots":{}}"#, "version 2 is not 1"),
        (r#"{"version":1,"boot":"x","slots":{"../x":{}}}"#, "is not a slot"),
        ("", "line 1 column 0"),
    ] {
        let bed = Bed::new(&["/bin/sleep", "1000"]);
        let path = bed.folder.join("supervisor.json");
        std::fs::write(&path, damage).unwrap();
        let mut command = tokio::process::Command::from(bed.supervise());
        let refused = command.stderr(std::process::Stdio::piped()).output().await.unwrap();
        assert!(!refused.status.success());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("supervisor.json: ") && said.contains(place), "{damage}: {said}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), damage);
    }
}

#[tokio::test]
async fn a_port_in_use_is_not_given_to_a_slot() {
    let bed = Bed::new(&["/bin/sleep", "1000"]).started().await;
    let ports: Vec<u16> = bed.settings.ports.iter().collect();
    let taken = TcpListener::bind(("0.0.0.0", *ports.first().unwrap())).unwrap();
    bed.grow(Color::Green, 2).await;
    let given: Vec<u16> = bed.status().await.slots.iter().map(|it| it.port).collect();
    assert!(given.iter().all(|port| ports.contains(port) && *port != taken.local_addr().unwrap().port()), "{given:?}");
    assert_eq!(given.len(), 2);
    let refused = bed.ask(&Request::Grow { color: Color::Green, count: 60 }).await;
    let Some(Answer::Refused(fault)) = refused else { panic!("{refused:?}") };
    assert_eq!(fault.kind, FaultKind::Lasting);
    assert_eq!(bed.status().await.slots.len(), 2, "all or none");
}

#[tokio::test]
async fn a_line_that_is_no_request_is_answered() {
    let bed = Bed::new(&["/bin/sleep", "1000"]).started().await;
    let socket = changeover::supervisor::socket(&bed.folder);
    for line in [r#"{"ask":"explode"}"#, r#"{"ask":"grow","color":"red","count":1}"#, r#"{"ask":"stop","now":true}"#] {
        let request: serde_json::Value = serde_json::from_str(line).unwrap();
        let answer: Answer = changeover::control::ask(&socket, &request, crate::bed::PATIENCE).await.unwrap();
        assert!(matches!(answer, Answer::Refused(_)), "{line}: {answer:?}");
    }
    bed.grow(Color::Green, 1).await;
}
