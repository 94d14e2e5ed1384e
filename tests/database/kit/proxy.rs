//! A network that can be cut: a relay in front of a server.

use std::sync::Arc;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes on what is sent to `port`, until it is cut; then nothing arrives any more, and nobody is told.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    is_cut: Arc<watch::Sender<bool>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let is_cut = Arc::new(watch::Sender::new(false));
        let cut = Arc::clone(&is_cut);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, port, cut.subscribe()));
            }
        });
        Self { port: own, is_cut, accepting }
    }

    pub(crate) fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    pub(crate) fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn relay(mut client: TcpStream, port: u16, mut is_cut: watch::Receiver<bool>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    loop {
        if *is_cut.borrow_and_update() {
            // Both ends stay open and hear nothing, as behind a cable that was pulled.
            if is_cut.wait_for(|it| !it).await.is_err() {
                return;
            }
            // What was sent in between is lost: such a connection can't go on.
            let _ = client.shutdown().await;
            return;
        }
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
            changed = is_cut.changed() => if changed.is_err() { return },
        }
    }
}
