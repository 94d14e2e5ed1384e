//! Headers on their way through: what belongs to one connection ends here, and who asked is written down.

use std::net::IpAddr;
use std::time::Duration;

use hyper::header::{
    CONNECTION, COOKIE, EXPECT, Entry, FORWARDED, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRANSFER_ENCODING,
    UPGRADE,
};
use hyper::http::request::Parts;
use hyper::{Method, Uri, Version};

use crate::edge::network::Network;
use crate::edge::refused::Refused;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Means something between two neighbours only (RFC 9110, section 7.6.1, and what was in use before it).
const OF_ONE_CONNECTION: [HeaderName; 6] = [
    CONNECTION,
    KEEP_ALIVE,
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("http2-settings"),
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Who sends a request, as the connection says.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    pub address: IpAddr,
    pub is_encrypted: bool,
}

/// Makes a request of any version one of HTTP/1.1 for a member: path only, one `Host`, one `Cookie`.
pub fn normalise(head: &mut Parts) -> Result<(), Refused> {
    if head.method == Method::CONNECT {
        return Err(Refused::Tunnel);
    }
    if let Some(authority) = head.uri.authority() {
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| Refused::NoHost)?;
        head.headers.insert(HOST, host);
    }
    let host_count = head.headers.get_all(HOST).iter().count();
    if host_count > 1 || (host_count == 0 && head.version > Version::HTTP_10) {
        return Err(Refused::NoHost);
    }
    if let Entry::Occupied(mut cookies) = head.headers.entry(COOKIE)
        && cookies.iter().count() > 1
    {
        // HTTP/2 may split cookies over several headers; HTTP/1.1 may not (RFC 9113, section 8.2.3).
        let joined = cookies.iter().map(HeaderValue::as_bytes).collect::<Vec<_>>().join(&b"; "[..]);
        cookies.insert(HeaderValue::from_bytes(&joined).map_err(|_| Refused::NoHost)?);
    }
    let path = head.uri.path_and_query().cloned();
    head.uri = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    head.version = Version::HTTP_11;
    Ok(())
}

/// Takes away what belongs to the connection that `headers` came over.
pub fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .filter(|name| *name != HOST && *name != TE)
        .collect();
    for name in named.iter().chain(&OF_ONE_CONNECTION) {
        headers.remove(name);
    }
    // `TE: trailers` says that the client reads trailers, and we pass them on; any other coding ends here.
    let wants_trailers = headers
        .get_all(TE)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .any(|it| it.to_ascii_lowercase().contains("trailers"));
    if wants_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    } else {
        headers.remove(TE);
    }
    // We have told the client to go on ourselves, as soon as a member takes the body.
    if headers.get(EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        headers.remove(EXPECT);
    }
}

/// Writes down who asked, for what host and how. What a stranger says of that is thrown away; what a proxy among
/// `trusted` says is kept, and continued.
pub fn write_down_client(headers: &mut HeaderMap, client: Client, trusted: &[Network]) {
    let is_trusted = trusted.iter().any(|network| network.contains(client.address));
    if !is_trusted {
        let told: Vec<HeaderName> = headers.keys().filter(|name| is_hearsay(name)).cloned().collect();
        for name in told {
            headers.remove(name);
        }
    }
    let mut path = Vec::new();
    for value in headers.get_all(FORWARDED_FOR) {
        path.extend_from_slice(value.as_bytes());
        path.extend_from_slice(b", ");
    }
    path.extend_from_slice(client.address.to_string().as_bytes());
    if let Ok(value) = HeaderValue::from_bytes(&path) {
        headers.insert(FORWARDED_FOR, value);
    }
    let proto = HeaderValue::from_static(if client.is_encrypted { "https" } else { "http" });
    headers.entry(FORWARDED_PROTO).or_insert(proto);
    if let Some(host) = headers.get(HOST).cloned() {
        headers.entry(FORWARDED_HOST).or_insert(host);
    }
}

fn is_hearsay(name: &HeaderName) -> bool {
    name == FORWARDED || name == "x-real-ip" || name.as_str().starts_with("x-forwarded-")
}

/// How long the other side says it keeps an idle connection, less one second so that we are the first to close it.
#[must_use]
pub fn said_idle_limit(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(KEEP_ALIVE)?.to_str().ok()?;
    let seconds = value.split(',').find_map(|part| part.trim().strip_prefix("timeout="))?;
    let said = Duration::from_secs(seconds.trim().parse().ok()?);
    Some(said.saturating_sub(Duration::from_secs(1)))
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    const STRANGER: Client =
        Client { address: IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9)), is_encrypted: true };

    fn head(uri: &str, headers: &[(&'static str, &str)]) -> Parts {
        let mut head = Request::get(uri).body(()).unwrap().into_parts().0;
        for (name, value) in headers {
            head.headers.append(*name, value.parse().unwrap());
        }
        head
    }

    #[test]
    fn what_belongs_to_one_connection_ends_here() {
        let mut head = head(
            "/",
            &[
                ("connection", "close, X-Secret, host"),
                ("keep-alive", "timeout=5"),
                ("x-secret", "1"),
                ("host", "shop.example"),
                ("te", "gzip, Trailers"),
                ("transfer-encoding", "chunked"),
                ("expect", "100-Continue"),
                ("accept", "*/*"),
            ],
        );
        strip(&mut head.headers);
        let left: Vec<_> = head.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(left, [("host", "shop.example"), ("te", "trailers"), ("accept", "*/*")]);
    }

    #[test]
    fn a_stranger_cannot_say_for_whom_he_asks() {
        let mut head = head(
            "/",
            &[("host", "shop"), ("x-forwarded-for", "10.0.0.1"), ("x-real-ip", "10.0.0.1"), ("forwarded", "for=x")],
        );
        write_down_client(&mut head.headers, STRANGER, &["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(head.headers["x-forwarded-for"], "203.0.113.9");
        assert_eq!(head.headers["x-forwarded-proto"], "https");
        assert_eq!(head.headers["x-forwarded-host"], "shop");
        assert!(!head.headers.contains_key("x-real-ip") && !head.headers.contains_key("forwarded"));
    }

    #[test]
    fn a_trusted_proxy_is_believed_and_continued() {
        let mut head = head(
            "/",
            &[
                ("host", "inner"),
                ("x-forwarded-for", "198.51.100.1"),
                ("x-forwarded-for", "198.51.100.2"),
                ("x-forwarded-proto", "http"),
                ("x-forwarded-host", "shop.example"),
            ],
        );
        write_down_client(&mut head.headers, STRANGER, &["203.0.113.0/24".parse().unwrap()]);
        assert_eq!(head.headers["x-forwarded-for"], "198.51.100.1, 198.51.100.2, 203.0.113.9");
        assert_eq!(head.headers.get_all("x-forwarded-for").iter().count(), 1);
        assert_eq!(head.headers["x-forwarded-proto"], "http");
        assert_eq!(head.headers["x-forwarded-host"], "shop.example");
    }

    #[test]
    fn a_request_of_http_2_becomes_one_of_http_1() {
        let mut head = head("https://shop.example/a?b=c", &[("cookie", "a=1"), ("cookie", "b=2")]);
        head.version = Version::HTTP_2;
        normalise(&mut head).unwrap();
        assert_eq!((head.uri.to_string().as_str(), head.version), ("/a?b=c", Version::HTTP_11));
        assert_eq!(head.headers["host"], "shop.example");
        assert_eq!(head.headers["cookie"], "a=1; b=2");
        assert_eq!(head.headers.get_all("cookie").iter().count(), 1);
    }

    #[test]
    fn a_request_must_say_which_host_it_is_for() {
        assert_eq!(normalise(&mut head("/", &[])), Err(Refused::NoHost));
        assert_eq!(normalise(&mut head("/", &[("host", "a"), ("host", "b")])), Err(Refused::NoHost));
        let mut old = head("/", &[]);
        old.version = Version::HTTP_10;
        assert_eq!(normalise(&mut old), Ok(()));
    }

    #[test]
    fn we_close_an_idle_connection_before_the_other_side_does() {
        let said = |value| said_idle_limit(&head("/", &[("keep-alive", value)]).headers);
        assert_eq!(said("timeout=5, max=100"), Some(Duration::from_secs(4)));
        assert_eq!(said("max=100, timeout=1"), Some(Duration::ZERO));
        assert_eq!(said("max=100"), None);
    }
}
