//! Accepts connections until told to stop, then lets the requests that are underway end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;

use super::answer::Application;
use crate::clock;

/// How long requests that are underway have to end, once asked to stop.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);
/// How many connections are open at once; further ones wait in the listener's queue.
const CONNECTION_LIMIT: usize = 4096;
/// How long a connection may be silent before or between requests; longer than balancers keep theirs.
const SILENCE_LIMIT: Duration = Duration::from_secs(75);

pub(super) async fn serve(listener: TcpListener, application: Arc<Application>, stopped: impl Future<Output = ()>) {
    let (stop, stopping) = watch::channel(false);
    let tasks = TaskTracker::new();
    let room = Arc::new(Semaphore::new(CONNECTION_LIMIT));
    tokio::pin!(stopped);
    loop {
        let accepted = tokio::select! {
            () = &mut stopped => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Ok((stream, place)) = accepted else {
            // Out of descriptors, most likely: some are given back as requests end.
            clock::pause(Duration::from_millis(20)).await;
            continue;
        };
        let (application, stopping, tracker) = (Arc::clone(&application), stopping.clone(), tasks.clone());
        tasks.spawn(async move {
            connection(stream, application, stopping, tracker).await;
            drop(place);
        });
    }
    drop(listener);
    // Nobody listening means that no connection is open.
    let _ = stop.send(true);
    tasks.close();
    // What has not ended by then is cut off with the process.
    let _ = tokio::time::timeout(DRAIN_LIMIT, tasks.wait()).await;
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, place))
}

async fn connection(
    stream: TcpStream,
    application: Arc<Application>,
    mut stopping: watch::Receiver<bool>,
    tasks: TaskTracker,
) {
    let ending = stopping.clone();
    let service = service_fn(move |request| {
        let (application, ending, tasks) = (Arc::clone(&application), ending.clone(), tasks.clone());
        async move { Ok::<_, Infallible>(application.answer(request, &ending, &tasks).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SILENCE_LIMIT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let asked_to_stop = tokio::select! {
        // How a client leaves is its own business.
        _ = connection.as_mut() => false,
        _ = stopping.wait_for(|stop| *stop) => true,
    };
    if asked_to_stop {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
