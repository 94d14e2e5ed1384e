//! Encrypted connections, and certificates that are replaced.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::read_until;
use crate::until;

/// Writes a fresh certificate for `shop.example`, and returns it.
fn certify(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.pem()
}

/// Connects if the balancer shows `certificate`.
async fn connect(address: SocketAddr, certificate: &str, protocols: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("shop.example").unwrap(), stream).await
}

async fn start(folder: &Path, blue: &Backend, green: &Backend) -> (Balancer, SocketAddr) {
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let flags = ["--tls-listen", "127.0.0.1:0", "--tls-certificate", certificate.to_str().unwrap()];
    let balancer = Balancer::with_two(&[&flags[..], &["--tls-key", key.to_str().unwrap()]].concat(), blue, green).await;
    let address = balancer.listening[1];
    (balancer, address)
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = certify(folder.path());
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let (_balancer, address) = start(folder.path(), &blue, &green).await;

    let stream = connect(address, &certificate, &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::get("https://shop.example/a").header("cookie", "a=1").header("cookie", "b=2");
    let response = sender.send_request(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "blue");
    assert_eq!(blue.header("host"), "shop.example");
    assert_eq!(blue.header("cookie"), "a=1; b=2");
    assert_eq!(blue.header("x-forwarded-proto"), "https");
    connection.abort();

    let mut stream = connect(address, &certificate, &["http/1.1"]).await.unwrap();
    let get = b"GET / HTTP/1.1\r\nhost: shop.example\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, get).await.unwrap();
    let mut text = String::new();
    read_until(&mut stream, "blue", &mut text).await;
    assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let first = certify(folder.path());
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let (balancer, address) = start(folder.path(), &blue, &green).await;
    let old_connection = connect(address, &first, &["http/1.1"]).await.unwrap();

    let second = certify(folder.path());
    assert!(connect(address, &second, &[]).await.is_err() || connect(address, &first, &[]).await.is_err());
    until("the second certificate is shown", || async { connect(address, &second, &[]).await.is_ok() }).await;

    std::fs::write(folder.path().join("cert.pem"), "-----BEGIN CERTIFICATE-----\nbroken").unwrap();
    until("the balancer complains", || async { balancer.log().contains("changed files cannot be used") }).await;
    assert!(connect(address, &second, &[]).await.is_ok(), "the old one stays in use");

    // A certificate whose key comes a moment later: between the two they do not fit.
    let third = rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
    std::fs::write(folder.path().join("cert.pem"), third.cert.pem()).unwrap();
    until("it is seen that they do not fit", || async { balancer.log().matches("cannot be used").count() == 2 }).await;
    assert!(connect(address, &second, &[]).await.is_ok(), "the old one stays in use");
    std::fs::write(folder.path().join("key.pem"), third.signing_key.serialize_pem()).unwrap();
    let third = third.cert.pem();
    until("the third certificate is shown", || async { connect(address, &third, &[]).await.is_ok() }).await;
    drop(old_connection);
}
