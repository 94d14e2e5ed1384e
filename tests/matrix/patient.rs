//! A shop whose bot is killed, and brought back, until its procedure is over.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::time::Duration;

use changeover::clock;
use events::color::Color;
use events::fact::{Event, OrderEvent};
use events::wire;

use crate::kit::{Shop, Terms, World, shifts, within};
use crate::plan::{Place, Plan, Trace};
use crate::procedure::{Act, Procedure, Rest};
use crate::roles::Roles;
use crate::seen::Seen;
use crate::till::Till;
use crate::watch::Watch;

/// How long a procedure may take, kills and all.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked.
const PAUSE: Duration = Duration::from_millis(3);
/// For how many looks in a row nothing may have been called before the bot is at rest.
const LOOKS: usize = 5;
/// After how many looks the log is read although nobody is seen to have appended anything.
const LOOKS_AT_LOG: usize = 100;
/// How often it is looked for processes that should be there, or gone.
const LOOKS_AT_PROCESSES: usize = 300;

pub(crate) struct Patient {
    shop: Shop,
    plan: Plan,
    watch: Watch,
    /// How many lines were said.
    said: usize,
    kills: usize,
    has_started: bool,
    hooks: usize,
    /// Where each color has a database of its own.
    till: Option<Till>,
    /// How many jobs were done; none where nobody works behind the requests.
    jobs: Option<usize>,
}

/// What became of a procedure.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    pub(crate) seen: Seen,
    pub(crate) trace: Trace,
    /// What is wrong whatever the procedure should have done.
    pub(crate) wrong: Vec<String>,
}

impl Patient {
    /// A folder where nothing runs.
    pub(crate) fn new(terms: &Terms) -> Self {
        let mut shop = Shop::closed(terms);
        let plan = Plan::new(shop.folder());
        shop.environment.push(("CHANGEOVER_CRASH", plan.path().to_owned()));
        // Nobody here is asked over TLS, and to read all authorities of a machine takes longer than the rest of a start.
        shop.environment.extend(["SSL_CERT_FILE", "SSL_CERT_DIR"].map(|it| (it, "/dev/null".into())));
        let watch = Watch::new(shop.path("changeover.db"));
        Self { shop, plan, watch, said: 0, kills: 0, has_started: false, hooks: 0, till: None, jobs: None }
    }

    /// The same, with a database for each color and customers who order all along.
    pub(crate) fn with_till(terms: &Terms, mut till: Till) -> Self {
        let patient = Self::new(terms);
        till.take_orders(&patient.shop);
        Self { till: Some(till), ..patient }
    }

    /// The same, with workers.
    pub(crate) fn with_workers(terms: &Terms) -> Self {
        let patient = Self::new(terms);
        patient.shop.have_workers();
        Self { jobs: Some(0), ..patient }
    }

    /// Goes through a procedure, and is killed at `places`.
    pub(crate) async fn play(&mut self, procedure: Procedure, release: &str, places: &[Place]) -> Played {
        let before = self.watch.site().await;
        let untouched = if procedure.turns_back() { Some(self.shop.world().await) } else { None };
        if let Some(till) = self.till.as_ref().filter(|_| procedure == Procedure::Cutover) {
            // As after a decommission: each cutover has to bring both to follow each other.
            till.disarm(before.live.unwrap_or(Color::Blue)).await;
        }
        let roles = Roles::new(&before, release);
        self.watch.mark();
        self.kills = 0;
        self.hold(procedure.holds());
        self.plan.begin(places);
        let mut last = None;
        for act in procedure.acts(release) {
            self.act(act, procedure.is_hasty(), before.newest.0, &mut last).await;
        }
        self.comes_to_rest().await;
        self.plan.end();
        let trace = self.plan.trace();
        // One that was killed at the very end may still be dying.
        within(PATIENCE, "the last kill", async || {
            self.revive();
            (self.kills >= trace.kills()).then_some(())
        })
        .await;
        let mut wrong = self.wrong(procedure, &trace, untouched, last).await;
        let site = self.watch.site().await;
        if let Some(till) = &self.till {
            wrong.extend(till.wrong(site.live.unwrap_or(Color::Blue)).await);
        }
        wrong.extend(self.wrong_work(before.live, site.live).await);
        let seen = Seen::of(&self.shop, &site, &self.watch.news, &roles, !procedure.is_hasty()).await;
        Played { seen, trace, wrong }
    }

    /// Where its shop is.
    pub(crate) fn folder(&self) -> PathBuf {
        self.shop.path("")
    }

    /// How many orders were acknowledged.
    pub(crate) fn taken(&self) -> usize {
        self.till.as_ref().map_or(0, Till::taken)
    }

    /// Ends everything that runs, by asking; nothing may be left.
    pub(crate) async fn end(self) {
        self.shop.prints(&["log", "verify", "changeover.db"]).await;
        self.shop.end().await;
    }

    async fn act(&mut self, act: Act, is_hasty: bool, runs: u32, last: &mut Option<(String, String)>) {
        match act {
            Act::Start => {
                self.shop.spawn();
                self.has_started = true;
            }
            Act::Say(line) => {
                self.said += 1;
                let id = format!("line-{}", self.said);
                self.say(&line, &id).await;
                *last = Some((line, id));
            }
            Act::Until(rest) => self.until(rest, is_hasty, runs).await,
        }
    }

    /// Says a line by its name until it is answered, as a front end does.
    async fn say(&mut self, line: &str, id: &str) {
        let what = format!("an answer to {line}");
        within(PATIENCE, &what, async || {
            self.revive();
            self.shop.try_say(line, id).await.ok()
        })
        .await;
    }

    async fn until(&mut self, rest: Rest, is_hasty: bool, runs: u32) {
        let (mut appends, mut looks) = (None, 0_usize);
        let mut is_in_log = false;
        within(PATIENCE, &format!("{rest:?}"), async || {
            self.revive();
            let is_given_up = is_hasty && self.kills > 0 && rest != Rest::Over;
            // The log is read when it has grown, and else now and then: this is what takes most time.
            let now = Some(self.plan.appends());
            looks += 1;
            if (now != appends || looks.is_multiple_of(LOOKS_AT_LOG))
                && let Some(site) = self.watch.look().await
            {
                is_in_log = rest.is_in(&site, runs);
                appends = now;
            }
            let is_there = is_in_log && (rest != Rest::Hooked || self.new_hooks().len() == 1);
            (is_given_up || is_there).then_some(())
        })
        .await;
    }

    /// Starts the bot again if it was killed.
    fn revive(&mut self) {
        let Some(status) = self.shop.end_of_bot().filter(|_| self.has_started) else { return };
        assert_eq!(status.signal(), Some(9), "the bot ended by itself: {}", self.shop.bot_log());
        self.kills += 1;
        self.shop.spawn();
    }

    /// Waits until the bot calls nobody any more, so that the points after the end are passed too.
    async fn comes_to_rest(&mut self) {
        let (mut passed, mut looks) = (0, 0);
        within(PATIENCE, "the bot at rest", async || {
            self.revive();
            let now = self.plan.length();
            looks = if now == passed { looks + 1 } else { 0 };
            passed = now;
            (looks >= LOOKS).then_some(())
        })
        .await;
    }

    /// What may never be, whatever was killed.
    async fn wrong(
        &mut self,
        procedure: Procedure,
        trace: &Trace,
        untouched: Option<World>,
        last: Option<(String, String)>,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        if trace.kills() != self.kills {
            wrong.push(format!("{} kills were told, and {} seen", trace.kills(), self.kills));
        }
        if let Some((line, id)) = last {
            // Said once more it must have been decided once, and as it was.
            let again = within(PATIENCE, "an answer again", async || self.shop.try_say(&line, &id).await.ok()).await;
            if again.is_refused {
                wrong.push(format!("{line}, said again: {}", again.text));
            }
        }
        if let Some(before) = untouched {
            let after = self.shop.world().await;
            if after != before {
                wrong.push(format!("it is not as it was:\n{before:#?}\n{after:#?}"));
            }
        }
        wrong.extend(self.wrong_hooks(procedure));
        wrong.extend(self.wrong_processes().await);
        let facts = self.watch.news.iter().filter_map(|it| wire::decode(it).ok());
        let refused = facts.filter(|it| matches!(it, Event::Order(OrderEvent::Refused { .. }))).count();
        if refused > 0 {
            wrong.push(format!("{refused} orders were refused"));
        }
        wrong
    }

    /// A hook that may not be repeated ran once for each delivery, and twice never.
    fn wrong_hooks(&mut self, procedure: Procedure) -> Option<String> {
        let new = self.new_hooks();
        self.hooks += new.len();
        // Aborted in haste, it may not even have begun.
        let least = usize::from(procedure.delivers() && !procedure.is_hasty());
        let most = usize::from(procedure.delivers());
        (!(least..=most).contains(&new.len())).then(|| format!("hooks ran for {new:?}"))
    }

    /// Whoever is live works, after whoever was, and never both at once.
    async fn wrong_work(&mut self, before: Option<Color>, live: Option<Color>) -> Option<String> {
        let done = self.jobs?;
        if let Some(live) = live {
            self.shop.works_on(live).await;
        }
        let jobs = self.shop.jobs();
        self.jobs = Some(jobs.len());
        let mut wanted: Vec<Color> = before.into_iter().chain(live).collect();
        wanted.dedup();
        let shifts = shifts(&jobs[done..]);
        (shifts != wanted).then(|| format!("worked, one after the other: {shifts:?}, and not {wanted:?}"))
    }

    /// The effect keys of the hooks that began since the last procedure.
    fn new_hooks(&self) -> Vec<String> {
        let hooks = std::fs::read_to_string(self.shop.site_path("delivery/hooks.txt")).unwrap_or_default();
        hooks.lines().skip(self.hooks).map(str::to_owned).collect()
    }

    /// Bot, balancer and supervisor are there once, and one process for each machine.
    async fn wrong_processes(&self) -> Option<String> {
        let slots = self.shop.supervisor().await.slots;
        let own = ["changeover serve", "changeover edge serve", "changeover supervise"];
        let mut wanted: Vec<String> = own.into_iter().map(str::to_owned).collect();
        wanted.extend(slots.iter().map(|it| format!("changeover sample-app {}", it.slot)));
        wanted.sort();
        let mut found = Vec::new();
        // A delivery that has reached its end still tidies up.
        for _ in 0..LOOKS_AT_PROCESSES {
            let all = self.shop.processes().into_iter();
            found = all.filter(|it| self.jobs.is_none() || !it.is_of_workers()).map(|it| it.role).collect();
            found.sort();
            if found == wanted {
                return None;
            }
            clock::pause(PAUSE * 10).await;
        }
        Some(format!("processes are {found:?}, and not {wanted:?}"))
    }

    /// Makes the next hooks wait, or not.
    fn hold(&self, holds: bool) {
        let path = self.shop.path("hold");
        if holds {
            std::fs::write(path, "").unwrap();
        } else {
            let _ = std::fs::remove_file(path);
        }
    }
}
