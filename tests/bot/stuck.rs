//! A run that cannot go on by itself: people are called, once, and what they say happens.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use events::fact::RunOutcome;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::kit::{End, Shop, Terms, ports, until};

/// A system outside chat that takes calls for people.
struct Switchboard {
    calls: Arc<Mutex<Vec<serde_json::Value>>>,
    task: AbortHandle,
}

impl Switchboard {
    /// Answers the first `busy` calls with 503.
    async fn open(port: u16, busy: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let taken = calls.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let taken = taken.clone();
                let answer = service_fn(move |request| take(request, taken.clone(), busy));
                tokio::spawn(async move {
                    // How a caller leaves is its own business.
                    let _ =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Self { calls, task: task.abort_handle() }
    }

    fn calls(&self) -> Vec<serde_json::Value> {
        self.calls.lock().unwrap().clone()
    }
}

impl Drop for Switchboard {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(
    request: Request<Incoming>,
    calls: Arc<Mutex<Vec<serde_json::Value>>>,
    busy: usize,
) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.uri().path(), "/call/quokka");
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let mut calls = calls.lock().unwrap();
    calls.push(serde_json::from_slice(&body).unwrap());
    let status = if calls.len() <= busy { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT };
    Ok(Response::builder().status(status).body(Full::default()).unwrap())
}

/// A shop whose run is stuck: somebody moved what was to be undone.
async fn stuck(port: u16) -> Shop {
    let shop = Shop::closed(&Terms {
        gates: "bake = \"10m\"",
        alert: Some("{ file = \"alert-url\" }".to_owned()),
        ..Terms::default()
    });
    std::fs::write(shop.path("alert-url"), format!("http://127.0.0.1:{port}/call/quokka\n")).unwrap();
    let shop = shop.opened_live().await;
    shop.succeeds("deploy shop@v2 to demo").await;
    let run = shop.begins("cutover shop/demo --canary 25").await;
    shop.begun(run, 6).await;
    shop.somebody_shares(70).await;
    assert_eq!(shop.runs("abort shop/demo").await, End::Waits);
    shop
}

#[tokio::test]
async fn people_are_called_once_and_a_retry_goes_on() {
    let port = ports();
    let switchboard = Switchboard::open(port, 0).await;
    let mut shop = stuck(port).await;
    let is_called = |site: &events::fold::Site| {
        site.run.as_ref().is_some_and(|it| it.stuck.as_ref().is_some_and(|it| it.is_called))
    };
    let site = shop.site_is("people are called", is_called).await;
    let run = site.run.unwrap().number;
    shop.kill_and_start().await;

    // Nothing changed, so it is stuck again, which is another call.
    assert_eq!(shop.runs("retry shop/demo").await, End::Waits);
    until("the second call", async || (switchboard.calls().len() == 2).then_some(())).await;
    shop.somebody_shares(25).await;
    assert!(!shop.say("retry shop/demo").await.is_refused);
    assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
    assert_eq!(shop.green().await, 0);

    let calls = switchboard.calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    for call in calls {
        assert_eq!(call["site"], "shop/demo");
        assert_eq!(call["run"], run.0);
        assert!(call["key"].as_str().unwrap().starts_with(&format!("shop/demo#{run}/")), "{call}");
        assert!(call["why"].as_str().unwrap().contains("70"), "{call}");
    }
    assert!(!shop.bot_log().contains("quokka"), "the address is a secret");
    shop.end().await;
}

#[tokio::test]
async fn when_nobody_takes_the_call_it_is_made_again() {
    let port = ports();
    let shop = stuck(port).await;
    until("nobody took it", async || shop.bot_log().contains("nobody took the call").then_some(())).await;
    let switchboard = Switchboard::open(port, 1).await;
    let site = shop
        .site_is("somebody took it", |it| it.run.as_ref().is_some_and(|it| it.stuck.as_ref().unwrap().is_called))
        .await;
    let calls = switchboard.calls();
    let [refused, taken] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(refused, taken);

    assert!(!shop.say("abort shop/demo").await.is_refused);
    assert_eq!(shop.ended(site.run.unwrap().number).await, RunOutcome::LeftAsIs);
    assert_eq!(shop.green().await, 70);
    // What was left as it was must be deployed again, or adopted, before anybody crosses to it.
    assert!(shop.refuses("cutover shop/demo").await.contains("deploy"));
    assert!(!shop.bot_log().contains("quokka"), "the address is a secret");
    shop.end().await;
}
