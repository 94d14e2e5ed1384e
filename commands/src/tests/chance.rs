//! Random orders, answers and jumps of time: whatever comes, a site stays possible and every run ends or waits for a
//! person. What must hold after every fact is in `testing::invariants`.

use events::color::Color;
use events::fault::{Fault, FaultKind};
use events::history::{Moment, as_of};
use events::number::Position;
use events::weights::Weights;
use jiff::SignedDuration;

use crate::testing::{Reply, Story, World, release};

const CASES: u64 = 2_000;
const ACTIONS: u64 = 25;
const LINES: [&str; 21] = [
    "deploy 2.0",
    "deploy 3.0 --give-up-way-back",
    "deploy 4.0 --at 11:00",
    "deploy 5.0 --onto green",
    "cutover",
    "cutover",
    "cutover --canary 5,50",
    "cutover --at 23:00",
    "rollback",
    "decommission",
    "decommission --reason x",
    "keep",
    "keep 3h",
    "abort",
    "abort: x",
    "retry",
    "skip --reason x",
    "lock: x",
    "unlock",
    "unlock",
    "adopt",
];

/// Numbers that look random and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn reply(&mut self) -> Reply {
        let kinds = [FaultKind::Passing, FaultKind::Lasting, FaultKind::Drift, FaultKind::Unknown, FaultKind::Late];
        match self.below(4) {
            0 => Reply::Silent,
            1 => Reply::Slow(SignedDuration::from_secs(i64::try_from(self.below(9)).unwrap())),
            2 => Reply::Unheard(SignedDuration::from_secs(i64::try_from(self.below(9)).unwrap())),
            _ => {
                let kind = kinds[usize::try_from(self.below(5)).unwrap()];
                Reply::Fault(Fault::new(kind, "it would not"), 1 + u32::try_from(self.below(4)).unwrap())
            }
        }
    }

    fn act(&mut self, story: &mut Story) {
        match self.below(10) {
            0..=3 => {
                let line = LINES[usize::try_from(self.below(LINES.len() as u64)).unwrap()];
                story.say(line);
            }
            4..=5 => {
                let (step, is_back) = (1 + u16::try_from(self.below(9)).unwrap(), self.below(2) == 0);
                let reply = self.reply();
                story.replies.insert((step, is_back), reply);
            }
            6 => {
                let limit = 1 + self.below(12);
                for _ in 0..limit {
                    story.turn();
                }
            }
            7 => {
                story.run();
            }
            8 => {
                let length = SignedDuration::from_secs(i64::try_from(self.below(3 * 3_600)).unwrap());
                story.sleep(length);
            }
            _ if self.below(4) == 0 => self.meddle(story),
            _ => {
                let length = SignedDuration::from_mins(i64::try_from(self.below(3 * 1_440)).unwrap());
                story.until(story.now + length);
            }
        }
    }

    fn meddle(&mut self, story: &mut Story) {
        let world = &mut story.world;
        world.is_meddled = true;
        match self.below(4) {
            0 => world.weights = Weights::percent_to(Color::Green, u8::try_from(self.below(3) * 50).unwrap()),
            1 => drop(world.machines.green.pop()),
            2 => drop(world.members.blue.pop()),
            _ => drop(world.releases.insert("green-1".parse().unwrap(), release("hotfix"))),
        }
    }
}

#[test]
fn whatever_comes_every_run_ends_or_waits_for_a_person() {
    let mut empty = Story::new(World::empty());
    empty.say("adopt");
    let starts = [empty, Story::adopted(), Story::with_window()];
    for case in 1..=CASES {
        let mut chance = Chance(case.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut story = starts[usize::try_from(case % 3).unwrap()].clone();
        for _ in 0..ACTIONS {
            chance.act(&mut story);
        }
        ends(case, &mut story);
        assert_eq!(as_of(&story.log, Moment::Position(Position(u64::MAX))), story.state);
    }
}

/// The world does what it is asked again; whatever is stuck is left as it is.
fn ends(case: u64, story: &mut Story) {
    story.replies.clear();
    story.run();
    if let Some(run) = story.site().run {
        assert!(run.stuck.is_some(), "case {case}: it neither ends nor waits for a person\n{}", story.text());
        story.say("abort").run();
        if story.site().run.is_some() {
            story.say("abort").run();
        }
    }
    assert!(story.site().run.is_none(), "case {case}\n{}", story.text());
    assert!(format!("{:?}", story.site()).len() < 20_000, "case {case}");
    story.until(story.now + SignedDuration::from_hours(24 * 7));
}
