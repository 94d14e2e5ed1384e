//! What is sent to wear the bot out: junk, and requests that never end.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bed::{Bed, Signer};
use crate::kit::within;

/// Sends junk in chunks, and says in the end that it was all; what was answered.
async fn junk(bed: &Bed) -> String {
    let stream = TcpStream::connect(bed.endpoint).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let sending = tokio::spawn(async move {
        let head = "POST /discord HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
        writer.write_all(head.as_bytes()).await?;
        let chunk = vec![b'x'; 0x10000];
        for _ in 0..3200 {
            for part in [b"10000\r\n", &chunk[..], b"\r\n"] {
                writer.write_all(part).await?;
            }
        }
        writer.write_all(b"0\r\n\r\n").await?;
        // Whoever hangs up is answered no more.
        std::io::Result::Ok(writer)
    });
    let _writer = sending.await.unwrap().unwrap();
    let mut said = Vec::new();
    tokio::time::timeout(Duration::from_mins(1), reader.read_to_end(&mut said)).await.unwrap().unwrap();
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn two_hundred_megabytes_in_chunks_are_refused_without_being_kept() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    // Whatever is allocated once, for whoever asks, is there by now.
    for _ in 0..20 {
        assert_eq!(bed.send_signed(&mut signer, b"{\"type\":1}", 0).await.status, 200);
        assert_eq!(bed.send(&[], vec![b'x'; 70_000]).await.status, 413);
    }
    let before = bed.shop.peak_kb();
    let said = junk(&bed).await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    let more = bed.shop.peak_kb().saturating_sub(before);
    assert!(more < 1_000, "{more} kB more");
    bed.shop.end().await;
}

#[tokio::test]
async fn requests_that_never_end_are_given_up_and_keep_nobody_waiting() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    let mut slow = Vec::new();
    for at in 0..40 {
        let mut stream = TcpStream::connect(bed.endpoint).await.unwrap();
        let head = if at % 2 == 0 {
            "POST /discord HTTP/1.1\r\nHost: x\r\n"
        } else {
            "POST /discord HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
        };
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let answered = tokio::time::timeout(Duration::from_secs(3), bed.send_signed(&mut signer, b"{\"type\":1}", 0)).await;
    assert_eq!(answered.unwrap().body, json!({ "type": 1 }));
    for mut stream in slow {
        within(Duration::from_secs(30), "the end of a slow request", async || {
            // A byte now and then does not keep it open.
            let _ = stream.write_all(b"x").await;
            let mut said = [0; 256];
            match tokio::time::timeout(Duration::from_millis(50), stream.read(&mut said)).await {
                Ok(Ok(0) | Err(_)) => Some(()),
                Ok(Ok(length)) => said[..length].starts_with(b"HTTP/1.1 408").then_some(()),
                Err(_) => None,
            }
        })
        .await;
    }
    bed.shop.end().await;
}
