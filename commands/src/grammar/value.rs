//! Values as people type them: lengths of time, times, shares, numbers.

use events::fact::REASON_LIMIT;
use events::number::{Position, RunNumber, Ticket};
use jiff::{SignedDuration, Timestamp};

use super::misread::Because;
use crate::order::At;

/// The longest length of time that can be said.
const LENGTH_LIMIT: SignedDuration = SignedDuration::from_hours(365 * 24);
/// The most steps of a canary.
const SHARE_LIMIT: usize = 10;
/// The most runs that a history shows.
const HISTORY_LIMIT: u16 = 500;

/// Units of time, longest first, in seconds.
const UNITS: [(char, i64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

pub(super) fn reason(text: &str) -> Result<String, Because> {
    let text = text.trim();
    // Quotes around nothing are no reason.
    if text.is_empty() {
        Err(Because::NoValue { flag: "reason", value: "\"TEXT\"" })
    } else if text.len() > REASON_LIMIT {
        Err(Because::BadValue { subject: "A reason", rule: "at most 500 bytes" })
    } else {
        Ok(text.to_owned())
    }
}

/// `24h`, `1d12h`, `90m`.
pub(super) fn length(text: &str) -> Result<SignedDuration, Because> {
    let bad = |rule| Because::BadValue { subject: "A length of time", rule };
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad("a number and its unit, such as 24h or 2d"));
    }
    let unreadable = || bad("numbers with the units w, d, h, m or s, such as 24h or 1d12h");
    let mut seconds: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(unreadable)?;
        let (number, unit) = rest.split_at(digits);
        let mut unit = unit.chars();
        let letter = unit.next().map(|c| c.to_ascii_lowercase());
        let (_, factor) = UNITS.iter().find(|(unit, _)| Some(*unit) == letter).ok_or_else(unreadable)?;
        let number: i64 = number.parse().map_err(|_| unreadable())?;
        let part = number.checked_mul(*factor).ok_or_else(unreadable)?;
        seconds = seconds.checked_add(part).ok_or_else(unreadable)?;
        rest = unit.as_str();
    }
    let length = SignedDuration::from_secs(seconds);
    if (SignedDuration::from_mins(1)..=LENGTH_LIMIT).contains(&length) {
        Ok(length)
    } else {
        Err(bad("between 1m and 365d"))
    }
}

/// A length as [`length`] reads it; parts of a second are left out.
pub(super) fn spell_length(length: SignedDuration) -> String {
    let mut seconds = length.as_secs().max(0);
    let mut spelled = String::new();
    for (unit, factor) in UNITS {
        // People count stability windows in days, not weeks.
        if unit != 'w' && seconds >= factor {
            spelled.push_str(&(seconds / factor).to_string());
            spelled.push(unit);
            seconds %= factor;
        }
    }
    if spelled.is_empty() { "0s".to_owned() } else { spelled }
}

/// `18:00`, or a moment.
pub(super) fn at(text: &str) -> Result<At, Because> {
    let bad = || Because::BadValue {
        subject: "`--at`",
        rule: "a time such as 18:00, or a moment such as 2026-08-10T18:00:00Z",
    };
    if let Some((hour, minute)) = text.split_once(':')
        && (1..=2).contains(&hour.len())
        && minute.len() == 2
    {
        let (hour, minute) = (number::<i8>(hour).ok_or_else(bad)?, number::<i8>(minute).ok_or_else(bad)?);
        return if hour <= 23 && minute <= 59 { Ok(At::Clock { hour, minute }) } else { Err(bad()) };
    }
    instant(text).map(At::Moment).ok_or_else(bad)
}

pub(super) fn moment(text: &str) -> Result<Timestamp, Because> {
    instant(text).ok_or(Because::BadValue { subject: "`--at`", rule: "a moment such as 2026-08-10T18:00:00Z" })
}

/// A date, a time and an offset, joined by T. Chat clients and phones write t and z too.
fn instant(text: &str) -> Option<Timestamp> {
    if text.starts_with(|c: char| c.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// `5,25,50`: rising, each 1 to 99, at most ten.
pub(super) fn shares(text: &str) -> Result<Vec<u8>, Because> {
    let bad =
        || Because::BadValue { subject: "`--canary`", rule: "1 to 10 rising shares, each 1 to 99, such as 5,25,50" };
    let shares: Option<Vec<u8>> =
        text.split(',').map(|share| number(share.strip_suffix('%').unwrap_or(share))).collect();
    let shares = shares.ok_or_else(bad)?;
    let is_rising = shares.is_sorted_by(|one, next| one < next);
    let is_within = shares.iter().all(|share| (1..=99).contains(share));
    if is_rising && is_within && shares.len() <= SHARE_LIMIT { Ok(shares) } else { Err(bad()) }
}

pub(super) fn limit(text: &str) -> Result<u16, Because> {
    number(text)
        .filter(|count| (1..=HISTORY_LIMIT).contains(count))
        .ok_or(Because::BadValue { subject: "`--limit`", rule: "a number from 1 to 500" })
}

pub(super) fn position(text: &str) -> Result<Position, Because> {
    number(text)
        .map(Position)
        .ok_or(Because::BadValue { subject: "`--position`", rule: "a position of the log, such as 118" })
}

/// The 42 of `#42`.
pub(super) fn run(text: &str) -> Result<RunNumber, Because> {
    number(text)
        .filter(|number| *number > 0)
        .map(RunNumber)
        .ok_or(Because::BadValue { subject: "A run", rule: "its number, such as #42" })
}

pub(super) fn ticket(text: &str) -> Result<Ticket, Because> {
    number(text)
        .filter(|number| *number > 0)
        .map(Ticket)
        .ok_or(Because::BadValue { subject: "An order in the queue", rule: "its number, such as 3" })
}

/// At least eight digits of a plan's hash, as people see it.
pub(super) fn plan(text: &str) -> Option<String> {
    let is_hash = (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash.then(|| text.to_ascii_lowercase())
}

/// Digits and nothing else: no sign.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_no_longer_than_the_log_takes() {
        assert_eq!(reason(&format!(" {} ", "x".repeat(REASON_LIMIT))).map(|it| it.len()), Ok(REASON_LIMIT));
        let refused = reason(&"x".repeat(REASON_LIMIT + 1)).unwrap_err().to_string();
        assert_eq!(refused, format!("A reason must be at most {REASON_LIMIT} bytes."));
    }

    #[test]
    fn a_length_has_units_and_bounds() {
        for (text, seconds) in [("24h", 86_400), ("1d12h", 129_600), ("90m", 5_400), ("2D", 172_800), ("1w", 604_800)] {
            assert_eq!(length(text), Ok(SignedDuration::from_secs(seconds)), "{text}");
        }
        for bad in
            ["5", "", "h", "24", "24x", "1d12", "59s", "366d", "-1h", "1.5h", "99999999999999999999h", "9w9w9w9w9w9w"]
        {
            assert!(length(bad).is_err(), "{bad}");
        }
        assert_eq!(spell_length(SignedDuration::from_secs(694_861)), "8d1h1m1s");
    }

    #[test]
    fn shares_rise_within_bounds() {
        assert_eq!(shares("5,25%,50"), Ok(vec![5, 25, 50]));
        assert_eq!(shares("1,2,3,4,5,6,7,8,9,99").map(|it| it.len()), Ok(10));
        for bad in ["", "0,5", "5,100", "5,5", "25,5", "5,", "5;25", "300", "+5", "1,2,3,4,5,6,7,8,9,10,11"] {
            assert!(shares(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_time_is_of_the_clock_or_a_moment() {
        assert_eq!(at("9:05"), Ok(At::Clock { hour: 9, minute: 5 }));
        assert_eq!(at("2026-08-10T18:00+02:00"), at("2026-08-10T16:00:00Z"));
        for bad in
            ["", "18", "24:00", "18:60", "18:5", "+8:00", "018:00", "18:00:00", "2026-08-10", "2026-08-10T18:00", "now"]
        {
            assert!(at(bad).is_err(), "{bad}");
        }
        assert!(moment("18:00").is_err());
    }

    #[test]
    fn numbers_have_no_sign() {
        assert_eq!(run("42"), Ok(RunNumber(42)));
        for bad in ["", "0", "-1", "+1", "4294967296", "x"] {
            assert!(run(bad).is_err(), "{bad}");
        }
        assert!(limit("0").is_err() && limit("501").is_err() && limit("500").is_ok());
        assert!(position("-1").is_err() && position("118").is_ok());
    }
}
