//! What is played, as data: what is said, and what must come of it.

use events::fact::RunKind;

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scene {
    /// A line is said to the bot.
    Say { line: String, expects: Expectation },
    /// Users come, and stay until the end.
    TrafficBegins,
    /// Nobody says anything: the schedule begins a run by itself, which ends well.
    ScheduleRuns(RunKind),
    /// The program is asked something about the log; it must succeed.
    Ask(&'static [&'static str]),
}

/// What must come of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// A run of this kind, which ends well.
    EndsWell(RunKind),
    /// A run of this kind, which does not end well.
    TurnsBack(RunKind),
    /// An event of this name.
    Recorded(&'static str),
}

/// The whole play: a premiere, then `rounds` times over and back, then over for good, the window, the scheduled
/// decommission, a release that fails its checks, and the replay.
#[must_use]
pub fn script(rounds: u32) -> Vec<Scene> {
    let mut scenes = vec![
        say("/deploy shop@v1 to demo", Expectation::EndsWell(RunKind::Deploy)),
        say("/cutover shop", Expectation::EndsWell(RunKind::Cutover)),
        Scene::TrafficBegins,
    ];
    for round in 0..rounds.max(1) {
        let deploy = if round % 2 == 0 { "/deploy shop@v2 to demo" } else { "/deploy shop@v4 to demo" };
        scenes.push(say(deploy, Expectation::EndsWell(RunKind::Deploy)));
        scenes.push(say("/cutover shop", Expectation::EndsWell(RunKind::Cutover)));
        scenes.push(say("/rollback shop --reason \"the demo wants to see it\"", {
            Expectation::EndsWell(RunKind::Rollback)
        }));
        scenes.push(say("/unlock shop", Expectation::Recorded("LockReleased")));
    }
    scenes.extend([
        say("/cutover shop", Expectation::EndsWell(RunKind::Cutover)),
        Scene::ScheduleRuns(RunKind::Decommission),
        say("/deploy shop@v3-broken to demo", Expectation::TurnsBack(RunKind::Deploy)),
        Scene::Ask(&["log", "verify"]),
        Scene::Ask(&["replay", "--log"]),
    ]);
    scenes
}

fn say(line: &str, expects: Expectation) -> Scene {
    Scene::Say { line: line.to_owned(), expects }
}

/// How many runs of `kind` end well if all goes as told; scheduled ones are at least so many.
pub(super) fn runs_well(scenes: &[Scene], kind: RunKind) -> u64 {
    let well = scenes.iter().filter(|scene| match scene {
        Scene::Say { expects: Expectation::EndsWell(it), .. } | Scene::ScheduleRuns(it) => *it == kind,
        Scene::Say { .. } | Scene::TrafficBegins | Scene::Ask(_) => false,
    });
    u64::try_from(well.count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_goes_over_and_back() {
        let scenes = script(3);
        // One for the premiere, and one for good.
        assert_eq!(runs_well(&scenes, RunKind::Cutover), 3 + 2);
        assert_eq!(runs_well(&scenes, RunKind::Rollback), 3);
        assert_eq!(runs_well(&scenes, RunKind::Decommission), 1);
    }
}
