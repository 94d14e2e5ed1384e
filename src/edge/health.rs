//! Which members answer: each is asked again and again, and changes its standing after enough answers of one kind.

use std::num::NonZeroU8;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;

use crate::clock::{self, Clock as _, SystemClock};
use crate::edge::member::Slot;
use crate::edge::pool;
use crate::edge::settings;

/// How much of an answer to a check is read: an application that is cut off in its answer may log an error each time.
const ANSWER_LIMIT_BYTES: usize = 256 * 1024;

/// What the balancer thinks of one member.
#[derive(Debug)]
pub(super) struct Health {
    is_healthy: AtomicBool,
    record: Mutex<Record>,
}

#[derive(Debug)]
struct Record {
    /// How many answers in a row spoke against the present standing.
    against: u8,
    /// How many passes it takes to become healthy.
    needed: NonZeroU8,
    note: String,
}

impl Health {
    /// Not healthy until it has passed `needed` times in a row.
    pub(super) fn unproven(needed: NonZeroU8) -> Self {
        let record = Record { against: 0, needed, note: "not checked yet".to_owned() };
        Self { is_healthy: AtomicBool::new(false), record: Mutex::new(record) }
    }

    pub(super) fn is_healthy(&self) -> bool {
        self.is_healthy.load(Ordering::Relaxed)
    }

    /// The newest answer or error, for people.
    pub(super) fn note(&self) -> String {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).note.clone()
    }

    /// Takes in one answer; true if the standing changes by it.
    fn take(&self, settings: &settings::Health, answer: Result<String, String>) -> bool {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let was_healthy = self.is_healthy();
        let is_against = answer.is_ok() != was_healthy;
        record.note = answer.unwrap_or_else(|note| note);
        record.against = if is_against { record.against.saturating_add(1) } else { 0 };
        let enough = if was_healthy { settings.unhealthy } else { record.needed };
        let changes = record.against >= enough.get();
        if changes {
            record.against = 0;
            record.needed = settings.healthy;
            self.is_healthy.store(!was_healthy, Ordering::Relaxed);
        }
        changes
    }
}

/// Asks `slot` at once and then every interval, until it is taken away.
pub(super) async fn keep_asking(slot: Arc<Slot>, settings: settings::Health, clock: SystemClock) {
    let retired = slot.retired();
    let rounds = async {
        loop {
            let answer = ask(&slot, &settings, &clock).await;
            if slot.health.take(&settings, answer) {
                let (color, machine, note) = (slot.color, &slot.member.machine, slot.health.note());
                if slot.health.is_healthy() {
                    tracing::info!(%color, %machine, note, "a member is healthy");
                } else {
                    tracing::warn!(%color, %machine, note, "a member is not healthy");
                }
            }
            clock::pause(settings.interval).await;
        }
    };
    retired.run_until_cancelled(rounds).await;
}

/// One check: what it said, as a pass or a failure.
async fn ask(slot: &Slot, settings: &settings::Health, clock: &SystemClock) -> Result<String, String> {
    let begun = clock.elapsed();
    let exchange = exchange(&slot.member.address, settings.path.as_str());
    match tokio::time::timeout(settings.timeout, exchange).await {
        Err(_) => Err(format!("no answer within {}", crate::config::duration::format(settings.timeout))),
        Ok(Err(error)) => Err(error),
        Ok(Ok(StatusCode::OK)) => {
            let taken: Duration = clock.elapsed().saturating_sub(begun);
            Ok(format!("200 in {} ms", taken.as_millis()))
        }
        Ok(Ok(status)) => Err(format!("answered {} and not 200", status.as_u16())),
    }
}

/// Asks over a connection of its own, as a new user would. The caller bounds the time.
async fn exchange(address: &str, path: &str) -> Result<StatusCode, String> {
    let stream = pool::connect(address).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let request = Request::get(path)
        .header(header::HOST, address)
        .header(header::USER_AGENT, "changeover-health")
        .header(header::CONNECTION, "close")
        .body(Empty::new())
        .map_err(|error| error.to_string())?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status = response.status();
        // Whether the rest arrives changes nothing: the status was the answer.
        let _ = http_body_util::Limited::new(response.into_body(), ANSWER_LIMIT_BYTES).collect().await;
        Ok(status)
    };
    tokio::pin!(answer);
    tokio::select! {
        answered = &mut answer => answered,
        ended = connection => match ended {
            // The answer is there even if the member has closed the connection behind it.
            Ok(()) => answer.await,
            Err(error) => Err(error.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> settings::Health {
        settings::Health {
            healthy: NonZeroU8::new(2).unwrap(),
            unhealthy: NonZeroU8::new(3).unwrap(),
            ..settings::Health::default()
        }
    }

    fn standings(health: &Health, answers: &str) -> String {
        let settings = settings();
        let take = |answer| {
            health.take(&settings, if answer == 'p' { Ok(String::new()) } else { Err(String::new()) });
            if health.is_healthy() { 'U' } else { 'd' }
        };
        answers.chars().map(take).collect()
    }

    #[test]
    fn a_member_changes_its_standing_after_enough_answers_in_a_row() {
        let health = Health::unproven(settings().healthy);
        assert!(!health.is_healthy());
        assert_eq!(standings(&health, "pfppffpffpfffpp"), "dddUUUUUUUUUddU");
    }

    #[test]
    fn a_member_known_before_a_restart_needs_one_pass_and_later_as_many_as_any() {
        let health = Health::unproven(NonZeroU8::MIN);
        assert_eq!(standings(&health, "pfffppp"), "UUUddUU");
    }
}
