//! The words of a story, and the page that it becomes.

mod page;

use std::path::PathBuf;
use std::time::Duration;

use changeover::desk::Heard;
use commands::answer::status;
use events::color::Color;
use events::fold::{Ask, Site, StepState};
use events::name::MachineId;
use events::plan::Step;
use expect_test::expect_file;

use crate::messages;
use crate::toy::world::{Incident, Misdeed, World};
use crate::toy::{Toy, Went, given};

/// A story that is being told.
pub(crate) struct Scene {
    shows: String,
    given: Vec<String>,
    before: String,
    sections: Vec<Section>,
    pub(crate) toy: Toy,
}

/// A part of a story with a heading, and how it ended.
struct Section {
    heading: String,
    text: String,
    end: String,
}

/// Ends a story: nothing happened that must never happen, and its page is as it was told before.
macro_rules! told {
    ($scene:expr) => {{
        fn here() {}
        $scene.is_told(std::any::type_name_of_val(&here))
    }};
}
pub(crate) use told;

pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn machine(id: &str) -> MachineId {
    id.parse().unwrap()
}

impl Scene {
    /// A story in `world` that nobody looks after yet; `shows` is one sentence.
    pub(crate) fn unattended(shows: &str, world: World) -> Self {
        let toy = Toy::new(world, given::terms());
        Self { shows: shows.to_owned(), given: Vec::new(), before: String::new(), sections: Vec::new(), toy }
    }

    /// Blue serves 1.0, and the bot knows it.
    pub(crate) fn serving(shows: &str) -> Self {
        let world = World::serving(given::morning(), &given::release("1.0"), 2);
        let mut scene = Self::unattended(shows, world);
        scene.toy.start();
        scene.toy.settle();
        scene.toy.pass(seconds(2));
        scene
    }

    /// Nothing runs anywhere, and the bot knows it.
    pub(crate) fn empty(shows: &str) -> Self {
        let mut scene = Self::unattended(shows, World::empty(given::morning()));
        scene.toy.start();
        scene.toy.settle();
        scene.toy.pass(seconds(2));
        scene
    }

    /// Blue serves 1.0, and 2.0 is ready on green.
    pub(crate) fn ready(shows: &str) -> Self {
        let mut scene = Self::serving(shows);
        scene.quietly("deploy 2.0");
        scene
    }

    /// Green serves 2.0, and blue is the way back.
    pub(crate) fn window(shows: &str) -> Self {
        let mut scene = Self::ready(shows);
        scene.quietly("cutover");
        scene
    }

    /// Something that happened before the story.
    pub(crate) fn quietly(&mut self, line: &str) {
        self.toy.say(line);
        self.toy.settle();
        assert!(self.site().run.is_none());
    }

    /// A run that was begun before the story, and stands at this step.
    pub(crate) fn quietly_begin(&mut self, line: &str, number: u16) {
        self.toy.say(line);
        assert!(self.run_to(number), "{line} never came to step {number}");
    }

    /// From here on the story is told. It begins by itself with the first word; this is for what the words before it did.
    pub(crate) fn begin(&mut self) {
        if self.before.is_empty() {
            self.before = self.standing();
            self.toy.world().tell_everything();
        }
    }

    /// Something is so from the beginning, or from here on.
    pub(crate) fn given(&mut self, what: &str, so: impl FnOnce(&mut World)) -> &mut Self {
        so(&mut self.toy.world());
        self.given.push(what.to_owned());
        self
    }

    /// A person says something, and is not refused.
    pub(crate) fn say(&mut self, line: &str) -> &mut Self {
        let heard = self.hear(line);
        assert!(!heard.is_refused, "{line}: {}", heard.reply);
        self
    }

    /// A person says something that is refused; `code` is what the log says of it.
    pub(crate) fn is_refused(&mut self, line: &str, code: &str) -> &mut Self {
        self.refusal(line, code);
        self
    }

    /// The same, for the answer.
    pub(crate) fn refusal(&mut self, line: &str, code: &str) -> String {
        let heard = self.hear(line);
        assert!(heard.is_refused, "{line}: {}", heard.reply);
        let recorded = self.toy.world().journal.events.last().map(|it| it.payload.clone()).unwrap_or_default();
        assert!(recorded.contains(&format!("\"{code}\"")), "{line}: {recorded}");
        heard.reply.to_string()
    }

    /// A releaser says something in chat, and is not refused.
    pub(crate) fn say_as(&mut self, user: &str, line: &str) -> &mut Self {
        self.begin();
        let heard = self.toy.say_as(given::releaser(user), line);
        assert!(!heard.is_refused, "{user} {line}: {}", heard.reply);
        self
    }

    /// A releaser says something in chat that is refused.
    pub(crate) fn is_refused_as(&mut self, user: &str, line: &str, code: &str) -> &mut Self {
        let heard = self.toy.say_as(given::releaser(user), line);
        assert!(heard.is_refused, "{user} {line}: {}", heard.reply);
        let recorded = self.toy.world().journal.events.last().map(|it| it.payload.clone()).unwrap_or_default();
        assert!(recorded.contains(&format!("\"{code}\"")), "{line}: {recorded}");
        self
    }

    pub(crate) fn hear(&mut self, line: &str) -> Heard {
        self.begin();
        self.toy.say(line)
    }

    /// Goes on until no run is open, or the one that is waits for a person.
    pub(crate) fn settle(&mut self) -> &mut Self {
        self.begin();
        self.toy.settle();
        self
    }

    pub(crate) fn pass(&mut self, lasts: Duration) -> &mut Self {
        self.begin();
        self.toy.pass(lasts);
        self
    }

    /// Goes on until the clock shows this time of this day.
    pub(crate) fn until_time(&mut self, clock: &str) -> &mut Self {
        let now = self.toy.world().now;
        let day = now.strftime("%Y-%m-%d").to_string();
        let then: jiff::Timestamp = format!("{day}T{clock}Z").parse().unwrap();
        let left = Duration::try_from(then.duration_since(now)).unwrap_or_else(|_| panic!("{clock} is over at {now}"));
        self.pass(left)
    }

    pub(crate) fn until(&mut self, is_so: impl Fn(&Site) -> bool) -> &mut Self {
        self.begin();
        self.toy.live_until(|world| is_so(&world.journal.state.site(&given::site())));
        self
    }

    /// Goes on until step `number` of the open run, counted from 1, is underway: begun, and asked for if it is a change.
    pub(crate) fn until_step(&mut self, number: u16) -> &mut Self {
        self.begin();
        assert!(self.run_to(number), "step {number} was never underway");
        self
    }

    /// The same, before the story. False for a step that was so already: it is not asked for, and over at once.
    pub(crate) fn run_to(&mut self, number: u16) -> bool {
        let place = |world: &World| place(&world.journal.state.site(&given::site()));
        self.toy.live_until(|world| place(world) >= Some((number, true)) || place(world).is_none());
        let reached = place(&self.toy.world());
        reached == Some((number, true))
    }

    pub(crate) fn meets(&mut self, incident: &Incident) -> &mut Self {
        self.begin();
        self.toy.world().meet(incident);
        self
    }

    /// The next call of this name is answered like this, the one after it like the next.
    pub(crate) fn misbehaves(&mut self, call: &'static str, misdeeds: &[Misdeed]) -> &mut Self {
        self.toy.world().misdeeds.entry(call).or_default().extend(misdeeds.iter().cloned());
        self
    }

    pub(crate) fn kill(&mut self) -> &mut Self {
        self.begin();
        self.toy.kill();
        self
    }

    /// The bot is dead for so long.
    pub(crate) fn dead_for(&mut self, lasts: Duration) -> &mut Self {
        self.kill();
        assert_eq!(self.toy.run_until(lasts, |_| false), Went::Over);
        self.toy.start();
        self
    }

    pub(crate) fn site(&self) -> Site {
        self.toy.site()
    }

    /// Who gets how much.
    pub(crate) fn shares(&self) -> String {
        self.toy.world().balancer.weights.to_string()
    }

    /// How many machines a color has.
    pub(crate) fn count(&self, color: Color) -> usize {
        self.toy.world().fleet.get(color).len()
    }

    /// Where the site stands, by the log and in the world.
    fn standing(&self) -> String {
        let status = status(&given::site(), &self.site());
        let image = self.toy.world().image();
        let is_something = |line: &&str| !line.ends_with("members: ; machines: ") && !line.ends_with("under way: 0");
        let world: Vec<&str> = image.lines().filter(is_something).collect();
        format!("```text\n{status}\n\n{}\n```\n", world.join("\n"))
    }

    /// What was told so far becomes a section.
    pub(crate) fn section(&mut self, heading: &str) {
        let (text, end) = (self.text(), self.standing());
        self.sections.push(Section { heading: heading.to_owned(), text, end });
    }

    /// From here on another world is told of.
    pub(crate) fn turn_to(&mut self, toy: Toy) {
        self.before.clear();
        self.toy = toy;
    }

    fn text(&self) -> String {
        self.is_innocent();
        messages::are_taken(&self.toy.world());
        page::told(self.toy.world().told()).trim_end().to_owned()
    }

    /// What the judge watches over was so at every moment.
    pub(crate) fn is_innocent(&self) {
        let violations = self.toy.world().judge.violations.clone();
        assert!(violations.is_empty(), "{violations:#?}\n{}", self.toy.transcript());
    }

    /// Ends the story; `place` is where its function is.
    pub(crate) fn is_told(&mut self, place: &str) {
        is_kept(place, |title| self.page(title));
    }

    fn page(&self, title: &str) -> String {
        let mut page = format!("# {title}\n\n{}\n", self.shows);
        for it in &self.given {
            page += &format!("\nGiven: {it}\n");
        }
        let Some(first) = self.sections.first() else {
            let (before, text, end) = (&self.before, self.text(), self.standing());
            return format!("{page}\nIn the beginning:\n\n{before}\n{text}\n\nIn the end:\n\n{end}");
        };
        let is_same = self.sections.iter().all(|it| it.end == first.end);
        for Section { heading, text, end } in &self.sections {
            page += &format!("\n## {heading}\n\n{text}\n");
            if !is_same {
                page += &format!("\nIn the end:\n\n{end}");
            }
        }
        if is_same {
            page += &format!("\n## In the end of each\n\n{}", first.end);
        }
        page
    }
}

/// Compares a page with the one that is kept under the name of its test.
pub(crate) fn is_kept(place: &str, page: impl FnOnce(&str) -> String) {
    let mut parts = place.trim_end_matches("::here").rsplit("::");
    let (name, group) = (parts.next().unwrap(), parts.next().unwrap());
    let path: PathBuf = ["..", "told", group, &format!("{name}.md")].iter().collect();
    expect_file![path].assert_eq(&page(&sentence(name)));
}

/// The name of a test as a sentence.
fn sentence(name: &str) -> String {
    let text = name.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The step that the open run stands at, and whether it is underway; none without a run.
fn place(site: &Site) -> Option<(u16, bool)> {
    let run = site.run.as_ref()?;
    let (index, state) = run.stands_at()?;
    let is_change = matches!(run.plan.step(index), Some(Step::Change { .. }));
    let is_asked = |last: &Ask| matches!(last, Ask::Accepted { .. });
    let is_begun = matches!(state, StepState::Open { asking, .. } if !is_change || is_asked(&asking.last));
    Some((index.0 + 1, is_begun))
}

/// Whether users are back on blue, and the site is locked until somebody has looked.
pub(crate) fn is_back(scene: &Scene) -> bool {
    let site = scene.site();
    let is_closed = site.window.is_none() && site.lock.is_some();
    site.live == Some(Color::Blue) && scene.shares() == "blue 100 %, green 0 %" && is_closed
}
