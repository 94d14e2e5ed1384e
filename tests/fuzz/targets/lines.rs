//! The log as lines, in both spellings.

use changeover::log::lines::{Format, Lines, closing, event, opening};

use super::text;
use crate::target::Target;

pub(crate) const LINES: Target = Target {
    name: "lines",
    rule: "an event that is read from a line is written as a line that reads back as the same",
    seeds: Vec::new,
    read,
    inputs: 1_000,
    longest: 20_000,
};

fn read(input: &[u8]) -> String {
    let text = text(input);
    let mut lines = Lines::default();
    for line in text.lines() {
        match lines.take(line) {
            Ok(None) => {}
            Ok(Some(recorded)) => {
                let id = lines.store_id().map_or_else(|| "0".repeat(32), |it| it.as_str().to_owned());
                for format in [Format::Ndjson, Format::CloudEvents] {
                    let line = event(format, &id, &recorded, true).unwrap();
                    assert!(!line.contains('\n'), "{line}");
                    let mut again = Lines::default();
                    again.take(&opening(format, &id)).unwrap();
                    assert_eq!(again.take(&line).as_ref(), Ok(&Some(recorded.clone())), "{line}");
                }
            }
            Err(why) => {
                assert!(!why.is_empty() && why.len() < 500 && !why.chars().any(char::is_control), "{why}");
                return why;
            }
        }
    }
    if let Some(head) = lines.head() {
        assert!(lines.is_closed());
        let mut again = Lines::default();
        again.take(&opening(Format::Ndjson, &"0".repeat(32))).unwrap();
        again.take(&closing(Format::Ndjson, head)).unwrap();
        assert_eq!(again.head(), Some(head));
    }
    format!("closed: {}", lines.is_closed())
}
