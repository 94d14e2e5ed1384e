//! Requests that a first member, or a first connection, could not take.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use events::color::Color;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::{get, read_until, send};

/// An address where nobody listens.
async fn nowhere() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

fn post(text: &'static str) -> Request<Full<Bytes>> {
    Request::post("/size").header("host", "shop").body(Full::new(Bytes::from(text))).unwrap()
}

#[tokio::test]
async fn a_request_goes_to_another_member_if_the_first_cannot_be_reached() {
    let alive = Backend::start("alive").await;
    let balancer = Balancer::start(&["--health-interval", "1h"]).await;
    balancer.members_at(Color::Blue, &[nowhere().await, alive.address, nowhere().await]).await;
    for _ in 0..12 {
        assert_eq!(get(balancer.plain, "/").await.text, "alive");
        assert_eq!(send(balancer.plain, post("order")).await.text, "5 ", "any method: not a byte was sent");
    }
    assert_eq!(balancer.status().await.refused, 0);
}

#[tokio::test]
async fn a_color_of_which_nobody_can_be_reached_is_a_bad_gateway() {
    let green = Backend::start("green").await;
    let balancer = Balancer::start(&[]).await;
    balancer.members_at(Color::Blue, &[nowhere().await, nowhere().await]).await;
    balancer.members(Color::Green, &[&green]).await;
    let reply = get(balancer.plain, "/").await;
    assert_eq!((reply.status, reply.text.as_str()), (502, "No server could be reached.\n"));
    assert_eq!(green.requests(), 0, "never the color that has no weight");
}

/// A member that answers the first request of each connection and closes at the second, as one does whose keep-alive
/// time-out has just come.
struct Forgetful {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Forgetful {
    async fn start(last_words: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all_heard = Arc::clone(&heard);
        let serving = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let heard = Arc::clone(&all_heard);
                connections.spawn(async move {
                    let mut answer: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                    loop {
                        let mut text = String::new();
                        read_until(&mut stream, "\r\n\r\n", &mut text).await;
                        let line = text.lines().next().unwrap_or_default().to_owned();
                        if line.is_empty() {
                            return;
                        }
                        if !line.contains("/health") {
                            heard.lock().unwrap().push(line);
                        }
                        let _ = stream.write_all(answer).await;
                        if answer.len() != 40 {
                            return;
                        }
                        answer = last_words.as_bytes();
                    }
                });
            }
        });
        Self { address, heard, _serving: AbortOnDropHandle::new(serving) }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_request_that_may_be_repeated_is_repeated_once_if_a_kept_connection_was_closed() {
    let forgetful = Forgetful::start("").await;
    let balancer = Balancer::start(&["--health-interval", "1h"]).await;
    balancer.members_at(Color::Blue, &[forgetful.address]).await;
    let mut client = crate::client::Client::connect(balancer.plain).await;
    for _ in 0..5 {
        let reply = client.try_get("/").await.unwrap();
        assert_eq!((reply.status, reply.text.as_str()), (200, "ok"));
    }
    let repeated = forgetful.heard().len();
    assert!(
        (6..=9).contains(&repeated),
        "the member was asked {repeated} times; some requests came twice, none thrice"
    );
}

#[tokio::test]
async fn a_request_that_changes_something_is_never_sent_twice() {
    let forgetful = Forgetful::start("").await;
    let balancer = Balancer::start(&["--health-interval", "1h"]).await;
    balancer.members_at(Color::Blue, &[forgetful.address]).await;
    let mut client = crate::client::Client::connect(balancer.plain).await;
    for _ in 0..5 {
        assert_eq!(client.try_get("/").await.unwrap().status, 200);
        let response = client.send(post("order")).await.unwrap();
        assert!([200, 502].contains(&response.status().as_u16()));
        crate::client::reply(response).await.unwrap();
        assert_eq!(client.try_get("/").await.unwrap().status, 200);
        let delete = Request::delete("/1").header("host", "shop").body(Full::default()).unwrap();
        let response = client.send(delete).await.unwrap();
        assert!([200, 502].contains(&response.status().as_u16()));
        crate::client::reply(response).await.unwrap();
    }
    let count = |method| forgetful.heard().iter().filter(|line| line.starts_with(method)).count();
    assert_eq!((count("POST"), count("DELETE")), (5, 5));
}

#[tokio::test]
async fn a_request_that_changes_something_goes_over_no_connection_that_may_have_been_closed() {
    let forgetful = Forgetful::start("").await;
    let balancer = Balancer::start(&["--health-interval", "1h"]).await;
    balancer.members_at(Color::Blue, &[forgetful.address]).await;
    let mut client = crate::client::Client::connect(balancer.plain).await;
    for _ in 0..3 {
        assert_eq!(client.try_get("/").await.unwrap().status, 200);
        // What is waited for is the age of the connection; nothing tells of it.
        changeover::clock::pause(Duration::from_millis(200)).await;
        let response = client.send(post("order")).await.unwrap();
        assert_eq!(response.status(), 200);
        crate::client::reply(response).await.unwrap();
    }
}

#[tokio::test]
async fn a_kept_connection_is_closed_before_the_member_would_close_it() {
    let blue = Backend::start("blue").await;
    let balancer = Balancer::start(&["--health-interval", "1h"]).await;
    balancer.members(Color::Blue, &[&blue]).await;
    for _ in 0..3 {
        get(balancer.plain, "/").await;
    }
    assert_eq!(blue.connections(), 1, "it is kept, and used again");
    crate::until("nobody uses it, and it is closed", || async { blue.connections() == 0 }).await;
}

#[tokio::test]
async fn a_request_is_not_repeated_once_a_byte_of_the_answer_has_come() {
    let forgetful = Forgetful::start("HTTP/1.1 200 OK\r\ncont").await;
    let balancer = Balancer::start(&["--health-interval", "1h"]).await;
    balancer.members_at(Color::Blue, &[forgetful.address]).await;
    let mut client = crate::client::Client::connect(balancer.plain).await;
    assert_eq!(client.try_get("/first").await.unwrap().status, 200);
    // The connection is put back a moment after its answer was passed on.
    let mut statuses = Vec::new();
    for _ in 0..10 {
        statuses.push(client.try_get("/second").await.unwrap().status);
    }
    assert!(statuses.contains(&502), "{statuses:?}");
    let seconds = forgetful.heard().iter().filter(|line| line.starts_with("GET /second")).count();
    assert_eq!(seconds, 10, "each was sent once");
}
