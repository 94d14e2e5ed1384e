//! Moments at which a test lets the bot die, before and after every call to the log and to the world, to see that it goes
//! on as if nothing had happened. Compiled in only with the feature `mutants`; the engine has no trace of it.
//!
//! The variable `CHANGEOVER_CRASH` names a file, the plan: a name, then places, such as `7 3/before/fleet.machines/2`. As
//! long as there is one, each point that is passed is told in the file `<plan>.passed`, and at the first of the places the
//! process takes that place from the plan and kills itself. A place is how often something was appended since the plan
//! began, before or after which call, and the how manieth of its kind since that append: so it hardly moves when something
//! is looked at once more or once less. A new plan, and a new process, count from the beginning.
//!
//! `7 stop:after/switch.freeze` does not kill it, but lets it stand still there (`SIGSTOP`) the first time, so that somebody
//! can do something to the world at just this moment, and let it go on (`SIGCONT`).

mod around;
mod databases;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

use self::around::Around;
use crate::engine::Room;
use crate::ports::Log;

/// The room, with points around each call to its providers.
#[must_use]
pub fn room(room: Room) -> Room {
    Room {
        traffic: Arc::new(Around(room.traffic)),
        fleet: Arc::new(Around(room.fleet)),
        delivery: Arc::new(Around(room.delivery)),
        database: room.database.map(|it| Arc::new(Around(it)) as _),
        workers: room.workers.map(|it| Arc::new(Around(it)) as _),
        checks: room.checks.into_iter().map(|it| Arc::new(Around(it)) as _).collect(),
        ..room
    }
}

/// The log, with points around each append and each read.
#[must_use]
pub fn log(log: Arc<dyn Log>) -> Arc<dyn Log> {
    Arc::new(Around(log))
}

/// Passes the point `name`, such as `before/fleet.machines`; does not return where the plan says so.
fn pass(name: &str) {
    if let Some(points) = points() {
        points.pass(None, name);
    }
}

/// The same for a point that belongs to the append of that number.
fn pass_after(append: u32, name: &str) {
    if let Some(points) = points() {
        points.pass(Some(append), name);
    }
}

/// Something is appended: places are counted from here. Gives its number.
fn appends() -> u32 {
    points().map_or(0, |points| {
        let mut count = points.count.lock().unwrap_or_else(PoisonError::into_inner);
        count.appends += 1;
        count.appends
    })
}

/// The points of this process; none where nobody asked for them.
fn points() -> Option<&'static Points> {
    static POINTS: OnceLock<Option<Points>> = OnceLock::new();
    let points = || std::env::var_os("CHANGEOVER_CRASH").map(|it| Points { plan: it.into(), count: Mutex::default() });
    POINTS.get_or_init(points).as_ref()
}

struct Points {
    plan: PathBuf,
    count: Mutex<Count>,
}

/// How far the plan is.
#[derive(Default)]
struct Count {
    plan: String,
    appends: u32,
    /// How often each point was passed after each append.
    points: BTreeMap<String, u32>,
    passed: Option<File>,
}

impl Points {
    fn pass(&self, append: Option<u32>, name: &str) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a plan nothing is counted.
        let plan = std::fs::read_to_string(&self.plan).unwrap_or_default();
        if plan != count.plan {
            let passed = OpenOptions::new().create(true).append(true).open(self.plan.with_added_extension("passed"));
            *count = Count { plan, passed: passed.ok(), ..Count::default() };
        }
        if count.plan.is_empty() {
            return;
        }
        let point = format!("{}/{name}", append.unwrap_or(count.appends));
        let times = count.points.entry(point.clone()).or_insert(0);
        *times += 1;
        let place = format!("{point}/{times}");
        count.tell(&format!("{place}\n"));
        let mut words: Vec<&str> = count.plan.split(' ').collect();
        let next = words.get(1).copied().unwrap_or_default();
        let (dies, stops) = (next == place, next.strip_prefix("stop:") == Some(name));
        if dies || stops {
            words.remove(1);
            let rest = words.join(" ");
            if dies {
                count.tell("killed\n");
            }
            self.leave(&rest);
            count.plan = rest;
            strike(if dies { Signal::KILL } else { Signal::STOP });
        }
    }

    /// Leaves the rest of the plan to whoever goes on.
    fn leave(&self, rest: &str) {
        let new = self.plan.with_added_extension("new");
        std::fs::write(&new, rest).and_then(|()| std::fs::rename(&new, &self.plan)).unwrap_or_else(|error| {
            panic!("the plan of crashes can't be written: {error}");
        });
    }
}

/// Does not return from the one signal, and from the other once somebody lets this process go on. The count is locked
/// meanwhile: nobody passes another point.
fn strike(signal: Signal) {
    let sent = kill_process(getpid(), signal);
    // It does not stop this thread at once.
    std::thread::sleep(Duration::from_millis(50));
    assert!(sent.is_ok() && signal != Signal::KILL, "a process outlived its own SIGKILL: {sent:?}");
}

impl Count {
    fn tell(&mut self, line: &str) {
        // Whoever planned this sees that it is missing.
        let _ = self.passed.as_mut().map(|it| it.write_all(line.as_bytes()));
    }
}
