//! What a server answers to a check.

use std::sync::Arc;
use std::time::Duration;

use changeover::check::{Settings, furnish};
use changeover::ports::{Check, Subject};
use events::check::Verdict;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{PIN, bytes, release, wait};
use crate::target::Target;

pub(crate) const ANSWER: Target = Target {
    name: "http",
    rule: "a check passes on evidence only, and shows one short line of what others wrote",
    seeds,
    read,
    inputs: 400,
    longest: 150_000,
};

fn seeds() -> Vec<Vec<u8>> {
    let body = r#"{"status":"ok","note":"Pay now","database":{"lag":0}}"#;
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    bytes([
        format!("HTTP/1.1 200 OK\r\nX-Release: {PIN}\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
        format!("HTTP/1.1 200 OK\r\nx-release: {PIN}\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"),
        format!("HTTP/1.0 200 OK\r\nx-release: {PIN}\r\nx-release: {PIN}\r\n\r\n{body}"),
        format!("HTTP/1.1 302 Found\r\nLocation: /login\r\nX-Release: {PIN}\r\n\r\n"),
        format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 \r\nX-Release: \u{9b}\r\n\r\n{body}"),
    ])
}

thread_local! {
    static CHECK: Arc<dyn Check> = {
        let settings: Settings = toml::from_str(
            "[http]\nname = \"health\"\npath = \"/health\"\nbody_contains = \"Pay now\"\njson = { \"/status\" = \"ok\" }",
        ).unwrap();
        furnish(&settings).unwrap()
    };
}

fn read(input: &[u8]) -> String {
    let reading = wait(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let subject = Subject { name: "green-1".to_owned(), base, release: Some(release()) };
        let check = CHECK.with(Arc::clone);
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            // A client that has heard enough goes away.
            let _ = stream.write_all(input).await;
            let _ = stream.shutdown().await;
            let _ = stream.read(&mut request).await;
        };
        tokio::join!(serve, check.read(&subject, Duration::from_secs(20))).1
    });
    assert!(!reading.value.is_empty() && reading.value.len() < 4_000, "{reading}");
    assert!(!reading.to_string().chars().any(char::is_control), "{reading:?}");
    if reading.verdict == Verdict::Pass {
        let holds = |part: &str| input.windows(part.len()).any(|it| it == part.as_bytes());
        // A body in chunks may be cut anywhere.
        let is_whole = !input.to_ascii_lowercase().windows(7).any(|it| it == b"chunked");
        assert!(holds("200") && holds(PIN) && (!is_whole || holds("Pay now")), "{reading}");
    }
    format!("{:?} {}", reading.verdict, reading.value)
}
