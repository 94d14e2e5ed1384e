//! Checks over HTTP: every verdict, and everything that a server may do instead of answering.

use std::sync::Arc;
use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock};
use changeover::ports::Check;
use events::check::{Reading, Verdict};
use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;

use crate::server::{Server, answering, nobody, raw};
use crate::{PIN, check, subject};

const PATIENCE: Duration = Duration::from_secs(10);

fn health(more: &str) -> Result<Arc<dyn Check>, toml::de::Error> {
    check("http", &format!("name = \"health\"\npath = \"/health\"\n{more}"))
}

async fn read(base: &str, more: &str, patience: Duration) -> Reading {
    health(more).unwrap().read(&subject(base), patience).await
}

fn right(body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    Response::builder().header("X-Release", PIN).body(Full::new(body.into())).unwrap()
}

async fn healthy(body: impl Into<Bytes>) -> Server {
    let body: Bytes = body.into();
    answering(Duration::ZERO, move |_| right(body.clone())).await
}

#[tokio::test]
async fn the_right_release_that_is_well_passes() {
    let server = healthy(r#"{"status":"ok","database":{"lag":0}}"#).await;
    let more = "within = \"5s\"\nbody_contains = \"database\"\njson = { \"/status\" = \"ok\", \"/database/lag\" = 0 }";
    let reading = read(&server.base, more, PATIENCE).await;
    assert_eq!(reading.verdict, Verdict::Pass, "{reading}");
    assert_eq!(reading.subject, "green-1");
    assert_eq!(
        reading.limit,
        format!(
            "200 within 5s, x-release {}, a body with \"database\", /database/lag = 0, /status = \"ok\"",
            &PIN[..12]
        )
    );
    assert!(reading.value.starts_with("200 in "), "{reading}");
    assert!(reading.value.ends_with(" ms, release 0123456789abcdef0123456789abcdef01234567, the body contains it, /database/lag = 0, /status = \"ok\""), "{reading}");
}

#[tokio::test]
async fn another_release_or_none_fails() {
    let other =
        answering(Duration::ZERO, |_| Response::builder().header("X-Release", "1.41.0").body(Full::default()).unwrap())
            .await;
    let reading = read(&other.base, "", PATIENCE).await;
    assert_eq!(reading.verdict, Verdict::Fail);
    assert!(reading.value.ends_with("release 1.41.0"), "{reading}");
    assert_eq!(read(&other.base, "release_is = \"ignored\"", PATIENCE).await.verdict, Verdict::Pass);

    let named =
        answering(Duration::ZERO, |_| Response::builder().header("X-Version", "1.42.0").body(Full::default()).unwrap())
            .await;
    let reading = read(&named.base, "", PATIENCE).await;
    assert_eq!((reading.verdict, reading.value.ends_with("no header x-release")), (Verdict::Fail, true), "{reading}");
    let by_name = "release_is = \"name\"\nrelease_header = \"X-Version\"";
    assert_eq!(read(&named.base, by_name, PATIENCE).await.verdict, Verdict::Pass);

    // Two releases behind one address, as a broken proxy tells it.
    let both = answering(Duration::ZERO, |_| {
        Response::builder().header("X-Release", PIN).header("X-Release", "1.41.0").body(Full::default()).unwrap()
    })
    .await;
    assert_eq!(read(&both.base, "", PATIENCE).await.verdict, Verdict::Fail);
    let garbled = answering(Duration::ZERO, |_| {
        Response::builder().header("X-Release", &b"\xff\xfe"[..]).body(Full::default()).unwrap()
    })
    .await;
    assert_eq!(read(&garbled.base, "", PATIENCE).await.verdict, Verdict::Fail);
}

#[tokio::test]
async fn only_the_wanted_status_passes_and_no_redirect_is_followed() {
    let server = answering(Duration::ZERO, |request| {
        if request.uri().path() == "/health" {
            let redirect = Response::builder().status(302).header("Location", "/login").header("X-Release", PIN);
            redirect.body(Full::default()).unwrap()
        } else {
            right("")
        }
    })
    .await;
    let reading = read(&server.base, "", PATIENCE).await;
    assert_eq!(reading.verdict, Verdict::Fail);
    assert!(reading.value.starts_with("302 to /login in "), "{reading}");
    assert_eq!(read(&server.base, "status = 302", PATIENCE).await.verdict, Verdict::Pass);
    for status in [201, 204, 404, 500, 503] {
        let server = answering(Duration::ZERO, move |_| {
            Response::builder().status(status).header("X-Release", PIN).body(Full::default()).unwrap()
        })
        .await;
        assert_eq!(read(&server.base, "", PATIENCE).await.verdict, Verdict::Fail, "{status}");
    }
}

#[tokio::test]
async fn a_slow_answer_fails_with_its_time_and_none_at_all_too() {
    let server = answering(Duration::from_millis(300), |_| right("")).await;
    let reading = read(&server.base, "within = \"100ms\"", PATIENCE).await;
    assert_eq!(reading.verdict, Verdict::Fail);
    let took: u64 = reading.value.split(' ').nth(2).unwrap().parse().unwrap();
    assert!(took >= 300, "{reading}");
    assert_eq!(read(&server.base, "within = \"9s\"", PATIENCE).await.verdict, Verdict::Pass);

    let clock = SystemClock::new();
    let reading = read(&server.base, "", Duration::from_millis(100)).await;
    assert_eq!(reading.verdict, Verdict::Fail);
    assert!(reading.value.starts_with("no answer in 1"), "{reading}");
    let silent = raw(Vec::new(), false).await;
    assert_eq!(read(&silent.base, "", Duration::from_millis(100)).await.verdict, Verdict::Fail);
    let halfway =
        raw(format!("HTTP/1.1 200 OK\r\nX-Release: {PIN}\r\nContent-Length: 9\r\n\r\nok").into(), false).await;
    let reading = read(&halfway.base, "", Duration::from_millis(100)).await;
    assert_eq!(reading.verdict, Verdict::Fail);
    assert!(reading.value.ends_with("timed out after 2 bytes"), "{reading}");
    assert!(clock.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn nobody_there_and_a_broken_connection_fail() {
    let reading = read(&nobody().await, "", PATIENCE).await;
    assert_eq!(reading.verdict, Verdict::Fail);
    assert!(reading.value.contains("refused"), "{reading}");

    let reset = raw(Vec::new(), true).await;
    let reading = read(&reset.base, "", PATIENCE).await;
    assert_eq!(reading.verdict, Verdict::Fail);
    assert!(reading.value.contains("reset") || reading.value.contains("closed"), "{reading}");

    let halfway = raw(format!("HTTP/1.1 200 OK\r\nX-Release: {PIN}\r\nContent-Length: 9\r\n\r\nok").into(), true).await;
    let reading = read(&halfway.base, "", PATIENCE).await;
    assert_eq!(reading.verdict, Verdict::Fail, "{reading}");
    assert!(reading.value.contains("broke off"), "{reading}");

    let garbage = raw(b"SSH-2.0-OpenSSH_9.7\r\n\r\n".to_vec(), false).await;
    assert_eq!(read(&garbage.base, "", PATIENCE).await.verdict, Verdict::Fail);
}

#[tokio::test]
async fn what_the_body_must_say_is_held_against_what_it_says() {
    let server = healthy(r#"{"status":"degraded"}"#).await;
    let verdict = async |more: &str| read(&server.base, more, PATIENCE).await.verdict;
    assert_eq!(verdict("json = { \"/status\" = \"ok\" }").await, Verdict::Fail);
    assert_eq!(verdict("json = { \"/database\" = \"ok\" }").await, Verdict::NoEvidence);
    assert_eq!(verdict("json = { \"/status\" = \"degraded\" }").await, Verdict::Pass);
    assert_eq!(verdict("body_contains = \"ok\"").await, Verdict::Fail);
    // A failure outweighs what could not be judged.
    assert_eq!(verdict("json = { \"/status\" = \"ok\", \"/database\" = \"ok\" }").await, Verdict::Fail);
    assert_eq!(verdict("json = { \"/database\" = \"ok\" }\nstatus = 201").await, Verdict::Fail);

    let page = healthy("<html>").await;
    let reading = read(&page.base, "json = { \"/status\" = \"ok\" }", PATIENCE).await;
    assert_eq!(reading.verdict, Verdict::NoEvidence);
    assert!(reading.value.contains("the body is not JSON"), "{reading}");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_only_bytes() {
    let server = healthy(&b"\xff\xfeok\xff"[..]).await;
    assert_eq!(read(&server.base, "body_contains = \"ok\"", PATIENCE).await.verdict, Verdict::Pass);
    assert_eq!(read(&server.base, "json = { \"/x\" = 1 }", PATIENCE).await.verdict, Verdict::NoEvidence);
}

#[tokio::test]
async fn a_huge_body_is_read_in_part_and_judged_by_that_part_only() {
    let mut body = b"early ".to_vec();
    body.resize(50_000_000, b'x');
    body.extend(b" late");
    let server = healthy(body).await;
    let clock = SystemClock::new();
    assert_eq!(read(&server.base, "body_contains = \"early\"", PATIENCE).await.verdict, Verdict::Pass);
    let reading = read(&server.base, "body_contains = \"late\"", PATIENCE).await;
    assert_eq!(reading.verdict, Verdict::NoEvidence);
    assert!(reading.value.ends_with("not in the first 65536 bytes of the body"), "{reading}");
    assert_eq!(read(&server.base, "json = { \"/x\" = 1 }", PATIENCE).await.verdict, Verdict::NoEvidence);
    assert!(clock.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn the_host_and_the_headers_are_sent_and_a_secret_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "hunter2").unwrap();
    let server = answering(Duration::ZERO, |request| {
        let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap());
        let is_right = header("host") == Some("shop.example")
            && header("authorization") == Some("hunter2")
            && header("x-probe") == Some("1")
            && request.uri() == "/health?deep=1";
        if is_right { right("") } else { Response::builder().status(400).body(Full::default()).unwrap() }
    })
    .await;
    let more = |path: &str| {
        format!(
            "name = \"health\"\npath = \"/health?deep=1\"\nhost = \"shop.example\"\n\
             headers = {{ Authorization = {{ file = {path:?} }}, X-Probe = \"1\" }}"
        )
    };
    let reading = async |path: &std::path::Path| {
        let check = check("http", &more(path.to_str().unwrap())).unwrap();
        check.read(&subject(&server.base), PATIENCE).await
    };
    assert_eq!(reading(&path).await.verdict, Verdict::Pass);
    std::fs::write(&path, "hunter2\nX-Evil: 1").unwrap();
    let bad = reading(&path).await;
    assert_eq!(bad.verdict, Verdict::NoEvidence);
    assert!(!bad.to_string().contains("hunter2"), "{bad}");
    let missing = reading(&folder.path().join("none")).await;
    assert_eq!(missing.verdict, Verdict::NoEvidence);
    assert!(missing.value.starts_with("the header Authorization cannot be sent: "), "{missing}");
}

#[test]
fn settings_that_cannot_be_are_refused_with_a_sentence() {
    for (more, wanted) in [
        ("within = 500", "500 has no unit"),
        ("body_contain = \"x\"", "unknown field `body_contain`"),
        ("json = { status = \"ok\" }", "must start with /"),
        ("headers = { \"a b\" = \"x\" }", "the name of a header"),
        ("host = \"a\\nb\"", "the value of a header"),
    ] {
        let text = health(more).err().unwrap().to_string();
        assert!(text.contains(wanted), "{text}");
    }
    let text = check("http", "name = \"x\"\npath = \"//other/\"").err().unwrap().to_string();
    assert!(text.contains("a path must start with one /"), "{text}");
    assert!(check("telepathy", "name = \"x\"").is_err());
}
