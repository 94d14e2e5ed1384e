//! A body that nobody wants, sent as slowly as it is taken.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const LONG: Duration = Duration::from_mins(1);

/// Sends so many bytes to a path; the first of what is answered.
pub(crate) async fn junk(address: SocketAddr, path: &str, size: usize) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {size}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let junk = vec![b'x'; 1 << 16];
    let sending = async {
        for _ in 0..=size / junk.len() {
            if writer.write_all(&junk).await.is_err() {
                return;
            }
        }
    };
    let mut answer = [0; 12];
    let exchange = async { tokio::join!(sending, reader.read_exact(&mut answer)) };
    let ((), read) = tokio::time::timeout(LONG, exchange).await.unwrap();
    read.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
