//! The log as lines of text: to be carried elsewhere, read by other programs, and brought back to the same hashes.

mod cloudevents;
mod ndjson;

use events::envelope::Recorded;

use super::chain::Head;
use super::store_id::StoreId;

/// How lines are spelled. Both are one event a line, and both can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Our own columns, with a first line that names the log and a last line that names its head.
    Ndjson,
    /// `CloudEvents` 1.0, as one document of `application/cloudevents-batch+json` with an event on each line.
    CloudEvents,
}

/// The line before the first event.
#[must_use]
pub fn opening(format: Format, store_id: &str) -> String {
    match format {
        Format::Ndjson => ndjson::opening(store_id),
        Format::CloudEvents => cloudevents::OPENING.to_owned(),
    }
}

/// The line of one event. An error is a payload that is no JSON.
pub fn event(format: Format, store_id: &str, event: &Recorded, is_first: bool) -> Result<String, serde_json::Error> {
    match format {
        Format::Ndjson => ndjson::event(event),
        Format::CloudEvents => cloudevents::event(store_id, event, is_first),
    }
}

/// The line after the last event.
#[must_use]
pub fn closing(format: Format, head: &Head) -> String {
    match format {
        Format::Ndjson => ndjson::closing(head),
        Format::CloudEvents => cloudevents::CLOSING.to_owned(),
    }
}

/// Takes lines one after the other, whichever format they are in.
#[derive(Debug, Default)]
pub struct Lines {
    format: Option<Format>,
    store_id: Option<StoreId>,
    /// The log is complete.
    is_closed: bool,
    /// What the last line says the head is; none if it says nothing.
    head: Option<Head>,
}

/// What one line holds.
#[derive(Debug)]
pub(super) enum Line {
    /// The first line again.
    Opening,
    /// An event, and the log that it says it is of.
    Event(Option<StoreId>, Box<Recorded>),
    Closing(Option<Head>),
}

impl Lines {
    /// Takes one line, without its end. None if it holds no event. The error says what is wrong with it.
    pub fn take(&mut self, line: &str) -> Result<Option<Recorded>, String> {
        self.read(line).map_err(|why| shown(&why))
    }

    fn read(&mut self, line: &str) -> Result<Option<Recorded>, String> {
        let line = line.trim();
        if self.is_closed {
            return if line.is_empty() { Ok(None) } else { Err("it comes after the end of the log".to_owned()) };
        }
        let Some(format) = self.format else {
            let format = if line.starts_with('[') { Format::CloudEvents } else { Format::Ndjson };
            self.format = Some(format);
            if format == Format::Ndjson {
                self.store_id = Some(ndjson::first(line)?);
            } else if line != cloudevents::OPENING {
                return Err("the first line of CloudEvents must be `[` alone".to_owned());
            }
            return Ok(None);
        };
        let line = match format {
            Format::Ndjson => ndjson::line(line)?,
            Format::CloudEvents => cloudevents::line(line)?,
        };
        match line {
            Line::Opening => Err("it names the log again; is this more than one export?".to_owned()),
            Line::Event(store_id, event) => self.event(store_id, *event).map(Some),
            Line::Closing(head) => {
                (self.is_closed, self.head) = (true, head);
                Ok(None)
            }
        }
    }

    fn event(&mut self, store_id: Option<StoreId>, event: Recorded) -> Result<Recorded, String> {
        let Some(store_id) = store_id else { return Ok(event) };
        let known = self.store_id.get_or_insert_with(|| store_id.clone());
        if *known == store_id {
            Ok(event)
        } else {
            Err(format!("it belongs to log {}, the ones before to {}", store_id.as_str(), known.as_str()))
        }
    }

    /// Which log the lines are of; none before a line has said so.
    #[must_use]
    pub fn store_id(&self) -> Option<&StoreId> {
        self.store_id.as_ref()
    }

    /// Whether the last line has been taken.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Where the last line says that the log ends.
    #[must_use]
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }
}

/// The most of what is wrong with a line that is shown, in bytes: it may repeat what stands there.
const SHOWN: usize = 400;

/// What is wrong with a line, as it may be shown.
fn shown(why: &str) -> String {
    let end = why.floor_char_boundary(SHOWN);
    let rest = if end < why.len() { "…" } else { "" };
    format!("{}{rest}", why.get(..end).unwrap_or(why).replace(char::is_control, " "))
}
