//! One request and its answer, held against what it should be.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HOST, HeaderMap};
use hyper::{Method, Request, Response};
use sha2::{Digest as _, Sha256};

use super::client::{Connection, Kept, Sent, chain};
use super::record::monotonic_ns;
use super::{Kind, Planned, REQUEST_LIMIT, Record, Settings, Target};
use crate::sample::CHUNK_BYTES;

/// The size of an upload, in bytes.
const UPLOAD_BYTES: usize = 64 * 1024;
/// How many different uploads take turns, so that a body that is mixed up with another is noticed.
const UPLOAD_COUNT: u8 = 16;
/// The pieces of a stream and how far they are apart.
const CHUNKS: usize = 10;
const CHUNK_EVERY: Duration = Duration::from_millis(50);
/// How much of an answer is looked at; the rest is only counted.
const LOOKED_AT_BYTES: usize = 4 * 1024;

/// Sends requests, one at a time per call.
pub(super) struct Prober {
    target: Target,
    kept: Kept,
    slow: Duration,
    uploads: Vec<Upload>,
}

struct Upload {
    body: Bytes,
    sha256: String,
}

/// An answer's body: its length, and its beginning.
struct Answer {
    length_bytes: usize,
    beginning: Vec<u8>,
}

impl Prober {
    pub(super) fn new(settings: &Settings) -> Self {
        let uploads = (0..UPLOAD_COUNT).map(|number| {
            let body = Bytes::from(vec![number; UPLOAD_BYTES]);
            let sha256 = hex::encode(Sha256::digest(&body));
            Upload { body, sha256 }
        });
        Self {
            target: settings.target.clone(),
            kept: Kept::new(settings.kept_connections),
            slow: settings.slow,
            uploads: uploads.collect(),
        }
    }

    /// Sends one request that was due at `scheduled_ns` and waits for its whole answer. Never retries.
    pub(super) async fn perform(&self, planned: Planned, scheduled_ns: u64) -> Record {
        let started_ns = monotonic_ns();
        let mut record = Record {
            index: planned.index,
            kind: planned.kind,
            scheduled_ns,
            started_ns,
            first_byte_ns: None,
            finished_ns: started_ns,
            status: None,
            release: None,
            color: None,
            slot: None,
            reopened: 0,
            error: None,
        };
        let outcome = tokio::time::timeout(REQUEST_LIMIT, self.exchange(&mut record)).await;
        record.finished_ns = monotonic_ns();
        record.error = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(format!("no whole answer within {} s", REQUEST_LIMIT.as_secs())),
        };
        record
    }

    async fn exchange(&self, record: &mut Record) -> Result<(), String> {
        let (connection, response) = self.send(record).await?;
        record.first_byte_ns = Some(monotonic_ns());
        let status = response.status();
        record.status = Some(status.as_u16());
        record.release = said(response.headers(), "x-release");
        record.color = said(response.headers(), "x-color");
        record.slot = said(response.headers(), "x-slot");

        let answer = read(response).await?;
        if status != hyper::StatusCode::OK {
            let beginning = String::from_utf8_lossy(&answer.beginning);
            return Err(format!("status {}: {}", status.as_u16(), beginning.trim_end()));
        }
        self.check(record, &answer)?;
        if record.kind.keeps_connection() {
            self.kept.give_back(connection);
        }
        Ok(())
    }

    async fn send(&self, record: &mut Record) -> Result<(Connection, Response<Incoming>), String> {
        if record.kind.keeps_connection() {
            while let Some(mut connection) = self.kept.take() {
                match connection.send_again(self.request(record)?).await? {
                    Sent::Answered(response) => return Ok((connection, response)),
                    Sent::WasClosed => record.reopened += 1,
                }
            }
        }
        // All kept ones are in use (or were closed): a further user has a further connection.
        let mut connection = Connection::open(&self.target).await?;
        let response = connection.send(self.request(record)?).await?;
        Ok((connection, response))
    }

    fn request(&self, record: &Record) -> Result<Request<Full<Bytes>>, String> {
        let (method, path, body) = match record.kind {
            Kind::Kept | Kind::Fresh => (Method::GET, "/".to_owned(), Bytes::new()),
            Kind::Slow => (Method::GET, format!("/slow?ms={}", self.slow.as_millis()), Bytes::new()),
            Kind::Stream => {
                (Method::GET, format!("/stream?chunks={CHUNKS}&ms={}", CHUNK_EVERY.as_millis()), Bytes::new())
            }
            Kind::Upload => {
                let body = self.upload(record).map(|upload| upload.body.clone()).unwrap_or_default();
                (Method::POST, "/upload".to_owned(), body)
            }
            Kind::Order => (Method::POST, format!("/order?id={}", record.index), Bytes::new()),
        };
        let request = Request::builder().method(method).uri(path).header(HOST, &self.target.authority);
        request.body(Full::new(body)).map_err(|error| error.to_string())
    }

    fn upload(&self, record: &Record) -> Option<&Upload> {
        let count = u64::from(UPLOAD_COUNT);
        self.uploads.get(usize::try_from(record.index % count).ok()?)
    }

    fn check(&self, record: &Record, answer: &Answer) -> Result<(), String> {
        match record.kind {
            Kind::Kept | Kind::Fresh | Kind::Slow | Kind::Order => match answer.length_bytes {
                0 => Err("an empty answer".to_owned()),
                _ => Ok(()),
            },
            Kind::Stream => match answer.length_bytes {
                length if length == CHUNKS * CHUNK_BYTES => Ok(()),
                length => Err(format!("a stream of {length} bytes, not {}", CHUNKS * CHUNK_BYTES)),
            },
            Kind::Upload => {
                let wanted = self.upload(record).map(|upload| upload.sha256.as_str());
                let report: serde_json::Value = serde_json::from_slice(&answer.beginning)
                    .map_err(|error| format!("an upload's answer that is not JSON: {error}"))?;
                match report.get("sha256").and_then(|it| it.as_str()) {
                    sha256 if sha256 == wanted => Ok(()),
                    sha256 => Err(format!("checksum {sha256:?}, not {wanted:?}")),
                }
            }
        }
    }
}

async fn read(response: Response<Incoming>) -> Result<Answer, String> {
    let mut body = response.into_body();
    let mut answer = Answer { length_bytes: 0, beginning: Vec::new() };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| format!("after {} bytes: {}", answer.length_bytes, chain(&error)))?;
        if let Some(piece) = frame.data_ref() {
            answer.length_bytes += piece.len();
            let room = LOOKED_AT_BYTES.saturating_sub(answer.beginning.len()).min(piece.len());
            answer.beginning.extend_from_slice(piece.get(..room).unwrap_or_default());
        }
    }
    Ok(answer)
}

fn said(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
