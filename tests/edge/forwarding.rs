//! What members learn of clients, and clients of members.

use hyper::Request;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::{get_request, raw, send};

const FORGED: [(&str, &str); 4] = [
    ("x-forwarded-for", "198.51.100.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "forged.example"),
    ("x-real-ip", "198.51.100.7"),
];

#[tokio::test]
async fn a_member_learns_who_asked() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    send(balancer.plain, get_request("/a?b=c", &FORGED)).await;
    assert_eq!(blue.header("host"), "shop.example");
    assert_eq!(blue.header("x-forwarded-for"), "127.0.0.1");
    assert_eq!(blue.header("x-forwarded-proto"), "http");
    assert_eq!(blue.header("x-forwarded-host"), "shop.example");
    assert_eq!(blue.header("x-real-ip"), "");
    assert_eq!(blue.lines(), ["GET /a?b=c"]);
}

#[tokio::test]
async fn a_trusted_proxy_is_believed() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&["--trusted-proxy", "127.0.0.0/8"], &blue, &green).await;
    send(balancer.plain, get_request("/", &FORGED)).await;
    assert_eq!(blue.header("x-forwarded-for"), "198.51.100.7, 127.0.0.1");
    assert_eq!(blue.header("x-forwarded-proto"), "https");
    assert_eq!(blue.header("x-forwarded-host"), "forged.example");
}

#[tokio::test]
async fn what_belongs_to_one_connection_is_not_passed_on() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let request = get_request("/", &[("connection", "keep-alive, x-mine"), ("x-mine", "1"), ("x-yours", "2")]);
    send(balancer.plain, request).await;
    assert_eq!((blue.header("x-mine").as_str(), blue.header("x-yours").as_str()), ("", "2"));
}

#[tokio::test]
async fn every_method_and_path_passes_as_it_is() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    for (method, path) in [("PURGE", "/a%20b//c/../d?x=%2F&y"), ("DELETE", "/1"), ("OPTIONS", "*"), ("PATCH", "/?q")] {
        let answer = raw(balancer.plain, &format!("{method} {path} HTTP/1.1\r\nhost: shop\r\n\r\n"), "blue").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{method}: {answer}");
    }
    assert_eq!(blue.lines(), ["PURGE /a%20b//c/../d?x=%2F&y", "DELETE /1", "OPTIONS *", "PATCH /?q"]);
    let tunnel = raw(balancer.plain, "CONNECT inner:22 HTTP/1.1\r\nhost: inner:22\r\n\r\n", "here").await;
    assert!(tunnel.starts_with("HTTP/1.1 501"), "{tunnel}");
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let two =
        "HEAD /length HTTP/1.1\r\nhost: shop\r\n\r\nGET /second HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
    let answer = raw(balancer.plain, two, "").await;
    let (first, second) = answer.split_once("\r\n\r\n").unwrap();
    assert!(first.contains("content-length: 1234"), "{first}");
    assert!(second.starts_with("HTTP/1.1 200 OK"), "no byte of a body between the two: {second}");
}

#[tokio::test]
async fn http_1_0_is_answered_in_its_own_way() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    for _ in 0..4 {
        blue.let_go();
    }
    let answer = raw(balancer.plain, "GET /parts HTTP/1.0\r\n\r\n", "").await;
    assert!(answer.starts_with("HTTP/1.0 200 OK"), "{answer}");
    assert!(answer.ends_with("\r\n\r\npart 0;part 1;part 2;"), "ended by closing, not in chunks: {answer}");
    assert_eq!(blue.header("host"), blue.address.to_string());
}

#[tokio::test]
async fn http_2_in_the_clear_works_too() {
    use http_body_util::{BodyExt as _, Full};
    use hyper_util::rt::{TokioExecutor, TokioIo};

    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let stream = tokio::net::TcpStream::connect(balancer.plain).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::post("http://shop.example/size").body(Full::new(hyper::body::Bytes::from("four"))).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "4 ");
    assert_eq!(blue.header("host"), "shop.example");
    let wrong = Request::get("http://shop.example/").header("x-changeover-preview", "red");
    let response = sender.send_request(wrong.body(Full::default()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 400);
    connection.abort();
}
