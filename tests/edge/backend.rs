//! A member of the balancer under test: a small real server that says who it is.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use events::machine::Member;
use futures_util::StreamExt as _;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

type Body = BoxBody<Bytes, hyper::Error>;

/// What a backend remembers, and what its test decides.
pub(crate) struct Backend {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    _serving: AbortOnDropHandle<()>,
}

pub(crate) struct Shared {
    name: String,
    /// Requests other than health checks.
    pub(crate) requests: AtomicU64,
    checks: AtomicU64,
    connections: AtomicU64,
    pub(crate) is_well: AtomicBool,
    /// `/held` and `/parts` answer one step for each permit.
    pub(crate) gate: Semaphore,
    /// The headers of the newest request.
    pub(crate) headers: Mutex<HeaderMap>,
    /// The first lines of all requests other than health checks, in order.
    pub(crate) lines: Mutex<Vec<String>>,
}

impl Backend {
    pub(crate) async fn start(name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            requests: AtomicU64::new(0),
            checks: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            is_well: AtomicBool::new(true),
            gate: Semaphore::new(0),
            headers: Mutex::default(),
            lines: Mutex::default(),
        });
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { name: name.to_owned(), address, shared, _serving: AbortOnDropHandle::new(serving) }
    }

    pub(crate) fn member(&self) -> Member {
        Member { machine: self.name.parse().unwrap(), address: self.address.to_string() }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// How often its health was asked for.
    pub(crate) fn checks(&self) -> u64 {
        self.shared.checks.load(Ordering::SeqCst)
    }

    /// How many connections are open.
    pub(crate) fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The value of a header of the newest request; empty if it was not there.
    pub(crate) fn header(&self, name: &str) -> String {
        self.shared.headers.lock().unwrap().get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
    }

    pub(crate) fn be_well(&self, is_well: bool) {
        self.shared.is_well.store(is_well, Ordering::SeqCst);
    }

    /// Lets a held answer, or its next part, go.
    pub(crate) fn let_go(&self) {
        self.shared.gate.add_permits(1);
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.shared.lines.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        let shared = Arc::clone(&shared);
        shared.connections.fetch_add(1, Ordering::SeqCst);
        connections.spawn(async move {
            let ended = Arc::clone(&shared);
            let service = service_fn(move |request| answer(Arc::clone(&shared), request));
            // A client that breaks off is one of the things that are tested.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection_with_upgrades(TokioIo::new(stream), service)
                .await;
            ended.connections.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn answer(shared: Arc<Shared>, mut request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path().to_owned();
    if path == "/health" {
        shared.checks.fetch_add(1, Ordering::SeqCst);
        let mut response = Response::new(text("fine"));
        if !shared.is_well.load(Ordering::SeqCst) {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        return Ok(response);
    }
    shared.requests.fetch_add(1, Ordering::SeqCst);
    *shared.headers.lock().unwrap() = request.headers().clone();
    shared.lines.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
    Ok(match path.as_str() {
        "/held" => {
            shared.gate.acquire().await.unwrap().forget();
            Response::new(text(&shared.name))
        }
        "/parts" => parts(shared),
        "/big" => {
            let piece = Bytes::from(vec![b'x'; 64 * 1024]);
            let count: usize = request.uri().query().unwrap().parse().unwrap();
            let frames = futures_util::stream::iter(std::iter::repeat_n(piece, count)).map(|it| Ok(Frame::data(it)));
            Response::new(BodyExt::boxed(StreamBody::new(frames)))
        }
        "/size" => {
            let mut size = 0;
            let mut trailer = String::new();
            while let Some(frame) = request.body_mut().frame().await {
                let frame = frame.unwrap();
                size += frame.data_ref().map_or(0, Bytes::len);
                if let Some(trailers) = frame.trailers_ref() {
                    trailers["x-sum"].to_str().unwrap().clone_into(&mut trailer);
                }
            }
            Response::new(text(&format!("{size} {trailer}")))
        }
        "/trailers" => {
            let mut trailers = HeaderMap::new();
            trailers.insert("x-sum", HeaderValue::from_static("42"));
            let frames = [Ok(Frame::data(Bytes::from("body"))), Ok(Frame::trailers(trailers))];
            let body = BodyExt::boxed(StreamBody::new(futures_util::stream::iter(frames)));
            Response::builder().header("trailer", "x-sum").body(body).unwrap()
        }
        "/echo" if request.headers().contains_key("upgrade") => {
            let upgrade = hyper::upgrade::on(&mut request);
            tokio::spawn(async move {
                let (mut reader, mut writer) = tokio::io::split(TokioIo::new(upgrade.await.unwrap()));
                let _ = tokio::io::copy(&mut reader, &mut writer).await;
            });
            let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
            response.header("connection", "upgrade").header("upgrade", "echo").body(text("")).unwrap()
        }
        "/length" if request.method() == Method::HEAD => {
            Response::builder().header("content-length", "1234").body(text("")).unwrap()
        }
        _ => Response::new(text(&shared.name)),
    })
}

/// Three parts, one for each permit of the gate.
fn parts(shared: Arc<Shared>) -> Response<Body> {
    let frames = futures_util::stream::unfold((shared, 0), |(shared, number)| async move {
        if number == 3 {
            return None;
        }
        shared.gate.acquire().await.unwrap().forget();
        Some((Ok(Frame::data(Bytes::from(format!("part {number};")))), (shared, number + 1)))
    });
    Response::new(BodyExt::boxed(StreamBody::new(frames)))
}

fn text(text: &str) -> Body {
    Full::new(Bytes::from(text.to_owned())).map_err(|never| match never {}).boxed()
}
