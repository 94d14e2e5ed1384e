//! What a bot's book makes of the log's refusals: nothing is written on an old version, or in an epoch that is over.

use std::sync::Arc;

use changeover::engine::Book;
use changeover::engine::book::Cause;
use changeover::ports::{AppendError, Log};
use events::actor::Actor;
use events::envelope::{Correlation, Stream};
use events::fact::{Event, LockEvent};
use events::fold::State;
use events::number::Version;

use crate::kit::{open, place};

async fn lock(book: &Book, version: u64, id: &str) -> Result<(), AppendError> {
    let correlation = Correlation(id.to_owned());
    let cause = Cause { actor: Actor::console(1000), correlation, causation: None, id: id.to_owned() };
    let locked = Event::Lock(LockEvent::Taken { reason: id.to_owned(), until: None });
    book.append(Stream("shop/production".to_owned()), Version(version), &cause, &[locked]).await.map(|_| ())
}

#[tokio::test]
async fn a_bot_whose_log_was_taken_over_writes_nothing_more() {
    let (_folder, file) = place();
    let log = Arc::new(open(&file).await);
    let shared: Arc<dyn Log> = log.clone();
    let first = Book::new(shared.clone(), State::default(), log.begin_epoch().await.unwrap());
    lock(&first, 0, "a").await.unwrap();
    let second = Book::new(shared, first.state(), log.begin_epoch().await.unwrap());
    assert!(matches!(lock(&first, 1, "b").await, Err(AppendError::Fenced { .. })));
    lock(&second, 1, "c").await.unwrap();
    log.close().await;
}

#[tokio::test]
async fn what_was_decided_on_an_old_version_is_not_written() {
    let (_folder, file) = place();
    let log = Arc::new(open(&file).await);
    let book = Book::new(log.clone(), State::default(), log.begin_epoch().await.unwrap());
    lock(&book, 0, "a").await.unwrap();
    assert!(matches!(lock(&book, 0, "b").await, Err(AppendError::Moved { .. })));
    log.close().await;
}
