//! Plays the scenes one after the other; what counts in the end is what stands in the log.

use std::collections::BTreeMap;
use std::time::Duration;

use super::display::Display;
use super::keeper::Keeper;
use super::program::{Program, Said};
use super::script::Expectation;
use super::{DemoError, Scene};
use events::fact::{RunKind, RunOutcome};

use crate::certificate::{Happening, Logged};
use crate::clock::{self, Clock as _, SystemClock};

/// How long the bot may take until it answers after a start.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How long a run may take that goes on after the bot was killed, or that the schedule begins.
const RUN_PATIENCE: Duration = Duration::from_secs(150);
/// How often a line is said again because the bot was killed meanwhile.
const REPEATS: u32 = 20;
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Plays with the bot.
pub(super) struct Player<'a> {
    pub(super) program: &'a Program,
    pub(super) keeper: &'a Keeper,
    pub(super) display: &'a Display,
    pub(super) clock: SystemClock,
    /// How long the stability window lasts: the schedule does nothing before.
    window: Duration,
    /// How many runs of each kind, and events of each name, the script has seen: the next one belongs to the next line.
    seen: BTreeMap<String, usize>,
}

/// What the log knows of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Nothing,
    Open,
    Ended { is_well: bool, outcome: &'static str },
}

impl<'a> Player<'a> {
    pub(super) fn new(program: &'a Program, keeper: &'a Keeper, display: &'a Display, window: Duration) -> Self {
        Self { program, keeper, display, clock: SystemClock::new(), window, seen: BTreeMap::new() }
    }

    /// Returns once the bot answers.
    pub(super) async fn bot_is_up(&self) -> Result<(), DemoError> {
        let deadline = self.clock.elapsed().saturating_add(START_PATIENCE);
        while !self.program.is_up().await? {
            self.check_bot()?;
            if self.clock.elapsed() > deadline {
                return Err(DemoError::Late { what: "serve".to_owned(), limit: START_PATIENCE });
            }
            clock::pause(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Plays every scene but the beginning of traffic, which is not the bot's business.
    pub(super) async fn play(&mut self, scene: &Scene) -> Result<(), DemoError> {
        match scene {
            Scene::Say { line, expects } => self.say(line, *expects).await,
            Scene::ScheduleRuns(kind) => self.schedule(*kind).await,
            Scene::Ask(arguments) => {
                self.display.said(&format!("changeover {} …", arguments.join(" ")));
                self.program.ask(arguments, |line| self.display.answered(line)).await
            }
            Scene::TrafficBegins => Ok(()),
        }
    }

    async fn say(&mut self, line: &str, expects: Expectation) -> Result<(), DemoError> {
        for _ in 0..REPEATS {
            let before = self.keeper.standing();
            // A bot that was killed just before this is on its way up: not to be reached is no refusal then.
            self.bot_is_up().await?;
            self.display.said(line);
            let said = self.program.say(line, |text| self.display.answered(text)).await?;
            if said.is_well && !matches!(expects, Expectation::TurnsBack(_)) {
                self.count(expects);
                self.display.went_well(&as_told(expects));
                return Ok(());
            }
            if self.came_about(line, expects, &said).await? {
                self.count(expects);
                self.display.went_well(&as_told(expects));
                return Ok(());
            }
            self.check_bot()?;
            if self.keeper.standing().is_same(&before) {
                return Err(DemoError::Deviated { line: line.to_owned(), why: said.last });
            }
            // The bot died before it had heard the line: nothing stands in the log, so it is said again.
        }
        Err(DemoError::Deviated { line: line.to_owned(), why: format!("said {REPEATS} times in vain") })
    }

    /// Whether the log has what the line is to bring; waits for the end of a run that it began. An answer that broke off
    /// says nothing about what was heard.
    async fn came_about(&self, line: &str, expects: Expectation, said: &Said) -> Result<bool, DemoError> {
        let (kind, wants_well) = match expects {
            Expectation::Recorded(name) => {
                let count = self.program.log().await?.iter().filter(|event| event.name == name).count();
                return Ok(count > self.seen(name));
            }
            Expectation::EndsWell(kind) => (kind, true),
            Expectation::TurnsBack(kind) => (kind, false),
        };
        match self.run_ends(kind, false).await? {
            Found::Ended { is_well, .. } if is_well == wants_well => Ok(true),
            Found::Ended { outcome, .. } => {
                let why = format!("the {kind} ended {outcome}: {}", said.last);
                Err(DemoError::Deviated { line: line.to_owned(), why })
            }
            Found::Open | Found::Nothing => Ok(false),
        }
    }

    async fn schedule(&mut self, kind: RunKind) -> Result<(), DemoError> {
        let what = format!("the schedule `* * * * *`, which runs the {kind} once the window is over");
        self.display.note(&format!("waiting for {what}: at most a minute and a few seconds"));
        let ended = self.run_ends(kind, true).await?;
        self.display.waits_for(None);
        match ended {
            Found::Ended { is_well: true, .. } => {
                self.count(Expectation::EndsWell(kind));
                self.display.went_well(&as_told(Expectation::EndsWell(kind)));
                Ok(())
            }
            Found::Ended { outcome, .. } => Err(DemoError::Deviated { line: what, why: format!("it ended {outcome}") }),
            Found::Open | Found::Nothing => Err(DemoError::Deviated {
                line: what,
                why: format!("none ended within {RUN_PATIENCE:?} after the window"),
            }),
        }
    }

    /// The next run of this kind, once it has ended; if it `may_begin` later, that is waited for too.
    async fn run_ends(&self, kind: RunKind, may_begin: bool) -> Result<Found, DemoError> {
        let deadline = self.clock.elapsed().saturating_add(RUN_PATIENCE).saturating_add(self.window);
        loop {
            let found = find(&self.program.log().await?, kind, self.seen(kind.as_str()));
            let is_final = match &found {
                Found::Ended { .. } => true,
                Found::Nothing => !may_begin,
                Found::Open => false,
            };
            if is_final || self.clock.elapsed() > deadline {
                return Ok(found);
            }
            self.check_bot()?;
            if may_begin && found == Found::Nothing {
                let left = 60 - self.clock.now().as_second().rem_euclid(60);
                self.display.waits_for(Some(format!("next slot of `* * * * *` in {left} s")));
            }
            clock::pause(LOOK_EVERY).await;
        }
    }

    fn check_bot(&self) -> Result<(), DemoError> {
        match self.keeper.standing().ended {
            // Its last words come when the keeper is stopped.
            Some(how) => Err(DemoError::Serve { how, last: "see below".to_owned() }),
            None => Ok(()),
        }
    }

    fn seen(&self, what: &str) -> usize {
        self.seen.get(what).copied().unwrap_or(0)
    }

    fn count(&mut self, expects: Expectation) {
        let what = match expects {
            Expectation::EndsWell(kind) | Expectation::TurnsBack(kind) => kind.as_str(),
            Expectation::Recorded(name) => name,
        };
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }
}

/// The run of `kind` that comes after the first `seen` ones.
fn find(log: &[Logged], kind: RunKind, seen: usize) -> Found {
    let mut runs = log.iter().filter_map(|event| match &event.happening {
        Happening::Requested { run, kind: it, .. } if *it == kind => Some(*run),
        Happening::Requested { .. } | Happening::Begun { .. } | Happening::Finished { .. } | Happening::Other => None,
    });
    let Some(wanted) = runs.nth(seen) else { return Found::Nothing };
    let end = log.iter().find_map(|event| match &event.happening {
        Happening::Finished { run, outcome } if *run == wanted => {
            Some(Found::Ended { is_well: *outcome == RunOutcome::Succeeded, outcome: word(*outcome) })
        }
        Happening::Requested { .. } | Happening::Begun { .. } | Happening::Finished { .. } | Happening::Other => None,
    });
    end.unwrap_or(Found::Open)
}

fn as_told(expects: Expectation) -> String {
    match expects {
        Expectation::EndsWell(kind) => format!("the {kind} ended well"),
        Expectation::TurnsBack(kind) => format!("the {kind} was turned back, as it must be, and nobody noticed"),
        Expectation::Recorded(name) => format!("{name} is in the log"),
    }
}

fn word(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Succeeded => "well",
        RunOutcome::TurnedBack => "by turning back",
        RunOutcome::LeftAsIs => "as it stood",
    }
}
