//! Connections that stop speaking HTTP.

use events::color::Color;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::{get, raw, read_until};

const HELLO: &str = "GET /echo HTTP/1.1\r\nhost: shop\r\nconnection: keep-alive, Upgrade\r\nupgrade: echo\r\n\r\n";

async fn say(stream: &mut TcpStream, word: &str) {
    stream.write_all(word.as_bytes()).await.unwrap();
    let mut heard = String::new();
    read_until(stream, word, &mut heard).await;
    assert_eq!(heard, word);
}

#[tokio::test]
async fn an_upgraded_connection_lives_on_across_a_switch_and_is_counted_until_it_ends() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let mut stream = TcpStream::connect(balancer.plain).await.unwrap();
    stream.write_all(HELLO.as_bytes()).await.unwrap();
    let mut head = String::new();
    read_until(&mut stream, "\r\n\r\n", &mut head).await;
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols") && head.contains("upgrade: echo"), "{head}");
    say(&mut stream, "before the switch").await;
    balancer.green_gets(100).await;
    assert_eq!(get(balancer.plain, "/").await.text, "green");
    say(&mut stream, "after the switch").await;
    balancer.members(Color::Blue, &[]).await;
    say(&mut stream, "after the member was taken away").await;
    assert_eq!(balancer.status().await.users.blue.in_flight, 1);
    drop(stream);
    balancer.until_in_flight(Color::Blue, 0).await;
}

#[tokio::test]
async fn a_wish_that_is_not_granted_is_an_ordinary_request() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let answer = raw(balancer.plain, &HELLO.replace("/echo", "/plain"), "blue").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert_eq!(blue.header("upgrade"), "echo");
}

#[tokio::test]
async fn http_2_cannot_be_smuggled_past_as_an_upgrade() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let wish = "GET / HTTP/1.1\r\nhost: shop\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n\
                http2-settings: AAMAAABkAAQAAP__\r\n\r\n";
    let answer = raw(balancer.plain, wish, "blue").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert_eq!((blue.header("upgrade").as_str(), blue.header("http2-settings").as_str()), ("", ""));
}
