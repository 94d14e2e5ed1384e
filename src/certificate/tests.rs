//! Certificates of hand-made records.

use expect_test::expect;
use jiff::Timestamp;

use super::*;
use crate::prober::{ClockPair, Kind, Line, Record};

/// The monotonic clock showed 1 s when the wall clock showed 09:00:00.
const ORIGIN_NS: u64 = 1_000_000_000;

fn clock() -> Line {
    Line::Clock(ClockPair { monotonic_ns: ORIGIN_NS, wall: "2026-11-21T09:00:00Z".parse::<Timestamp>().unwrap() })
}

/// A plain GET, due and begun so many milliseconds after 09:00:00, answered 1 ms later by `color`.
fn request(at_ms: u64, color: &str) -> Record {
    let due_ns = ORIGIN_NS + at_ms * 1_000_000;
    Record {
        index: at_ms,
        kind: Kind::Kept,
        scheduled_ns: due_ns,
        started_ns: due_ns,
        first_byte_ns: Some(due_ns + 500_000),
        finished_ns: due_ns + 1_000_000,
        status: Some(200),
        release: Some("a".repeat(40)),
        color: Some(color.to_owned()),
        slot: Some(format!("{color}-1")),
        reopened: 0,
        error: None,
    }
}

fn requests(records: Vec<Record>) -> Vec<Line> {
    std::iter::once(clock()).chain(records.into_iter().map(Line::Request)).collect()
}

/// A log of these events, each at so many milliseconds after 09:00:00.
fn log(events: &[(u64, &str, &str)]) -> Vec<Logged> {
    let lines = events.iter().zip(1..).map(|((at_ms, name, payload), position)| {
        let payload: serde_json::Value = serde_json::from_str(payload).unwrap();
        let recorded_at = format!("2026-11-21T09:00:{:02}.{:03}Z", at_ms / 1000, at_ms % 1000);
        let line = serde_json::json!({
            "position": position, "stream": "shop/demo", "type": name, "recorded_at": recorded_at, "payload": payload,
        });
        Logged::parse(position, &line.to_string()).unwrap()
    });
    lines.collect()
}

const CUTOVER: &str = r#"{"run":2,"kind":"cutover","plan":{"steps":[{"gate":{}},{"to":{"blue":0,"green":100}}]}}"#;
const ROLLBACK: &str = r#"{"run":3,"kind":"rollback","plan":{"steps":[{"to":{"blue":100,"green":0}}]}}"#;

#[test]
fn a_switch_lasts_until_the_last_request_that_began_on_the_old_color() {
    let log = log(&[
        (90, "RunRequested", CUTOVER),
        (95, "StepBegun", r#"{"run":2,"step":0}"#),
        (100, "StepBegun", r#"{"run":2,"step":1}"#),
        (150, "RunFinished", r#"{"run":2,"outcome":"done"}"#),
        (200, "RunRequested", ROLLBACK),
        (200, "StepBegun", r#"{"run":3,"step":0}"#),
        (250, "RunFinished", r#"{"run":3,"outcome":"done"}"#),
    ]);
    // Blue 7 ms after the cutover began; after the rollback blue is right and nobody is on green any more.
    let records = [(0, "blue"), (99, "blue"), (103, "green"), (107, "blue"), (110, "green"), (210, "blue")];
    let lines = requests(records.map(|(at, color)| request(at, color)).into());
    let certificate = certify(lines, &log);
    assert_eq!((certificate.cutovers, certificate.rollbacks, certificate.events), (1, 1, 7));
    assert_eq!((certificate.switch_ms_p50, certificate.switch_ms_max), (Some(0.0), Some(7.0)));
}

#[test]
fn a_step_begun_again_after_a_restart_is_the_same_switch() {
    let log = log(&[
        (90, "RunRequested", CUTOVER),
        (100, "StepBegun", r#"{"run":2,"step":1}"#),
        (180, "StepBegun", r#"{"run":2,"step":1}"#),
        (190, "RunFinished", r#"{"run":2,"outcome":"done"}"#),
    ]);
    let lines = requests(vec![request(0, "blue"), request(185, "blue"), request(300, "green")]);
    assert_eq!(certify(lines, &log).switch_ms_max, Some(85.0));
}

#[test]
fn a_switch_before_anybody_came_has_no_duration() {
    let log = log(&[
        (90, "RunRequested", CUTOVER),
        (100, "StepBegun", r#"{"run":2,"step":1}"#),
        (190, "RunFinished", r#"{"run":2,"outcome":"done"}"#),
    ]);
    let certificate = certify(requests(vec![request(200, "green")]), &log);
    assert_eq!((certificate.cutovers, certificate.switch_ms_p50), (1, None));
}

#[test]
fn silence_is_what_lies_between_answers_while_requests_are_due() {
    let mut last = request(400, "blue");
    last.finished_ns += 2_000_000_000;
    let lines = requests(vec![request(0, "blue"), request(300, "blue"), request(320, "blue"), last]);
    // 1 ms to 301 ms; the slow answer after the last request is no silence.
    assert_eq!(format!("{:.0}", certify(lines, &[]).longest_gap_ms), "300");
}

#[test]
fn an_outage_that_never_ends_is_a_silence_too() {
    let mut lost = request(900, "blue");
    lost.error = Some("connect: refused".to_owned());
    let certificate = certify(requests(vec![request(0, "blue"), lost]), &[]);
    assert_eq!((certificate.failed, certificate.longest_gap_ms.round()), (1, 899.0));
}

#[test]
fn only_the_first_failures_are_shown_but_all_are_counted() {
    let failures = (0..25).map(|at| Record { error: Some("reset".to_owned()), ..request(at, "blue") });
    let certificate = certify(requests(failures.collect()), &[]);
    assert_eq!((certificate.requests, certificate.failed, certificate.failures.len()), (25, 25, 10));
}

#[test]
fn a_refused_release_that_answers_is_found_out() {
    let pin = "b".repeat(40);
    let deploy =
        format!(r#"{{"run":9,"kind":"deploy","release":{{"name":"v3","pin":"{pin}"}},"plan":{{"steps":[]}}}}"#);
    let log = log(&[(0, "RunRequested", &deploy), (50, "RunFinished", r#"{"run":9,"outcome":"turned_back"}"#)]);
    let lines = requests(vec![request(10, "blue"), Record { release: Some(pin), ..request(20, "green") }]);
    let certificate = certify(lines, &log);
    assert_eq!((certificate.refused_bad_release, certificate.answers_of_refused), (1, 1));
}

#[test]
fn nothing_asked_certifies_nothing() {
    let certificate = certify([], &[]);
    assert_eq!((certificate.requests, certificate.switch_ms_max, certificate.longest_gap_ms), (0, None, 0.0));
    assert!(render(&certificate).contains("nothing is certified"));
}

#[test]
fn a_certificate_reads_like_this() {
    let log = log(&[
        (90, "RunRequested", CUTOVER),
        (100, "StepBegun", r#"{"run":2,"step":1}"#),
        (150, "RunFinished", r#"{"run":2,"outcome":"done"}"#),
    ]);
    let mut records: Vec<_> = (0..1200).map(|at| request(at, if at < 108 { "blue" } else { "green" })).collect();
    records[700] = Record { error: Some("status 503: nobody is there".to_owned()), ..request(700, "green") };
    let text = render(&certify(requests(records), &log)).replace('\u{a0}', " ");
    expect![[r"
        ──────────────────────────────────────────────────────────────────────────────────────
          Certificate of changeover

          1 of 1 200 requests FAILED.

          longest silence            2.0 ms   between two answers, while requests were sent
          a switch took              7.0 ms   at most, half within 7.0 ms: from the intent in the log
                                              to the last request that began on the old color
          answers within             1.0 ms   half of the plain requests; 99 % within 1.0 ms,
                                              all within 1.0 ms, from when they were due
          cutovers                        1   brought users over, under 1 s of traffic
          rollbacks                       0   brought users back the way they came
          decommissions                   0   by the schedule, when the window was over
          bad releases                    0   was brought
          events                          3   in the log: every intent before, every answer after

          Asked    1 200 kept-alive GET
          Answered blue 108, green 1 091
          Sampled  from outside, by a process of its own that retries nothing and sends on a
                   fixed schedule (99 % of it kept within 0.0 ms); 0 kept connections
                   were closed cleanly between two requests, which is no failure

          Failures, the first 1 of 1:
          09:00:00.700000  #700 kept-alive GET, 1.0 ms after it was due, by green-1:
                           status 503: nobody is there
        ──────────────────────────────────────────────────────────────────────────────────────
    "]]
    .assert_eq(&text);
}
