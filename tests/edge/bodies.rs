//! Bodies: streamed, never held.

use std::time::Duration;

use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::{Client, get_request, raw, read_until};
use crate::soon;

/// 200 MB.
const PIECE_COUNT: usize = 3_200;
const PIECE_BYTES: usize = 64 * 1024;
const GROWTH_LIMIT_KB: u64 = 20_000;

#[tokio::test]
async fn a_large_answer_is_not_held_in_memory() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let before_kb = balancer.memory_kb("VmRSS");
    let mut client = Client::connect(balancer.plain).await;
    let mut body = client.send(get_request(&format!("/big?{PIECE_COUNT}"), &[])).await.unwrap().into_body();
    // A client that does not read yet must not make the balancer read for it.
    changeover::clock::pause(Duration::from_millis(300)).await;
    let mut size = 0;
    while let Some(frame) = soon("the next part", body.frame()).await {
        size += frame.unwrap().into_data().unwrap().len();
    }
    assert_eq!(size, PIECE_COUNT * PIECE_BYTES);
    let grown_kb = balancer.memory_kb("VmHWM").saturating_sub(before_kb);
    assert!(grown_kb < GROWTH_LIMIT_KB, "grew by {grown_kb} kB");
}

#[tokio::test]
async fn a_large_upload_is_not_held_in_memory() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let before_kb = balancer.memory_kb("VmRSS");
    let mut stream = TcpStream::connect(balancer.plain).await.unwrap();
    let size = PIECE_COUNT * PIECE_BYTES;
    let head = format!("POST /size HTTP/1.1\r\nhost: shop\r\ncontent-length: {size}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b'x'; PIECE_BYTES];
    for _ in 0..PIECE_COUNT {
        soon("a part is taken", stream.write_all(&piece)).await.unwrap();
    }
    let mut text = String::new();
    read_until(&mut stream, &size.to_string(), &mut text).await;
    assert!(text.contains(&size.to_string()), "{text}");
    let grown_kb = balancer.memory_kb("VmHWM").saturating_sub(before_kb);
    assert!(grown_kb < GROWTH_LIMIT_KB, "grew by {grown_kb} kB");
}

#[tokio::test]
async fn parts_of_an_answer_arrive_before_its_end() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let mut client = Client::connect(balancer.plain).await;
    let mut body = client.send(get_request("/parts", &[])).await.unwrap().into_body();
    for number in 0..3 {
        blue.let_go();
        let frame = soon("the part", body.frame()).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), format!("part {number};").as_bytes());
        if number < 2 {
            assert_eq!(balancer.status().await.users.blue.in_flight, 1, "not answered completely");
        }
    }
    assert!(soon("the end", body.frame()).await.is_none());
    balancer.until_in_flight(events::color::Color::Blue, 0).await;
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let get = "GET /trailers HTTP/1.1\r\nhost: shop\r\nte: trailers\r\n\r\n";
    let answer = raw(balancer.plain, get, "x-sum: 42\r\n\r\n").await;
    assert!(answer.contains("x-sum: 42\r\n\r\n"), "{answer}");
    let post = "POST /size HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n\
                4\r\nbody\r\n0\r\nx-sum: 99\r\n\r\n";
    let answer = raw(balancer.plain, post, "4 99").await;
    assert!(answer.contains("4 99"), "{answer}");
}

#[tokio::test]
async fn a_client_that_asks_whether_to_go_on_is_told_to() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let mut stream = TcpStream::connect(balancer.plain).await.unwrap();
    let head = "POST /size HTTP/1.1\r\nhost: shop\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    read_until(&mut stream, "HTTP/1.1 100 Continue\r\n\r\n", &mut text).await;
    assert!(text.contains("100 Continue"), "{text}");
    stream.write_all(b"body").await.unwrap();
    read_until(&mut stream, "\r\n\r\n4 ", &mut text).await;
    assert!(text.contains("HTTP/1.1 200 OK") && text.contains("4 "), "{text}");
}

#[tokio::test]
async fn a_request_body_that_stops_is_given_up() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&["--answer-timeout", "100ms"], &blue, &green).await;
    let post = "POST /size HTTP/1.1\r\nhost: shop\r\ncontent-length: 10\r\n\r\nhalf";
    let answer = raw(balancer.plain, post, "completely").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    balancer.until_in_flight(events::color::Color::Blue, 0).await;
}

#[tokio::test]
async fn a_member_that_falls_silent_is_given_up() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&["--answer-timeout", "100ms"], &blue, &green).await;
    blue.let_go();
    let mut stream = TcpStream::connect(balancer.plain).await.unwrap();
    stream.write_all(b"GET /parts HTTP/1.1\r\nhost: shop\r\n\r\n").await.unwrap();
    let mut all = Vec::new();
    let ended = soon("the connection is closed", stream.read_to_end(&mut all)).await;
    let text = String::from_utf8(all).unwrap();
    assert!(text.contains("part 0;") && !text.ends_with("0\r\n\r\n"), "{ended:?}: cut, and seen to be cut: {text}");
    let reply = crate::client::get(balancer.plain, "/held").await;
    assert_eq!((reply.status, reply.text.as_str()), (504, "The server did not answer in time.\n"));
    balancer.until_in_flight(events::color::Color::Blue, 0).await;
}
