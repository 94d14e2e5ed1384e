//! What comes over control sockets: lines in pieces, requests and answers.

use std::fmt::Debug;

use changeover::control::{LINE_LIMIT, receive};
use changeover::{console, edge, supervisor};
use futures_util::FutureExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::BufReader;

use super::bytes;
use crate::target::Target;

pub(crate) const LINES: Target = Target {
    name: "control",
    rule: "lines are the same in whatever pieces they come, and a message reads back as it is written",
    seeds,
    read,
    inputs: 6_000,
    longest: 1_100_000,
};

fn seeds() -> Vec<Vec<u8>> {
    let fault = r#"{"refused":{"kind":"passing","text":"the supervisor is ending"}}"#;
    let process = r#"{"pid":42,"started_ticks":9001}"#;
    let settings = r#"{"command":["./app","{port}"],"ports":"9000-9099","grace":"10s","env":{"KEY":{"env":"K"}}}"#;
    let slot = r#"{"slot":"green-1","port":9000,"created_at":"2026-08-10T08:00:00Z","is_leaving":false,"process":null,"restarts":1,"last_exit":{"at":"2026-08-10T08:00:00Z","outcome":{"code":1}},"trouble":"x"}"#;
    let member = r#"{"member":{"machine":"green-1","address":"127.0.0.1:9001"},"is_healthy":true,"note":"200"}"#;
    let counts = r#"{"blue":{"in_flight":1,"begun":2},"green":{"in_flight":0,"begun":0}}"#;
    let edge_status = format!(
        r#"{{"answer":"status","process":{process},"generation":1,"listening":["127.0.0.1:80"],"weights":{{"blue":95,"green":5}},"members":{{"blue":[],"green":[{member}]}},"users":{counts},"previews":{counts},"refused":0,"pause":{{"key":"k","until":"2026-08-10T08:00:00Z","on_expiry":"reject","standing":"holding"}},"waiting":0,"changed_by":null,"settings":{{"listen":"127.0.0.1:80"}}}}"#
    );
    let messages = [
        r#"{"ask":"status"}"#.to_owned(),
        r#"{"ask":"weights","weights":{"blue":95,"green":5},"key":"shop/production/7/4"}"#.to_owned(),
        r#"{"ask":"members","color":"green","members":[{"machine":"green-1","address":"127.0.0.1:9001"}],"key":null}"#
            .to_owned(),
        r#"{"ask":"pause","budget_ms":500,"on_expiry":"release","key":"k"}"#.to_owned(),
        r#"{"ask":"resume","key":null}"#.to_owned(),
        r#"{"answer":"error","sentence":"no"}"#.to_owned(),
        edge_status,
        r#"{"ask":"grow","color":"green","count":2}"#.to_owned(),
        r#"{"ask":"reduce","color":"green","keep":["green-1"]}"#.to_owned(),
        format!(r#"{{"ask":"restart","slot":"green-1","process":{process}}}"#),
        format!(r#"{{"ask":"configure","settings":{settings}}}"#),
        fault.to_owned(),
        format!(r#"{{"status":{{"supervisor":{process},"is_ending":false,"settings":{settings},"slots":[{slot}]}}}}"#),
        r#"{"say":{"line":"status","id":"1.2.3","follow":true}}"#.to_owned(),
        r#""watch""#.to_owned(),
        r#"{"said":{"text":"x","detail":{"a":[1,null]},"is_refused":false,"run":7}}"#.to_owned(),
        r#"{"ended":{"site":"shop/production","run":7,"outcome":"succeeded"}}"#.to_owned(),
    ];
    // The first byte is the size of the pieces.
    let alone = messages.iter().map(|it| format!("\u{5}{it}\n"));
    bytes(alone).into_iter().chain(bytes([format!("\u{40}{}\n", messages.join("\n"))])).collect()
}

fn read(input: &[u8]) -> String {
    let (size, stream) = input.split_first().unwrap_or((&1, &[]));
    let whole = lines(stream, usize::MAX >> 1);
    assert_eq!(lines(stream, usize::from(*size).max(1)), whole, "in pieces of {size} bytes");
    let mut known = Vec::new();
    for line in whole.iter().flatten() {
        assert!(line.len() < usize::try_from(LINE_LIMIT).unwrap());
        known.extend(same::<edge::control::Request>(line, "edge request"));
        known.extend(same::<edge::control::Answer>(line, "edge answer"));
        known.extend(same::<supervisor::control::Request>(line, "supervisor request"));
        known.extend(same::<supervisor::control::Answer>(line, "supervisor answer"));
        known.extend(same::<console::Request>(line, "console request"));
        if let Ok(answer) = serde_json::from_str::<console::Answer>(line) {
            assert!(!serde_json::to_string(&answer).unwrap().contains('\n'));
            known.push("console answer");
        }
    }
    known.sort_unstable();
    known.dedup();
    format!("{known:?} {}", whole.iter().any(Result::is_err))
}

/// Every line of a stream that comes in pieces, up to the first that is none.
fn lines(stream: &[u8], piece: usize) -> Vec<Result<String, std::io::ErrorKind>> {
    let mut reader = BufReader::with_capacity(piece.min(stream.len() + 1), stream);
    let mut lines = Vec::new();
    loop {
        match receive(&mut reader).now_or_never().expect("it is all there") {
            Ok(Some(line)) => lines.push(Ok(line)),
            Ok(None) => return lines,
            Err(error) => {
                lines.push(Err(error.kind()));
                return lines;
            }
        }
    }
}

fn same<T: DeserializeOwned + Serialize + Debug + PartialEq>(line: &str, name: &'static str) -> Option<&'static str> {
    let message = serde_json::from_str::<T>(line).ok()?;
    let written = serde_json::to_string(&message).unwrap();
    assert!(!written.contains('\n'));
    assert_eq!(serde_json::from_str::<T>(&written).unwrap(), message, "{name}: {written}");
    Some(name)
}
