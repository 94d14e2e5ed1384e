//! Certificates of hand-made records.

use events::color::Color;
use events::fact::{RunKind, RunOutcome};
use events::number::{RunNumber, StepIndex};
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

/// A log of these happenings, each at so many milliseconds after 09:00:00.
fn log(happenings: &[(u64, Happening)]) -> Vec<Logged> {
    let lines = happenings.iter().zip(1..).map(|((at_ms, happening), position)| Logged {
        position,
        stream: "shop/demo".to_owned(),
        name: String::new(),
        recorded_at: format!("2026-11-21T09:00:{:02}.{:03}Z", at_ms / 1000, at_ms % 1000).parse().unwrap(),
        happening: happening.clone(),
    });
    lines.collect()
}

/// Run 2 brings users to green by its second step; run 3 brings them back by its first.
fn cutover() -> Happening {
    let switches = vec![(StepIndex(1), Color::Green)];
    Happening::Requested { run: RunNumber(2), kind: RunKind::Cutover, pin: None, switches }
}

fn rollback() -> Happening {
    let switches = vec![(StepIndex(0), Color::Blue)];
    Happening::Requested { run: RunNumber(3), kind: RunKind::Rollback, pin: None, switches }
}

fn begun(run: u32, step: u16) -> Happening {
    Happening::Begun { run: RunNumber(run), step: StepIndex(step) }
}

fn finished(run: u32, outcome: RunOutcome) -> Happening {
    Happening::Finished { run: RunNumber(run), outcome }
}

#[test]
fn a_switch_lasts_until_the_last_request_that_began_on_the_old_color() {
    let log = log(&[
        (90, cutover()),
        (95, begun(2, 0)),
        (100, begun(2, 1)),
        (150, finished(2, RunOutcome::Succeeded)),
        (200, rollback()),
        (200, begun(3, 0)),
        (250, finished(3, RunOutcome::Succeeded)),
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
    let log =
        log(&[(90, cutover()), (100, begun(2, 1)), (180, begun(2, 1)), (190, finished(2, RunOutcome::Succeeded))]);
    let lines = requests(vec![request(0, "blue"), request(185, "blue"), request(300, "green")]);
    assert_eq!(certify(lines, &log).switch_ms_max, Some(85.0));
}

#[test]
fn a_switch_before_anybody_came_has_no_duration() {
    let log = log(&[(90, cutover()), (100, begun(2, 1)), (190, finished(2, RunOutcome::Succeeded))]);
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
        Happening::Requested { run: RunNumber(9), kind: RunKind::Deploy, pin: Some(pin.clone()), switches: vec![] };
    let log = log(&[(0, deploy), (50, finished(9, RunOutcome::TurnedBack))]);
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
    let log = log(&[(90, cutover()), (100, begun(2, 1)), (150, finished(2, RunOutcome::Succeeded))]);
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
