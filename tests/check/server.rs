//! Small servers for one test each; gone when dropped.

use std::convert::Infallible;
use std::time::Duration;

use changeover::clock;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Server {
    pub(crate) base: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    (listener, base)
}

/// Answers every request with what `answer` makes of it, after `delay`.
pub(crate) async fn answering(
    delay: Duration,
    answer: impl Fn(&Request<Incoming>) -> Response<Full<Bytes>> + Clone + Send + Sync + 'static,
) -> Server {
    let (listener, base) = listen().await;
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let answer = answer.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let answer = answer(&request);
                    async move {
                        clock::pause(delay).await;
                        Ok::<_, Infallible>(answer)
                    }
                });
                // A client that goes away is the client's business.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Server { base, task }
}

/// Sends these bytes for the first request of every connection, then ends it: with a reset if `is_reset`, else kept open
/// and silent.
pub(crate) async fn raw(bytes: Vec<u8>, is_reset: bool) -> Server {
    let (listener, base) = listen().await;
    let task = tokio::spawn(async move {
        let mut open: Vec<TcpStream> = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&bytes).await;
            if is_reset {
                let _ = stream.flush().await;
                clock::pause(Duration::from_millis(20)).await;
                stream.set_zero_linger().unwrap();
            } else {
                open.push(stream);
            }
        }
    });
    Server { base, task }
}

/// Where nobody listens.
pub(crate) async fn nobody() -> String {
    listen().await.1
}
