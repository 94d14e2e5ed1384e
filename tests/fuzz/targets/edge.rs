//! Heads of requests, as the balancer changes them.

use std::net::{IpAddr, Ipv4Addr};

use changeover::edge::headers::{self, Client};
use changeover::edge::network::Network;
use changeover::edge::preview::Preview;
use changeover::edge::settings;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Uri, Version};
use tempfile::TempDir;

use super::bytes;
use crate::target::Target;

pub(crate) const HEADERS: Target = Target {
    name: "edge",
    rule: "nothing of one connection goes on, nobody asks in another's name, and a preview needs its token",
    seeds,
    read,
    inputs: 6_000,
    longest: 8_000,
};

/// Who asks and who is trusted, then the head of a request.
fn seeds() -> Vec<Vec<u8>> {
    bytes([
        "203.0.113.9 10.0.0.0/8\nGET / HTTP/1.1\nhost: shop\nconnection: close, X-Secret, host\nkeep-alive: timeout=5\n\
         x-secret: 1\nte: gzip, Trailers\ntransfer-encoding: chunked\nexpect: 100-Continue\nupgrade: websocket",
        "10.1.2.3 10.0.0.0/8\nPOST https://shop.example/a?b=c HTTP/2.0\ncookie: a=1\ncookie: b=2\n\
         x-forwarded-for: 198.51.100.1\nx-forwarded-for: 198.51.100.2, x\nx-forwarded-proto: http\nforwarded: for=x\n\
         x-real-ip: 1.2.3.4\nx-forwarded-host: a\nproxy-connection: x\nhttp2-settings: x",
        "::ffff:10.1.2.3 ::/0\nOPTIONS * HTTP/1.0\nx-changeover-preview: green s3cret\nkeep-alive: max=100, timeout=1",
        "2001:db8::1 2001:db8::1\nCONNECT a:1 HTTP/1.1\nhost: a\nhost: b\nx-changeover-preview: blue wrong",
    ])
}

thread_local! {
    /// A preview that needs the word `s3cret`, and the folder that this stands in.
    static PREVIEW: (Preview, TempDir) = {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "s3cret\n").unwrap();
        let settings = settings::Preview { token_file: Some(file), ..settings::Preview::default() };
        (Preview::open(&settings).unwrap(), folder)
    };
}

fn read(input: &[u8]) -> String {
    let mut lines = input.split(|byte| *byte == b'\n');
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (address, trusted) = first.split_once(' ').unwrap_or((&first, ""));
    let address = address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let trusted: Vec<Network> = trusted.parse().into_iter().collect();
    let Some(mut head) = head(lines) else { return "no head".to_owned() };

    let said = head.headers.get_all("x-changeover-preview").iter().next().cloned();
    let preview = PREVIEW.with(|(preview, _)| preview.take(&mut head.headers));
    assert!(!head.headers.contains_key("x-changeover-preview"));
    let is_told = said.as_ref().is_some_and(|it| it.as_bytes().windows(6).any(|part| part == b"s3cret"));
    assert!(is_told || !matches!(preview, Ok(Some(_))), "{said:?} is let in");
    assert!(said.is_some() || preview == Ok(None));
    // Never a panic, and never an hour.
    assert!(headers::said_idle_limit(&head.headers).is_none_or(|it| it.as_secs() < u64::MAX));

    let normalised = headers::normalise(&mut head);
    if normalised.is_ok() {
        pass(&mut head, Client { address, is_encrypted: true }, &trusted);
    }
    format!("{normalised:?} {preview:?} {}", trusted.iter().any(|it| it.contains(address)))
}

/// What a member sees of a request that is let in.
fn pass(head: &mut Parts, client: Client, trusted: &[Network]) {
    assert!(head.uri.authority().is_none() && head.version == Version::HTTP_11, "{:?}", head.uri);
    let named: Vec<HeaderName> = tokens(&head.headers, "connection");
    let before = head.headers.get("x-forwarded-for").cloned();
    headers::strip(&mut head.headers);
    for name in ["connection", "keep-alive", "proxy-connection", "http2-settings", "transfer-encoding", "upgrade"] {
        assert!(!head.headers.contains_key(name), "{name} goes on");
    }
    for name in named.iter().filter(|it| !["host", "te"].contains(&it.as_str())) {
        assert!(!head.headers.contains_key(name), "{name} belongs to the connection");
    }
    assert!(head.headers.get_all("te").iter().all(|it| it == "trailers"));
    headers::write_down_client(&mut head.headers, client, trusted);
    let count = |name: &str| head.headers.get_all(name).iter().count();
    let path = head.headers.get("x-forwarded-for").unwrap().as_bytes();
    let address = client.address.to_string();
    assert!(path.ends_with(address.as_bytes()) && count("x-forwarded-for") == 1);
    assert!(count("host") <= 1 && count("cookie") <= 1);
    if !trusted.iter().any(|it| it.contains(client.address)) {
        assert_eq!(path, address.as_bytes(), "a stranger said {before:?}");
        assert!(count("forwarded") == 0 && count("x-real-ip") == 0 && count("x-forwarded-proto") == 1);
        assert_eq!(head.headers.get("x-forwarded-proto").unwrap(), "https");
        assert_eq!(head.headers.get("x-forwarded-host"), head.headers.get("host"));
    }
}

fn head<'a>(mut lines: impl Iterator<Item = &'a [u8]>) -> Option<Parts> {
    let mut words = lines.next()?.split(|byte| *byte == b' ');
    let method = Method::from_bytes(words.next()?).ok()?;
    let uri = Uri::try_from(words.next()?).ok()?;
    let version = match words.next()? {
        b"HTTP/1.0" => Version::HTTP_10,
        b"HTTP/2.0" => Version::HTTP_2,
        _ => Version::HTTP_11,
    };
    let mut head = Request::builder().method(method).uri(uri).version(version).body(()).ok()?.into_parts().0;
    for line in lines {
        let at = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(at);
        let value = HeaderValue::from_bytes(value[1..].trim_ascii()).ok()?;
        head.headers.append(HeaderName::from_bytes(name).ok()?, value);
    }
    Some(head)
}

fn tokens(headers: &HeaderMap, name: &str) -> Vec<HeaderName> {
    let values = headers.get_all(name).iter().filter_map(|it| it.to_str().ok());
    values.flat_map(|it| it.split(',')).filter_map(|it| it.trim().parse().ok()).collect()
}
