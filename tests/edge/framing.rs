//! Requests that two servers might read in two ways.

use events::color::Color;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::raw;

#[tokio::test]
async fn a_request_that_can_be_read_in_two_ways_never_reaches_a_member_as_two() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let hidden = "GET /hidden HTTP/1.1\r\nhost: shop\r\n\r\n";
    let length = hidden.len();
    let suspicious = [
        format!(
            "POST /size HTTP/1.1\r\nhost: shop\r\ncontent-length: {length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
        ),
        format!(
            "POST /size HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n{hidden}"
        ),
        format!("POST /size HTTP/1.1\r\nhost: shop\r\ncontent-length: 0\r\ncontent-length: {length}\r\n\r\n{hidden}"),
        format!("POST /size HTTP/1.1\r\nhost: shop\r\ncontent-length: +{length}\r\n\r\n{hidden}"),
        format!("POST /size HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n{hidden}"),
        format!("POST /size HTTP/1.1\r\nhost: shop\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("POST /size HTTP/1.1\r\nhost: shop\r\nx-a: b\r\n transfer-encoding: chunked\r\n\r\n{hidden}"),
        format!("POST /size HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\n\r\n0x0\r\n\r\n{hidden}"),
        "GET / HTTP/1.1\r\nhost: shop\r\nhost: other\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
    ];
    for request in suspicious {
        let answer = raw(balancer.plain, &request, "").await;
        let count = answer.matches("HTTP/1.1 ").count();
        assert!(count <= 1, "{request:?} is one request, and the connection ends with it: {answer:?}");
        let is_in_doubt =
            !request.contains("content-length: 36\r\ntransfer") && !request.contains("chunked\r\ncontent-length");
        assert!(!is_in_doubt || count == 0 || answer.starts_with("HTTP/1.1 4"), "{request:?}: {answer:?}");
    }
    balancer.until_in_flight(Color::Blue, 0).await;
    let lines = blue.lines();
    assert!(!lines.contains(&"GET /hidden".to_owned()), "{lines:?}");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let long = "x".repeat(80 * 1024);
    let answer =
        raw(balancer.plain, &format!("GET / HTTP/1.1\r\nhost: shop\r\nx-long: {long}\r\n\r\n"), "\r\n\r\n").await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert_eq!(blue.requests(), 0);
    let fits = "x".repeat(30 * 1024);
    let answer = raw(balancer.plain, &format!("GET / HTTP/1.1\r\nhost: shop\r\nx-long: {fits}\r\n\r\n"), "blue").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
