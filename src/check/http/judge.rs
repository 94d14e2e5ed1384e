//! What an answer over HTTP means.

use events::check::Verdict;
use events::release::Release;
use reqwest::Response;
use reqwest::header::LOCATION;

use super::settings::{ReleaseIs, Settings};
use super::{Answer, BODY_LIMIT, Body};
use crate::check::{Findings, shown};
use crate::config::duration;

/// What `answer` says, held against the settings and the release that should answer.
pub(super) fn judge(settings: &Settings, answer: &Answer, release: Option<&Release>) -> Findings {
    let Answer { response, body, took } = answer;
    let mut findings = Findings::new();
    let status = response.status().as_u16();
    let to = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
    let to = to.map_or_else(String::new, |to| format!(" to {}", shown(&String::from_utf8_lossy(to.as_bytes()))));
    let seen = format!("{status}{to} in {} ms", took.as_millis());
    let is_in_time = settings.within.is_none_or(|within| *took <= within);
    findings.add(pass_if(status == settings.status && is_in_time), seen);
    judge_release(settings, response, release, &mut findings);
    match body {
        Ok(body) => judge_body(settings, body, &mut findings),
        Err(why) => findings.add(Verdict::Fail, why.clone()),
    }
    findings
}

fn judge_release(settings: &Settings, response: &Response, release: Option<&Release>, findings: &mut Findings) {
    // An adopted environment may not have told what it runs: then any release may answer.
    let Some(release) = release else { return };
    let wanted = match settings.release_is {
        ReleaseIs::Pin => release.pin.as_str(),
        ReleaseIs::Name => release.name.as_str(),
        ReleaseIs::Ignored => return,
    };
    let header = settings.release_header.as_str();
    let mut values = response.headers().get_all(header).iter();
    match (values.next(), values.next()) {
        (None, _) => findings.add(Verdict::Fail, format!("no header {header}")),
        (Some(_), Some(_)) => findings.add(Verdict::Fail, format!("more than one header {header}")),
        (Some(value), None) => {
            let value = String::from_utf8_lossy(value.as_bytes());
            findings.add(pass_if(value == wanted), format!("release {}", shown(&value)));
        }
    }
}

fn judge_body(settings: &Settings, body: &Body, findings: &mut Findings) {
    if let Some(wanted) = &settings.body_contains {
        let contains = body.bytes.windows(wanted.len().max(1)).any(|part| part == wanted.as_bytes());
        match (contains || wanted.is_empty(), body.is_cut) {
            (true, _) => findings.add(Verdict::Pass, "the body contains it"),
            (false, true) => {
                findings.add(Verdict::NoEvidence, format!("not in the first {BODY_LIMIT} bytes of the body"));
            }
            (false, false) => findings.add(Verdict::Fail, "the body does not contain it"),
        }
    }
    if settings.json.is_empty() {
        return;
    }
    let parsed: serde_json::Value = match serde_json::from_slice(&body.bytes) {
        Ok(parsed) => parsed,
        Err(_) if body.is_cut => {
            return findings.add(Verdict::NoEvidence, format!("the body is longer than {BODY_LIMIT} bytes"));
        }
        Err(error) => return findings.add(Verdict::NoEvidence, format!("the body is not JSON: {error}")),
    };
    for (pointer, wanted) in &settings.json {
        let pointer = pointer.as_str();
        match parsed.pointer(pointer) {
            None => findings.add(Verdict::NoEvidence, format!("the body has no {pointer}")),
            Some(found) => {
                findings.add(pass_if(found == wanted), format!("{pointer} = {}", shown(&found.to_string())));
            }
        }
    }
}

/// What an answer is held against, for people.
pub(super) fn limit(settings: &Settings, release: Option<&Release>) -> String {
    let Settings { status, body_contains, json, release_header, release_is, within, .. } = settings;
    let mut wanted = vec![
        within.map_or_else(|| status.to_string(), |within| format!("{status} within {}", duration::format(within))),
    ];
    match (release_is, release) {
        (ReleaseIs::Pin, Some(it)) => wanted.push(format!("{} {}", release_header.as_str(), it.pin.short())),
        (ReleaseIs::Name, Some(it)) => wanted.push(format!("{} {}", release_header.as_str(), it.name)),
        (ReleaseIs::Ignored, _) | (ReleaseIs::Pin | ReleaseIs::Name, None) => {}
    }
    wanted.extend(body_contains.iter().map(|text| format!("a body with {:?}", shown(text))));
    wanted.extend(json.iter().map(|(pointer, value)| format!("{} = {}", pointer.as_str(), shown(&value.to_string()))));
    wanted.join(", ")
}

fn pass_if(is_right: bool) -> Verdict {
    if is_right { Verdict::Pass } else { Verdict::Fail }
}
