//! Several consoles at once, some of them rude.

use changeover::console::client::Connection;
use changeover::console::{Answer, Request};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use crate::kit::{PATIENCE, Shop, Terms};

/// What a watcher is told until the run ends.
async fn watch(mut connection: Connection) -> Vec<String> {
    let mut sentences = Vec::new();
    loop {
        let answer = tokio::time::timeout(PATIENCE, connection.next()).await.unwrap().unwrap().unwrap();
        let Answer::Told { told, .. } = answer else { panic!("{answer:?}") };
        let is_last = told.sentence.starts_with("Run #1 is done");
        sentences.push(told.sentence);
        if is_last {
            return sentences;
        }
    }
}

#[tokio::test]
async fn everybody_sees_the_same_and_nobody_waits_for_one_who_does_not_read() {
    let shop = Shop::open(&Terms::default()).await;
    let socket = shop.path("changeover.sock");
    let watcher = async || {
        let mut connection = Connection::open(&socket).await.unwrap();
        connection.ask(&Request::Watch).await.unwrap();
        connection
    };
    let (one, other, _silent) = (watcher().await, watcher().await, watcher().await);
    // Asks and asks, and never reads: what is answered to it fills its socket.
    let mut rude = UnixStream::connect(&socket).await.unwrap();
    let line = "{\"say\":{\"line\":\"help\",\"id\":\"rude\",\"follow\":false}}\n";
    rude.set_nonblocking_writes(line.repeat(2_000).as_bytes()).await;
    // What was asked first is answered first, so the watchers watch by the time that this is answered.
    shop.say("status").await;
    let (seen, seen_too, ()) = tokio::join!(watch(one), watch(other), shop.succeeds("deploy shop@v1 to demo"));
    assert!(seen.len() > 8, "{seen:?}");
    assert_eq!(seen, seen_too);
    drop(rude);
    shop.end().await;
}

trait Rude {
    async fn set_nonblocking_writes(&mut self, bytes: &[u8]);
}

impl Rude for UnixStream {
    /// Writes as much as the other side takes, and no more.
    async fn set_nonblocking_writes(&mut self, bytes: &[u8]) {
        self.writable().await.unwrap();
        let mut rest = bytes;
        while let Ok(written) = self.try_write(rest) {
            rest = &rest[written..];
            if rest.is_empty() {
                return;
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_request_is_told_so_and_harms_nobody() {
    let shop = Shop::open(&Terms::default()).await;
    // Answered once the bot has adopted what it found.
    shop.say("status").await;
    let count = shop.recorded().await.len();
    for garbage in ["\n", "{}\n", "wombat\n", "{\"say\":{}}\n", "[1,2]\n", "{\"watch\":null,\"say\":1}\n"] {
        let stream = UnixStream::connect(shop.path("changeover.sock")).await.unwrap();
        let mut stream = BufReader::new(stream);
        stream.write_all(garbage.as_bytes()).await.unwrap();
        let mut line = String::new();
        tokio::time::timeout(PATIENCE, stream.read_line(&mut line)).await.unwrap().unwrap();
        let answer: Answer = serde_json::from_str(&line).unwrap();
        assert!(matches!(answer, Answer::Failed { .. }), "{garbage:?}: {answer:?}");
    }
    // Bytes that are no text, and a line without an end: the connection is closed, and that is all.
    for garbage in [vec![0xff, 0xfe, b'\n'], vec![b'x'; 2 << 20]] {
        let mut stream = UnixStream::connect(shop.path("changeover.sock")).await.unwrap();
        // It may be closed before all is written.
        let _ = stream.write_all(&garbage).await;
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_line(&mut line)).await.unwrap();
        assert!(matches!(read, Ok(0) | Err(_)), "{line}");
    }
    assert_eq!(shop.recorded().await.len(), count);
    assert!(!shop.say("status").await.is_refused);
    shop.end().await;
}
