//! Slash commands over HTTP: signed, verified, on disk, answered; beside Bolt for Node and for Python, which verify and answer.
//!
//! `cargo bench --bench chat`. Then 50 a second for a while, as a run is in progress, on a disk that takes 20 ms for a sync.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on stops")]

#[path = "../tests/slack/bed.rs"]
#[expect(dead_code, reason = "not everything of the tests is needed here")]
mod bed;
#[path = "../tests/slack/fake/mod.rs"]
#[expect(dead_code, reason = "not everything of the tests is needed here")]
mod fake;
#[path = "../tests/guard/mod.rs"]
mod guard;
#[path = "../tests/kit/mod.rs"]
#[expect(dead_code, unused_imports, reason = "not everything of the kit is needed here")]
mod kit;
#[path = "../tests/slack/peer.rs"]
#[expect(dead_code, reason = "not everything of the tests is needed here")]
mod peer;
#[path = "../tests/shim/mod.rs"]
mod shim;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock, pause};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use bed::{Bed, SECRET, Signer, body};
use fake::Fake;
use peer::Peer;

/// How many requests a server gets, over so many connections: fewer than may wait to be decided.
const COUNT: usize = 900;
const CONNECTIONS: usize = 16;
/// How long the steady part lasts, and how many requests a second it has.
const STEADY_SECONDS: usize = 16;
const RATE: usize = 50;

/// A request that was signed before the clock runs.
struct Signed {
    body: Bytes,
    signature: String,
    time: String,
}

#[tokio::main]
async fn main() {
    println!("{:<44} {:>9} {:>9} {:>9}", format!("{CONNECTIONS} connections"), "req/s", "p50 ms", "p99 ms");
    for (name, script) in
        [("bolt for node, nothing kept", "bolt_http.js"), ("bolt for python, nothing kept", "bolt_http.py")]
    {
        let fake = Fake::start().await;
        let port = kit::ports();
        let mut peer = Peer::server(script, &fake, port);
        assert_eq!(peer.tells().await, "started");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        run(name, address, "/slack/events", requests(&fake, COUNT).await).await;
    }
    let bed = Bed::http().await;
    run("changeover, each on disk before its answer", bed.endpoint, "/slack", requests(&bed.fake, COUNT).await).await;
    let one = requests(&bed.fake, 1).await.pop().unwrap();
    let again =
        (0..COUNT).map(|_| Signed { body: one.body.clone(), signature: one.signature.clone(), time: one.time.clone() });
    run("changeover, one delivery again and again", bed.endpoint, "/slack", again.collect()).await;
    drop(bed.shop.command(&["edge", "stop", "--socket", "changeover.d/shop.demo/edge/edge.sock"]).await);
    bed.shop.end().await;
    steady().await;
}

/// Orders that turn something back: no two by one person, none that has to wait for another.
async fn requests(fake: &Fake, count: usize) -> Vec<Signed> {
    let mut signer = Signer::start();
    let mut requests = Vec::new();
    for at in 0..count {
        let mut command = fake.command("/changeover", "abort shop/demo: not now");
        command["user_id"] = format!("U{at:06}").into();
        let body = body(&command);
        let (signature, time) = signer.sign(SECRET, &body, 0).await;
        requests.push(Signed { body: body.into(), signature, time });
    }
    requests
}

/// Sends them all, as fast as they are answered.
async fn run(name: &str, address: SocketAddr, path: &'static str, requests: Vec<Signed>) {
    let clock = SystemClock::new();
    let requests = Arc::new(std::sync::Mutex::new(requests));
    let began = clock.elapsed();
    let mut senders = Vec::new();
    for _ in 0..CONNECTIONS {
        let requests = requests.clone();
        senders.push(tokio::spawn(async move {
            let mut connection = connect(address).await;
            let mut times = Vec::new();
            loop {
                let Some(request) = requests.lock().unwrap().pop() else { return times };
                times.push(send(&mut connection, &clock, path, request).await);
            }
        }));
    }
    let mut times = Vec::new();
    for sender in senders {
        times.extend(sender.await.unwrap());
    }
    let took = clock.elapsed().saturating_sub(began);
    report(name, took, times);
}

/// So many a second, each on time, whatever became of the ones before.
async fn steady() {
    let bed = Bed::http_on(Some(20)).await;
    bed.shop.say("deploy shop@v1 to demo").await;
    let requests = requests(&bed.fake, RATE * STEADY_SECONDS).await;
    let clock = SystemClock::new();
    let began = clock.elapsed();
    let mut sent = Vec::new();
    for (at, request) in requests.into_iter().enumerate() {
        let due = Duration::from_secs(1) * u32::try_from(at).unwrap() / u32::try_from(RATE).unwrap();
        pause((began + due).saturating_sub(clock.elapsed())).await;
        let address = bed.endpoint;
        sent.push(tokio::spawn(async move {
            let mut connection = connect(address).await;
            send(&mut connection, &clock, "/slack", request).await
        }));
    }
    let mut times = Vec::new();
    for sent in sent {
        times.push(sent.await.unwrap());
    }
    report("50 a second, a run in progress, syncs of 20 ms", clock.elapsed().saturating_sub(began), times);
    bed.shop.end().await;
}

async fn connect(address: SocketAddr) -> http1::SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Sends one, and gives how long its answer took.
async fn send(
    connection: &mut http1::SendRequest<Full<Bytes>>,
    clock: &SystemClock,
    path: &str,
    request: Signed,
) -> Duration {
    let request = hyper::Request::post(path)
        .header("host", "changeover.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-slack-signature", request.signature)
        .header("x-slack-request-timestamp", request.time)
        .body(Full::new(request.body))
        .unwrap();
    let began = clock.elapsed();
    connection.ready().await.unwrap();
    let response = connection.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let said = response.into_body().collect().await.unwrap().to_bytes();
    let took = clock.elapsed().saturating_sub(began);
    assert!(!String::from_utf8_lossy(&said).contains("Nothing was done"), "it was not kept");
    took
}

fn report(name: &str, took: Duration, mut times: Vec<Duration>) {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    let rate = f64::from(u32::try_from(times.len()).unwrap()) / took.as_secs_f64();
    println!("{name:<44} {rate:>9.0} {:>9.2} {:>9.2}", at(50), at(99));
}
