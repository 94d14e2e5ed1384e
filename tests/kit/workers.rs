//! Real workers of a shop, one for each color, and the jobs that they did.

use events::color::Color;
use jiff::Timestamp;

use super::{Shop, until};

/// What the site says of them.
pub(crate) const WORKERS: &str = r#"
[site.workers.command]
pause = ["sh", "workers.sh", "pause", "{color}"]
start = ["sh", "workers.sh", "start", "{color}"]
look = ["sh", "workers.sh", "look", "{color}"]
timeout = "20s"
"#;

/// One job: whose it was, and when it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) color: Color,
    pub(crate) at: Timestamp,
}

impl Shop {
    /// There is a program that pauses and starts them.
    pub(crate) fn have_workers(&self) {
        std::fs::write(self.path("workers.sh"), include_str!("workers.sh")).unwrap();
    }

    /// Every job so far, in the order in which they were done.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let text = std::fs::read_to_string(self.path("jobs")).unwrap_or_default();
        // The last one may be half written.
        let lines = text.split_inclusive('\n').filter_map(|it| it.strip_suffix('\n'));
        let job = |line: &str| {
            let (color, at) = line.split_once(' ').unwrap();
            Job { color: color.parse().unwrap(), at: Timestamp::from_nanosecond(at.parse().unwrap()).unwrap() }
        };
        lines.map(job).collect()
    }

    /// Waits for further jobs: all of them are done by `color`.
    pub(crate) async fn works_on(&self, color: Color) {
        let before = self.jobs().len();
        until(&format!("jobs done by {color}"), async || (self.jobs().len() > before + 3).then_some(())).await;
        assert!(self.jobs().iter().skip(before).all(|it| it.color == color), "{color} does not work alone");
    }
}

/// Who worked, one after the other. Two who work at once come by turns, again and again.
pub(crate) fn shifts(jobs: &[Job]) -> Vec<Color> {
    let mut colors: Vec<Color> = jobs.iter().map(|it| it.color).collect();
    colors.dedup();
    colors
}
