//! The certificate as a person reads it.

use std::fmt::Write as _;

use super::{Certificate, Failure};

/// Several lines, without colors; the last ends with a line break.
#[must_use]
pub fn render(certificate: &Certificate) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(certificate, &mut text);
    text
}

const RULE: &str = "──────────────────────────────────────────────────────────────────────────────────────";

fn write(it: &Certificate, text: &mut String) -> std::fmt::Result {
    let verdict = match it.failed {
        0 if it.requests == 0 => "Nothing was asked, so nothing is certified.".to_owned(),
        0 => format!("Nobody noticed: {} requests, not one failed.", grouped(it.requests)),
        failed => format!("{} of {} requests FAILED.", grouped(failed), grouped(it.requests)),
    };
    writeln!(text, "{RULE}\n  Certificate of changeover\n\n  {verdict}\n")?;
    let mut line = |name: &str, value: String, how: &str| {
        let indent = " ".repeat(38);
        let how = how.replace('\n', &format!("\n{indent}"));
        writeln!(text, "  {name:<18}{value:>15}   {how}")
    };
    let gap = milliseconds(Some(it.longest_gap_ms));
    line("longest silence", gap, "between two answers, while requests were sent")?;
    let how = format!(
        "at most, half within {}: from the intent in the log\nto the last request that began on the old color",
        milliseconds(it.switch_ms_p50)
    );
    line("a switch took", milliseconds(it.switch_ms_max), &how)?;
    let (p99, max) = (milliseconds(it.latency_ms_p99), milliseconds(it.latency_ms_max));
    let how = format!("half of the plain requests; 99 % within {p99},\nall within {max}, from when they were due");
    line("answers within", milliseconds(it.latency_ms_p50), &how)?;
    let how = format!("brought users over, under {:.0} s of traffic", it.duration_s);
    line("cutovers", grouped(it.cutovers), &how)?;
    line("rollbacks", grouped(it.rollbacks), "brought users back the way they came")?;
    line("decommissions", grouped(it.decommissions), "by the schedule, when the window was over")?;
    let how = match it.answers_of_refused {
        0 if it.refused_bad_release == 0 => "was brought".to_owned(),
        0 => "failed its checks; it never answered a user".to_owned(),
        answers => format!("failed its checks, YET ANSWERED {} REQUESTS", grouped(answers)),
    };
    line("bad releases", grouped(it.refused_bad_release), &how)?;
    if let Some(orders) = &it.orders {
        let (p50, max) = (milliseconds(it.order_ms_p50), milliseconds(it.order_ms_max));
        let how = format!("were told to be taken, half within {p50}, all within {max}");
        line("orders", grouped(orders.acknowledged), &how)?;
        let lost = orders.missing.blue.saturating_add(orders.missing.green);
        let how = if orders.are_whole() {
            "of these is missing in either database".to_owned()
        } else {
            format!("MISSING in a database, {} on one side alone", grouped(orders.differing))
        };
        line("orders lost", grouped(lost), &how)?;
    }
    line("events", grouped(it.events), "in the log: every intent before, every answer after")?;

    let kinds = it.by_kind.iter().map(|(kind, count)| format!("{} {kind}", grouped(*count)));
    let colors = it.by_color.iter().map(|(color, count)| format!("{color} {}", grouped(*count)));
    writeln!(text, "\n  Asked    {}", wrapped(kinds))?;
    writeln!(text, "  Answered {}", wrapped(colors))?;
    let late = milliseconds(it.lateness_ms_p99);
    writeln!(text, "  Sampled  from outside, by a process of its own that retries nothing and sends on a")?;
    writeln!(text, "           fixed schedule (99 % of it kept within {late}); {} kept connections", it.closed_idle)?;
    writeln!(text, "           were closed cleanly between two requests, which is no failure")?;
    failures(it, text)?;
    writeln!(text, "{RULE}")
}

fn failures(it: &Certificate, text: &mut String) -> std::fmt::Result {
    if it.failures.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n  Failures, the first {} of {}:", it.failures.len(), grouped(it.failed))?;
    for Failure { at, record } in &it.failures {
        let at = at.map_or_else(|| "?".to_owned(), |at| at.strftime("%H:%M:%S%.6f").to_string());
        let after = milliseconds(Some(crate::prober::milliseconds(record.latency_ns())));
        let who = record.slot.as_deref().unwrap_or("nobody known");
        let error = record.error.as_deref().unwrap_or_default();
        writeln!(text, "  {at}  #{} {}, {after} after it was due, by {who}:", record.index, record.kind.as_str())?;
        writeln!(text, "                   {error}")?;
    }
    Ok(())
}

fn wrapped(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<_> = parts.collect();
    parts.chunks(3).map(|line| line.join(", ")).collect::<Vec<_>>().join(",\n           ")
}

fn milliseconds(value: Option<f64>) -> String {
    match value {
        None => "not seen".to_owned(),
        Some(value) if value >= 100.0 => format!("{value:.0} ms"),
        Some(value) => format!("{value:.1} ms"),
    }
}

/// `31 204`: digits in threes, apart by a no-break space.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == first {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}
