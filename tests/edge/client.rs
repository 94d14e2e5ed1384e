//! Clients of the balancer under test.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::header::HeaderMap;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

use crate::soon;

/// One keep-alive connection.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    _connection: AbortOnDropHandle<()>,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(async move {
            // What went wrong is told to whoever sent the request.
            let _ = connection.await;
        });
        Self { sender, _connection: AbortOnDropHandle::new(connection) }
    }

    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        self.sender.ready().await?;
        self.sender.send_request(request).await
    }

    pub(crate) async fn try_get(&mut self, path: &str) -> hyper::Result<Reply> {
        reply(self.send(get_request(path, &[])).await?).await
    }
}

pub(crate) fn get_request(path: &str, headers: &[(&str, &str)]) -> Request<Full<Bytes>> {
    let mut request = Request::get(path).header("host", "shop.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::default()).unwrap()
}

pub(crate) async fn reply(response: Response<Incoming>) -> hyper::Result<Reply> {
    let (head, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await?.to_bytes().to_vec()).unwrap();
    Ok(Reply { status: head.status.as_u16(), headers: head.headers, text })
}

/// One request over a connection of its own.
pub(crate) async fn send(address: SocketAddr, request: Request<Full<Bytes>>) -> Reply {
    let exchange = async {
        let mut client = Client::connect(address).await;
        reply(client.send(request).await.unwrap()).await.unwrap()
    };
    soon("an answer", exchange).await
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Reply {
    send(address, get_request(path, &[])).await
}

/// Sends these bytes and returns everything that comes until the other side closes, or until `end` has come.
pub(crate) async fn raw(address: SocketAddr, bytes: &str, end: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut text = String::new();
    read_until(&mut stream, end, &mut text).await;
    text
}

/// Reads on until `end` has come, or the other side closes.
pub(crate) async fn read_until(stream: &mut (impl tokio::io::AsyncRead + Unpin), end: &str, text: &mut String) {
    let reading = async {
        let mut buffer = [0; 4096];
        while end.is_empty() || !text.contains(end) {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(count) => text.push_str(std::str::from_utf8(&buffer[..count]).unwrap()),
            }
        }
    };
    soon("the end of what is read", reading).await;
}
