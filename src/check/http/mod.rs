//! A request over HTTP: the status, the release that answers, what the body says, and how long it took.

mod judge;
mod settings;

use std::time::Duration;

use async_trait::async_trait;
use events::check::{Reading, Verdict};
use events::name::CheckName;
use reqwest::Response;
use reqwest::header::HOST;

pub use self::settings::{HeaderField, HeaderText, Pointer, ReleaseIs, Settings, Target};
use super::{Findings, shown};
use crate::clock::{Clock as _, SystemClock};
use crate::config::secret::Value;
use crate::ports::{Check, Subject};

/// How much of an answer's body is read, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;

/// Asks once per reading, over a connection of its own; redirects are not followed.
pub struct HttpCheck {
    settings: Settings,
    client: reqwest::Client,
}

impl HttpCheck {
    pub fn new(settings: Settings) -> Result<Self, reqwest::Error> {
        Ok(Self { settings, client: crate::client::client()? })
    }

    async fn ask(&self, subject: &Subject, patience: Duration) -> Result<Answer, Findings> {
        let mut unable = Findings::new();
        let mut request = self.client.get(format!("{}{}", subject.base, self.settings.path.as_str())).timeout(patience);
        if let Some(host) = &self.settings.host {
            request = request.header(HOST, host.as_str());
        }
        for (name, value) in &self.settings.headers {
            let name = name.as_str();
            let value = match value {
                Value::Plain(text) => Ok(text.clone()),
                Value::Secret(secret) => secret.resolve().map(|value| value.expose().to_owned()),
            };
            match value {
                Ok(value) => request = request.header(name, value),
                Err(error) => {
                    unable.add(Verdict::NoEvidence, format!("the header {name} cannot be sent: {error}"));
                    return Err(unable);
                }
            }
        }
        let clock = SystemClock::new();
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_builder() => {
                // Never what the header holds: only that it can't be one.
                unable.add(Verdict::NoEvidence, "the request cannot be made from these settings");
                return Err(unable);
            }
            Err(error) => {
                unable.add(Verdict::Fail, failure(&error, clock.elapsed()));
                return Err(unable);
            }
        };
        let body = read(&mut response).await;
        Ok(Answer { response, body, took: clock.elapsed() })
    }
}

#[async_trait]
impl Check for HttpCheck {
    fn name(&self) -> &CheckName {
        &self.settings.name
    }

    /// Through the balancer nothing is added to the request: what answers users must answer.
    async fn read(&self, subject: &Subject, patience: Duration) -> Reading {
        let findings = match self.ask(subject, patience).await {
            Ok(answer) => judge::judge(&self.settings, &answer, &subject.release),
            Err(findings) => findings,
        };
        findings.reading(&self.settings.name, &subject.name, judge::limit(&self.settings, &subject.release))
    }
}

struct Answer {
    response: Response,
    /// The body, or why it broke off.
    body: Result<Body, String>,
    took: Duration,
}

struct Body {
    bytes: Vec<u8>,
    is_cut: bool,
}

async fn read(response: &mut Response) -> Result<Body, String> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(Body { bytes, is_cut: false }),
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Err(error) if error.is_timeout() => return Err(format!("timed out after {} bytes", bytes.len())),
            Err(_) => return Err(format!("broke off after {} bytes", bytes.len())),
        }
        if bytes.len() > BODY_LIMIT {
            bytes.truncate(BODY_LIMIT);
            return Ok(Body { bytes, is_cut: true });
        }
    }
}

/// What went wrong in a few words: the innermost cause, without the address, which the subject says.
fn failure(error: &reqwest::Error, took: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer in {} ms", took.as_millis());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    shown(&cause.to_string())
}
