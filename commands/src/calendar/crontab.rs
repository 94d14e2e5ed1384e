//! Five-field crontab, as crontab(5) means it, over the `cron` crate.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, NaiveDate, TimeZone as _, Timelike as _, Utc};
use jiff::civil;

use super::field::{BadItem, DAY, HOUR, MINUTE, MONTH, Values, WEEKDAY};

const MACROS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A crontab expression: `minute hour day-of-month month day-of-week`, or `@hourly` to `@yearly`.
///
/// Where neither kind of day starts with `*`, either will do (the 13th, or a Friday); otherwise both must hold.
#[derive(Debug, Clone)]
pub struct Crontab {
    /// As it was written, with single spaces.
    text: String,
    /// Falls due when any of them does: two where both kinds of day are restricted, otherwise one.
    any: Vec<cron::Schedule>,
    is_fixed: bool,
}

/// Why a text is no crontab expression; the sentence names the field and says what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCrontab {
    #[error("{name}: {item}; allowed are {allowed}")]
    Field { name: &'static str, allowed: &'static str, item: BadItem },
    #[error("a schedule has five fields (minute, hour, day of month, month, day of week), not {0}")]
    FieldCount(usize),
    #[error("a schedule that starts with @ must be @hourly, @daily, @weekly, @monthly or @yearly")]
    Macro,
    #[error("day of month and month: this never happens; no such month has such a day")]
    Never,
    #[error("the expression cannot be used: {0}")]
    Engine(String),
}

impl Crontab {
    /// Whether it names hours of the day, rather than going round with every one of them.
    #[must_use]
    pub(super) fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    /// The first slot after what a clock shows, on a calendar without jumps; none after the year 2100.
    #[must_use]
    pub(super) fn next_after(&self, shown: civil::DateTime) -> Option<civil::DateTime> {
        // The engine's years begin with 1970.
        let shown = to_chrono(shown.max(civil::date(1969, 12, 31).at(23, 59, 59, 0)))?;
        self.any.iter().filter_map(|days| days.after(&shown).next()).min().and_then(from_chrono)
    }
}

impl FromStr for Crontab {
    type Err = BadCrontab;

    fn from_str(text: &str) -> Result<Self, BadCrontab> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let spelled = if text.starts_with('@') {
            let found = MACROS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&text));
            found.ok_or(BadCrontab::Macro)?.1
        } else {
            &text
        };
        let fields: Vec<&str> = spelled.split(' ').filter(|it| !it.is_empty()).collect();
        let &[minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(BadCrontab::FieldCount(fields.len()));
        };
        let (minute, hour) = (MINUTE.read(minute)?, HOUR.read(hour)?);
        let (day, month, weekday) = (DAY.read(day)?, MONTH.read(month)?, WEEKDAY.read(weekday)?);

        let is_fixed = hour.set.len() < 24;
        let of = |day: &str, weekday: &str| {
            // The engine's first field is seconds: a slot is the whole minute, and begins with it.
            let spelled = format!("0 {} {} {day} {} {weekday}", list(&minute), list(&hour), list(&month));
            cron::Schedule::from_str(&spelled).map_err(|error| BadCrontab::Engine(error.to_string()))
        };
        let (days, weekdays) = (list(&day), weekday_list(&weekday));
        let any = if day.is_star || weekday.is_star {
            vec![of(&days, &weekdays)?]
        } else {
            vec![of(&days, "*")?, of("*", &weekdays)?]
        };
        let crontab = Self { text, any, is_fixed };
        // In 28 years from 2000 on, every date meets every day of the week.
        match crontab.next_after(civil::date(1999, 12, 31).at(23, 59, 59, 0)) {
            Some(_) => Ok(crontab),
            None => Err(BadCrontab::Never),
        }
    }
}

impl PartialEq for Crontab {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Crontab {}

impl fmt::Display for Crontab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn list(values: &Values) -> String {
    join(&values.set)
}

/// The engine counts days of the week from Sunday = 1; crontab from Sunday = 0, and 7 is Sunday again.
fn weekday_list(values: &Values) -> String {
    join(&values.set.iter().map(|day| day % 7 + 1).collect())
}

fn join(values: &BTreeSet<u8>) -> String {
    values.iter().map(u8::to_string).collect::<Vec<_>>().join(",")
}

/// What a clock shows, dressed as UTC: the engine only counts on a calendar here.
fn to_chrono(shown: civil::DateTime) -> Option<DateTime<Utc>> {
    let day = NaiveDate::from_ymd_opt(
        shown.year().into(),
        u32::try_from(shown.month()).ok()?,
        u32::try_from(shown.day()).ok()?,
    )?;
    let time = day.and_hms_opt(
        u32::try_from(shown.hour()).ok()?,
        u32::try_from(shown.minute()).ok()?,
        u32::try_from(shown.second()).ok()?,
    )?;
    Some(Utc.from_utc_datetime(&time))
}

fn from_chrono(slot: DateTime<Utc>) -> Option<civil::DateTime> {
    civil::DateTime::new(
        i16::try_from(slot.year()).ok()?,
        i8::try_from(slot.month()).ok()?,
        i8::try_from(slot.day()).ok()?,
        i8::try_from(slot.hour()).ok()?,
        i8::try_from(slot.minute()).ok()?,
        i8::try_from(slot.second()).ok()?,
        0,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusals(texts: &[&str]) -> String {
        let say = |text: &&str| match text.parse::<Crontab>() {
            Ok(_) => format!("{text}  →  accepted\n"),
            Err(error) => format!("{text}  →  {error}\n"),
        };
        texts.iter().map(say).collect()
    }

    #[test]
    fn an_error_names_the_field_and_what_it_allows() {
        expect_test::expect![[r"
              →  a schedule has five fields (minute, hour, day of month, month, day of week), not 0
            * * * *  →  a schedule has five fields (minute, hour, day of month, month, day of week), not 4
            0 * * * * *  →  a schedule has five fields (minute, hour, day of month, month, day of week), not 6
            @reboot  →  a schedule that starts with @ must be @hourly, @daily, @weekly, @monthly or @yearly
            @dailyx  →  a schedule that starts with @ must be @hourly, @daily, @weekly, @monthly or @yearly
            60 * * * *  →  minute: an item is out of range; allowed are 0 to 59
            -1 * * * *  →  minute: an item cannot be read; write *, a value, a range (1-5), a step (*/2) or a list (1,3); allowed are 0 to 59
            * 24 * * *  →  hour: an item is out of range; allowed are 0 to 23
            * * 0 * *  →  day of month: an item is out of range; allowed are 1 to 31
            * * 32 * *  →  day of month: an item is out of range; allowed are 1 to 31
            * * * 13 *  →  month: an item is out of range; allowed are 1 to 12 and JAN to DEC
            * * * JANUARY *  →  month: an item cannot be read; write *, a value, a range (1-5), a step (*/2) or a list (1,3); allowed are 1 to 12 and JAN to DEC
            * * * * 8  →  day of week: an item is out of range; allowed are 0 to 7, where 0 and 7 are Sunday, and SUN to SAT
            * * * * MOON  →  day of week: an item cannot be read; write *, a value, a range (1-5), a step (*/2) or a list (1,3); allowed are 0 to 7, where 0 and 7 are Sunday, and SUN to SAT
            5/15 * * * *  →  minute: a step needs * or a range before it, such as */15 or 5-59/15; allowed are 0 to 59
            */0 * * * *  →  minute: a step must be at least 1 and fit the field; allowed are 0 to 59
            */60 * * * *  →  minute: a step must be at least 1 and fit the field; allowed are 0 to 59
            30-10 * * * *  →  minute: a range runs backwards; write the smaller value first, or two ranges; allowed are 0 to 59
            * * * * FRI-MON  →  day of week: a range runs backwards; write the smaller value first, or two ranges; allowed are 0 to 7, where 0 and 7 are Sunday, and SUN to SAT
            * * L * *  →  day of month: L, W, # and ? are no crontab; list the values; allowed are 1 to 31
            * * LW * *  →  day of month: L, W, # and ? are no crontab; list the values; allowed are 1 to 31
            * * 15W * *  →  day of month: L, W, # and ? are no crontab; list the values; allowed are 1 to 31
            * * * * 5L  →  day of week: L, W, # and ? are no crontab; list the values; allowed are 0 to 7, where 0 and 7 are Sunday, and SUN to SAT
            * * * * MON#2  →  day of week: L, W, # and ? are no crontab; list the values; allowed are 0 to 7, where 0 and 7 are Sunday, and SUN to SAT
            * * ? * *  →  day of month: L, W, # and ? are no crontab; list the values; allowed are 1 to 31
            1,,2 * * * *  →  minute: an item cannot be read; write *, a value, a range (1-5), a step (*/2) or a list (1,3); allowed are 0 to 59
            1- * * * *  →  minute: an item cannot be read; write *, a value, a range (1-5), a step (*/2) or a list (1,3); allowed are 0 to 59
            1-2-3 * * * *  →  minute: an item cannot be read; write *, a value, a range (1-5), a step (*/2) or a list (1,3); allowed are 0 to 59
            */2/2 * * * *  →  minute: an item cannot be read; write *, a value, a range (1-5), a step (*/2) or a list (1,3); allowed are 0 to 59
            99999999999999999999 * * * *  →  minute: an item is out of range; allowed are 0 to 59
            a * * * *  →  minute: an item cannot be read; write *, a value, a range (1-5), a step (*/2) or a list (1,3); allowed are 0 to 59
            0 0 30 2 *  →  day of month and month: this never happens; no such month has such a day
            0 0 31 4,6,9,11 *  →  day of month and month: this never happens; no such month has such a day
        "]].assert_eq(&refusals(&[
            "", "* * * *", "0 * * * * *", "@reboot", "@dailyx", "60 * * * *", "-1 * * * *", "* 24 * * *",
            "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * JANUARY *", "* * * * 8", "* * * * MOON", "5/15 * * * *",
            "*/0 * * * *", "*/60 * * * *", "30-10 * * * *", "* * * * FRI-MON", "* * L * *", "* * LW * *", "* * 15W * *",
            "* * * * 5L", "* * * * MON#2", "* * ? * *", "1,,2 * * * *", "1- * * * *", "1-2-3 * * * *", "*/2/2 * * * *",
            "99999999999999999999 * * * *", "a * * * *", "0 0 30 2 *", "0 0 31 4,6,9,11 *",
        ]));
    }

    #[test]
    fn a_day_that_never_comes_is_fine_when_the_week_brings_one() {
        for fine in ["0 0 30 2 MON", "0 0 29 2 *", "0 0 29 2 */7", "0 0 * * FRI-SUN", "@Daily", "\t@hourly "] {
            assert!(fine.parse::<Crontab>().is_ok(), "{fine}");
        }
    }
}
