//! The end of a balancer, felt by nobody.

use changeover::edge::control::Request;
use events::color::Color;
use rustix::process::Signal;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::{Client, get, read_until};
use crate::until;

#[tokio::test]
async fn what_is_in_flight_is_finished() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let mut balancer = Balancer::with_two(&[], &blue, &green).await;
    let mut idle = Client::connect(balancer.plain).await;
    idle.try_get("/").await.unwrap();
    let plain = balancer.plain;
    let held = tokio::spawn(async move { get(plain, "/held").await });
    balancer.until_in_flight(Color::Blue, 1).await;
    balancer.signal(Signal::TERM);
    until("the port is closed", || async { TcpStream::connect(plain).await.is_err() }).await;
    assert!(!balancer.socket().exists(), "a successor may start");
    assert!(!balancer.folder.path().join("edge.pid").exists());
    assert!(!held.is_finished());
    blue.let_go();
    assert_eq!(held.await.unwrap().text, "blue");
    assert!(balancer.has_ended().await.success());
}

#[tokio::test]
async fn the_grace_is_the_limit() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let mut balancer = Balancer::with_two(&["--grace", "100ms"], &blue, &green).await;
    let plain = balancer.plain;
    let held = tokio::spawn(async move { Client::connect(plain).await.try_get("/held").await });
    balancer.until_in_flight(Color::Blue, 1).await;
    assert!(balancer.terminate().await.success());
    assert!(held.await.unwrap().is_err());
    assert!(balancer.log().contains("connections are cut off"), "{}", balancer.log());
}

#[tokio::test]
async fn it_stops_when_asked_over_its_socket() {
    let mut balancer = Balancer::start(&[]).await;
    balancer.done(Request::Stop {}).await;
    assert!(balancer.has_ended().await.success());
}

#[tokio::test]
async fn a_closing_terminal_changes_nothing() {
    let balancer = Balancer::start(&[]).await;
    balancer.signal(Signal::HUP);
    let status = balancer.status().await;
    assert_eq!((status.generation, u32::try_from(status.process.pid).unwrap()), (1, balancer.pid()));
}

#[tokio::test]
async fn a_request_on_its_way_is_answered_while_the_balancer_stops() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let mut balancer = Balancer::with_two(&[], &blue, &green).await;
    // Held still, so that all of it comes at once: connections that nobody accepted yet, their requests, the signal.
    balancer.signal(Signal::STOP);
    let mut streams = Vec::new();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(balancer.plain).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: shop\r\n\r\n").await.unwrap();
        streams.push(stream);
    }
    balancer.signal(Signal::TERM);
    balancer.signal(Signal::CONT);
    for stream in &mut streams {
        let mut answer = String::new();
        read_until(stream, "blue", &mut answer).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "accepted or not, its bytes were there: {answer}");
    }
    assert!(balancer.has_ended().await.success());
}
