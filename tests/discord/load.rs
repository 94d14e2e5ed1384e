//! What is sent to wear the bot out: junk, and requests that never end.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bed::{Bed, Signer};
use crate::kit::within;

/// A field of `/proc/PID/status`, in kB.
fn memory(pid: u32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix(field)).unwrap();
    line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap()
}

/// Sends a head, and then junk until the other side has had enough; what was answered.
async fn junk(bed: &Bed, head: &str, frame: Option<&'static str>) -> String {
    let stream = TcpStream::connect(bed.endpoint).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(head.as_bytes()).await.unwrap();
    let sending = tokio::spawn(async move {
        let chunk = vec![b'x'; 0x10000];
        for _ in 0..3200 {
            let (before, after) = frame.map_or(("", ""), |frame| (frame, "\r\n"));
            for part in [before.as_bytes(), &chunk, after.as_bytes()] {
                if writer.write_all(part).await.is_err() {
                    return;
                }
            }
        }
    });
    let mut said = Vec::new();
    // The other side may hang up while it is still being written to.
    let _ = tokio::time::timeout(Duration::from_mins(1), reader.read_to_end(&mut said)).await.unwrap();
    sending.abort();
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn two_hundred_megabytes_of_junk_are_refused_and_take_no_memory() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    let head = "POST /discord HTTP/1.1\r\nHost: x\r\nX-Signature-Ed25519: 00\r\nX-Signature-Timestamp: 1\r\n";
    let sized = format!("{head}Content-Length: 209715200\r\n\r\n");
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    // Whatever is allocated once, for whoever asks, is there by now.
    for _ in 0..20 {
        assert_eq!(bed.send_signed(&mut signer, b"{\"type\":1}", 0).await.status, 200);
        assert_eq!(bed.send(&[], vec![b'x'; 70_000]).await.status, 413);
    }
    let before = memory(bed.shop.pid(), "VmHWM");
    for (head, frame) in [(sized, None), (chunked, Some("10000\r\n"))] {
        let said = junk(&bed, &head, frame).await;
        assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    }
    let more = memory(bed.shop.pid(), "VmHWM") - before;
    assert!(more < 1024, "{more} kB more");
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
