//! Draws what happens next: often what a person would do now, and often enough what nobody should.

use std::time::Duration;

use changeover::chance::Chance;
use events::color::Color;
use events::fold::{Phase, Site};
use events::weights::Weights;
use jiff::{SignedDuration, Timestamp};

use super::action::{Action, History, Saying};
use crate::toy::given;
use crate::toy::world::{Incident, Manners, Misdeed, Space};

/// Lines that may be said at any time; most of them are refused at most times.
const LINES: [&str; 43] = [
    "deploy shop@2.0 to production",
    "deploy shop@3.0 to production --onto green --reason \"a test\"",
    "deploy shop@3.1 to production --plan",
    "deploy shop@4.0 to production --give-up-way-back",
    "deploy shop@unheard-of to production",
    "cutover shop/production",
    "cutover shop/production --canary 10,50",
    "cutover shop/production --canary 50,10",
    "cutover shop/production --plan",
    "rollback shop/production: it does not work",
    "rollback shop/production",
    "decommission shop/production",
    "decommission shop/production --reason \"it costs money\"",
    "confirm shop/production 000000",
    "deploy shop@3.0 to production --queue",
    "cutover shop/production --queue",
    "unqueue shop/production",
    "unqueue shop/production 2",
    "keep shop/production",
    "keep shop/production 1h",
    "keep shop/production 5m",
    "abort shop/production",
    "abort shop/production: wrong release",
    "retry shop/production",
    "skip shop/production --reason \"it is fine\"",
    "skip shop/production",
    "lock shop/production: schema change",
    "unlock shop/production",
    "adopt shop/production",
    "status",
    "status shop/production",
    "history shop/production --limit 3",
    "why shop/production",
    "why shop/production #1",
    "replay shop/production",
    "replay shop/production #2",
    "plan shop/production",
    "help deploy",
    "whoami",
    "deploi shop@hunter2 to production",
    "cutover shop/staging hunter2",
    "hunter2",
    "",
];

/// Calls that ask, and calls that read.
const ASKS: [&str; 6] = [
    "balancer set_weights",
    "balancer set_members",
    "fleet grow_to",
    "fleet reduce_to",
    "delivery start",
    "delivery restore",
];
const READS: [&str; 8] = [
    "balancer balance",
    "fleet machines",
    "delivery running",
    "delivery progress",
    "delivery stop",
    "delivery resolve",
    "check",
    "pager call",
];
const PROVIDERS: [&str; 5] = ["balancer", "fleet", "delivery", "check", "pager"];

/// What is drawn from, and how wild it gets.
pub(super) struct Draw {
    chance: Chance,
    /// How many of a hundred actions are mishaps.
    mishaps: usize,
    /// How many of a hundred actions kill the bot.
    kills: usize,
}

impl Draw {
    pub(super) fn of_seed(seed: u64) -> Self {
        let mut chance = Chance::of_seed(seed);
        let mishaps = [0, 5, 15, 30][chance.below(4)];
        let kills = [0, 5, 20][chance.below(3)];
        Self { chance, mishaps, kills }
    }

    /// A world in which nothing has happened yet.
    pub(super) fn beginning(&mut self) -> History {
        let is_serving = !self.is_one_in(4);
        History { manners: self.manners(), is_serving, actions: Vec::new(), ending: self.below(1 << 30) }
    }

    /// How much is to happen.
    pub(super) fn length(&mut self) -> usize {
        4 + self.chance.below(20)
    }

    /// Whatever is accepted shows long before `patience.settle` is over: that is promised.
    fn manners(&mut self) -> Manners {
        if self.is_one_in(4) {
            return if self.is_one_in(2) { Manners::default() } else { Manners::immediate() };
        }
        Manners {
            latency: self.one_of(&[0, 5, 20, 100, 300].map(Duration::from_millis)),
            log_takes: self.one_of(&[0, 0, 5, 200].map(Duration::from_millis)),
            verification_takes: self.one_of(&[1, 1, 60].map(Duration::from_secs)),
            balancer_takes: self.one_of(&[0, 100, 700, 1_500].map(Duration::from_millis)),
            balancer_lags: self.one_of(&[0, 0, 400, 1_500].map(Duration::from_millis)),
            is_exclusive: self.is_one_in(5),
            forgets_health: self.is_one_in(5),
            healthy_after: self.one_of(&[0, 1, 4, 12].map(Duration::from_secs)),
            sticky_for: self.one_of(&[0, 1, 3, 8].map(Duration::from_secs)),
            machine_takes: self.one_of(&[0, 500, 2_000, 3_000].map(Duration::from_millis)),
            install_takes: self.one_of(&[0, 1, 4, 15].map(Duration::from_secs)),
            delivery_dies_with_bot: self.is_one_in(3),
            is_delivery_repeatable: !self.is_one_in(3),
        }
    }

    /// What happens next to a site that stands like this.
    pub(super) fn action(&mut self, site: &Site, now: Timestamp) -> Action {
        let dice = self.chance.below(100);
        if dice < self.kills {
            self.kill()
        } else if dice < self.kills + self.mishaps {
            self.mishap()
        } else if self.chance.below(5) < 2 || site.run.is_some() && self.is_one_in(2) {
            Action::Pass(self.time())
        } else {
            self.saying(site, now)
        }
    }

    fn kill(&mut self) -> Action {
        let down = match self.chance.below(12) {
            0 => Duration::from_mins(self.below(90)),
            1 => Duration::from_hours(self.below(72)),
            2..=4 => Duration::from_secs(self.below(90)),
            _ => Duration::from_millis(500 + self.below(3_000)),
        };
        if self.is_one_in(3) { Action::Kill { down } } else { Action::KillAt { points: 1 + self.below(40), down } }
    }

    fn time(&mut self) -> Duration {
        match self.chance.below(24) {
            0 => Duration::from_mins(self.below(90)),
            1..=3 => Duration::from_secs(self.below(600)),
            4..=9 => Duration::from_secs(self.below(45)),
            10..=18 => Duration::from_millis(self.below(5_000)),
            _ => Duration::from_millis(self.below(200)),
        }
    }

    fn mishap(&mut self) -> Action {
        let color = self.color();
        match self.chance.below(20) {
            0..=7 => {
                let call = self.one_of(&ASKS);
                Action::Misdo(call, self.misdeed(call))
            }
            8..=11 => {
                let call = self.one_of(&READS);
                let misdeed = if self.is_one_in(4) { Misdeed::Refused } else { Misdeed::Throttled };
                Action::Misdo(call, misdeed)
            }
            12 | 13 => {
                let lasts = Duration::from_millis(self.one_of(&[300, 3_000, 20_000, 100_000]));
                Action::Meet(Incident::Unreachable(self.one_of(&PROVIDERS), lasts))
            }
            14 => Action::Meet(Incident::ClockJumps(SignedDuration::from_secs(
                self.one_of(&[-3_600, -40, -2, 3, 60, 5_400]),
            ))),
            15 => Action::Meet(Incident::Disk(self.one_of(&[Space::Short, Space::None, Space::Enough, Space::Enough]))),
            16 => Action::Meet(Incident::Sick(self.machine(color))),
            17 => Action::Meet(Incident::Well(self.machine(color))),
            18 if self.is_one_in(2) => Action::Meet(Incident::Dies(self.machine(color))),
            18 => Action::Meet(Incident::Shrinks(color)),
            _ => Action::Meet(self.meddling(color)),
        }
    }

    fn meddling(&mut self, color: Color) -> Incident {
        match self.chance.below(4) {
            0 | 1 => Incident::SharesMoved(Weights::percent_to(color, self.one_of(&[100, 60, 5]))),
            2 => Incident::MembersTaken(color),
            _ => Incident::Installed(self.machine(color), given::release("by-hand")),
        }
    }

    fn misdeed(&mut self, call: &str) -> Misdeed {
        match self.chance.below(12) {
            0..=2 => Misdeed::Throttled,
            3..=5 => Misdeed::DoneButError,
            6 => Misdeed::Refused,
            7 | 8 => Misdeed::Swallowed,
            9 | 10 if call == "delivery start" => Misdeed::Breaks,
            _ => Misdeed::Late(Duration::from_millis(self.below(1_500))),
        }
    }

    fn saying(&mut self, site: &Site, now: Timestamp) -> Action {
        let text = match &site.confirmation {
            // Whoever was asked, and whoever was not.
            Some(asked) if self.is_one_in(2) => asked.confirm.clone(),
            _ if self.is_one_in(4) => self.one_of(&LINES).to_owned(),
            Some(_) | None => self.sensible(site, now),
        };
        let who = self.one_of(&[1000, 1001]);
        let again = (self.is_one_in(8)).then(|| self.one_of(&[0, 10, 400, 5_000].map(Duration::from_millis)));
        Action::Say(Saying { who, text, is_patient: !self.is_one_in(4), again })
    }

    /// What a person would say now.
    fn sensible(&mut self, site: &Site, now: Timestamp) -> String {
        let texts: &[&str] = if !site.is_adopted {
            &["adopt shop/production"]
        } else if let Some(run) = &site.run {
            match &run.stuck {
                Some(_) => &["retry", "retry", "abort", "skip --reason \"it did happen\"", "why", "status"],
                None => &[
                    "abort",
                    "abort: wrong release",
                    "status",
                    "keep",
                    "rollback",
                    "retry",
                    "skip --reason \"no\"",
                    "deploy --queue",
                    "cutover --queue",
                    "unqueue",
                ],
            }
        } else if site.lock.is_some() {
            &["unlock", "unlock", "rollback: we must", "status"]
        } else if site.environments.get(site.idle()).phase == Phase::Ready {
            &["cutover", "cutover", "cutover --canary 5,50", "cutover --canary 20", "deploy", "lock: we look at it"]
        } else if site.window.is_some() {
            &[
                "rollback: it fails",
                "rollback",
                "deploy --give-up-way-back",
                "decommission --reason \"now\"",
                "keep",
                "keep 40m",
            ]
        } else {
            &["deploy", "deploy", "deploy", "deploy", "cutover"]
        };
        let text = self.one_of(texts);
        let text = self.in_full(text);
        let may_wait = text.starts_with("deploy") || text.starts_with("cutover");
        if may_wait && !text.contains("--queue") && self.is_one_in(10) {
            let at = now + SignedDuration::from_secs(self.one_of(&[-60, 30, 300, 3_000]));
            return format!("{text} --at {}", at.strftime("%Y-%m-%dT%H:%M:%SZ"));
        }
        text
    }

    /// The verb, the site, and the rest.
    fn in_full(&mut self, text: &str) -> String {
        let end = text.find([' ', ':']).unwrap_or(text.len());
        let (verb, rest) = text.split_at(end);
        match verb {
            "deploy" => format!("deploy shop@{}.{} to production{rest}", 2 + self.below(3), self.below(2)),
            verb => format!("{verb} shop/production{rest}"),
        }
    }

    fn color(&mut self) -> Color {
        self.one_of(&Color::BOTH)
    }

    fn machine(&mut self, color: Color) -> events::name::MachineId {
        format!("{color}-{}", 1 + self.below(2)).parse().unwrap()
    }

    fn is_one_in(&mut self, count: usize) -> bool {
        self.chance.below(count) == 0
    }

    fn below(&mut self, end: usize) -> u64 {
        u64::try_from(self.chance.below(end)).unwrap()
    }

    fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.chance.below(items.len())].clone()
    }
}
