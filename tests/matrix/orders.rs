//! Orders that come in all along, by the balancer, and which of them were acknowledged.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use changeover::clock::pause;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

/// How many customers order at once, and how long each thinks before the next order.
const CUSTOMERS: usize = 3;
const THINK: Duration = Duration::from_millis(20);
/// How long one order may take; then nobody knows what became of it.
const LIMIT: Duration = Duration::from_secs(30);

/// Customers, until this is dropped.
pub(crate) struct Orders {
    shared: Arc<Shared>,
    _customers: Vec<AbortOnDropHandle<()>>,
}

struct Shared {
    shop: SocketAddr,
    next: AtomicU64,
    is_held: AtomicBool,
    underway: AtomicU64,
    acknowledged: Mutex<BTreeSet<u64>>,
    refused: AtomicU64,
}

struct Customer {
    shared: Arc<Shared>,
    connection: Option<(SendRequest<Full<Bytes>>, AbortOnDropHandle<()>)>,
}

impl Orders {
    pub(crate) fn start(shop: SocketAddr) -> Self {
        let shared = Arc::new(Shared {
            shop,
            next: AtomicU64::new(1),
            is_held: AtomicBool::new(false),
            underway: AtomicU64::new(0),
            acknowledged: Mutex::default(),
            refused: AtomicU64::new(0),
        });
        let customers = (0..CUSTOMERS).map(|_| {
            let customer = Customer { shared: Arc::clone(&shared), connection: None };
            AbortOnDropHandle::new(tokio::spawn(customer.order()))
        });
        Self { _customers: customers.collect(), shared }
    }

    /// Nobody orders until it goes on; on return no order is underway.
    pub(crate) async fn hold(&self) {
        self.shared.is_held.store(true, Ordering::SeqCst);
        while self.shared.underway.load(Ordering::SeqCst) > 0 {
            pause(Duration::from_millis(2)).await;
        }
    }

    pub(crate) fn go_on(&self) {
        self.shared.is_held.store(false, Ordering::SeqCst);
    }

    /// How many orders were not taken, or nobody knows.
    pub(crate) fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::SeqCst)
    }

    /// The orders that somebody was told are taken.
    pub(crate) fn acknowledged(&self) -> BTreeSet<u64> {
        self.shared.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Customer {
    async fn order(mut self) {
        loop {
            pause(THINK).await;
            self.shared.underway.fetch_add(1, Ordering::SeqCst);
            if !self.shared.is_held.load(Ordering::SeqCst) {
                let id = self.shared.next.fetch_add(1, Ordering::SeqCst);
                if tokio::time::timeout(LIMIT, self.is_taken(id)).await.unwrap_or(false) {
                    self.shared.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
                } else {
                    self.shared.refused.fetch_add(1, Ordering::SeqCst);
                    self.connection = None;
                }
            }
            self.shared.underway.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Whether the shop says that the order is taken; if not, nobody knows.
    async fn is_taken(&mut self, id: u64) -> bool {
        if self.connection.is_none() {
            let Ok(stream) = TcpStream::connect(self.shared.shop).await else { return false };
            let Ok((sender, driver)) = handshake(TokioIo::new(stream)).await else { return false };
            // What goes wrong is told to whoever sends.
            let driver = tokio::spawn(async { drop(driver.await) });
            self.connection = Some((sender, AbortOnDropHandle::new(driver)));
        }
        let Some((sender, _)) = &mut self.connection else { return false };
        let request = Request::post(format!("/order?id={id}")).header("host", "shop.example");
        if sender.ready().await.is_err() {
            return false;
        }
        match sender.send_request(request.body(Full::default()).unwrap()).await {
            Ok(answer) => answer.status() == StatusCode::OK && answer.into_body().collect().await.is_ok(),
            Err(_) => false,
        }
    }
}
