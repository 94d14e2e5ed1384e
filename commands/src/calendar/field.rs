//! One field of a crontab line: lists, ranges, steps and names.

use std::collections::BTreeSet;

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

pub(super) const MINUTE: Field = Field { name: "minute", least: 0, most: 59, names: &[], allowed: "0 to 59" };
pub(super) const HOUR: Field = Field { name: "hour", least: 0, most: 23, names: &[], allowed: "0 to 23" };
pub(super) const DAY: Field = Field { name: "day of month", least: 1, most: 31, names: &[], allowed: "1 to 31" };
pub(super) const MONTH: Field =
    Field { name: "month", least: 1, most: 12, names: &MONTHS, allowed: "1 to 12 and JAN to DEC" };
pub(super) const WEEKDAY: Field = Field {
    name: "day of week",
    least: 0,
    most: 7,
    names: &WEEKDAYS,
    allowed: "0 to 7, where 0 and 7 are Sunday, and SUN to SAT",
};

/// What one field may hold.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    least: u8,
    most: u8,
    /// Names of the values, from `least` on.
    names: &'static [&'static str],
    allowed: &'static str,
}

/// The values of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Values {
    /// Starts with `*`, whatever follows: what crontab(5) calls unrestricted.
    pub(super) is_star: bool,
    pub(super) set: BTreeSet<u8>,
}

/// What is wrong with an item of a field; the sentence says what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadItem {
    #[error("an item cannot be read; write *, a value, a range (1-5), a step (*/2) or a list (1,3)")]
    Unreadable,
    #[error("L, W, # and ? are no crontab; list the values")]
    Foreign,
    #[error("an item is out of range")]
    OutOfRange,
    #[error("a range runs backwards; write the smaller value first, or two ranges")]
    Backwards,
    #[error("a step must be at least 1 and fit the field")]
    Step,
    #[error("a step needs * or a range before it, such as */15 or 5-59/15")]
    StepOfOne,
}

impl Field {
    /// Reads a field; the error comes with this field's name and what it allows.
    pub(super) fn read(&'static self, text: &str) -> Result<Values, super::BadCrontab> {
        let mut set = BTreeSet::new();
        for item in text.split(',') {
            set.extend(self.item(item).map_err(|item| super::BadCrontab::Field {
                name: self.name,
                allowed: self.allowed,
                item,
            })?);
        }
        Ok(Values { is_star: text.starts_with('*'), set })
    }

    fn item(&self, item: &str) -> Result<Vec<u8>, BadItem> {
        let (span, step) = match item.split_once('/') {
            Some((span, step)) => (span, Some(number(step).ok_or(BadItem::Unreadable)?)),
            None => (item, None),
        };
        let (from, to) = if span == "*" {
            (self.least, self.most)
        } else if let Some((from, to)) = span.split_once('-') {
            (self.value(from)?, self.range_end(to)?)
        } else {
            let value = self.value(span)?;
            if step.is_some() {
                return Err(BadItem::StepOfOne);
            }
            (value, value)
        };
        if from > to {
            return Err(BadItem::Backwards);
        }
        let step = step.unwrap_or(1);
        if !(1..=self.most).contains(&step) {
            return Err(BadItem::Step);
        }
        Ok((from..=to).step_by(step.into()).collect())
    }

    fn value(&self, text: &str) -> Result<u8, BadItem> {
        if let Some(value) = number(text) {
            return if (self.least..=self.most).contains(&value) { Ok(value) } else { Err(BadItem::OutOfRange) };
        }
        let named = (self.least..).zip(self.names).find(|(_, name)| name.eq_ignore_ascii_case(text));
        match named {
            Some((value, _)) => Ok(value),
            None if is_foreign(text) => Err(BadItem::Foreign),
            None => Err(BadItem::Unreadable),
        }
    }

    /// `FRI-SUN` ends at the Sunday after Friday.
    fn range_end(&self, text: &str) -> Result<u8, BadItem> {
        let value = self.value(text)?;
        Ok(if text.eq_ignore_ascii_case("SUN") { self.most } else { value })
    }
}

fn number(text: &str) -> Option<u8> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // A number that is too long for a byte is too large for every field.
    is_number.then(|| text.parse().unwrap_or(u8::MAX))
}

/// Extensions of other schedulers: `L`, `5L`, `15W`, `LW`, `MON#2`, `?`.
fn is_foreign(text: &str) -> bool {
    text.contains(['#', '?'])
        || ["L", "W", "LW"]
            .iter()
            .any(|mark| text.trim_start_matches(|c: char| c.is_ascii_digit()).eq_ignore_ascii_case(mark))
}
