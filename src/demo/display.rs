//! What is shown as it happens: lines that stay, and on a terminal one line below them that moves.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::prober::Stats;

/// Where it is shown; clones show in the same place.
#[derive(Clone)]
pub struct Display {
    screen: Arc<Mutex<Screen>>,
}

struct Screen {
    out: Box<dyn Write + Send>,
    is_terminal: bool,
    clock: SystemClock,
    stats: Option<Stats>,
    /// Who got all requests when it was last looked.
    shares: Vec<(String, u64)>,
    waiting: Option<String>,
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const BLUE: &str = "34";

impl Display {
    /// Colors, and a line that moves, only if `is_terminal`.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, is_terminal: bool) -> Self {
        let clock = SystemClock::new();
        let screen = Screen { out, is_terminal, clock, stats: None, shares: Vec::new(), waiting: None };
        Self { screen: Arc::new(Mutex::new(screen)) }
    }

    /// Something of the demo itself.
    pub(super) fn note(&self, text: &str) {
        self.screen().line(' ', DIM, text);
    }

    /// A line that is said to the bot.
    pub(super) fn said(&self, line: &str) {
        self.screen().line('›', BOLD, line);
    }

    /// What the bot answers.
    pub(super) fn answered(&self, text: &str) {
        self.screen().line(' ', "", &format!("  {}", text.trim_end()));
    }

    pub(super) fn went_well(&self, text: &str) {
        let mut screen = self.screen();
        let so_far = screen.so_far();
        screen.line('✓', GREEN, &format!("{text}{so_far}"));
    }

    pub(super) fn went_badly(&self, text: &str) {
        self.screen().line('✗', RED, text);
    }

    /// What is waited for; shown in the moving line until it is over.
    pub(super) fn waits_for(&self, what: Option<String>) {
        let mut screen = self.screen();
        screen.waiting = what;
        screen.moving();
    }

    /// How the traffic goes.
    pub(super) fn traffic(&self, stats: Stats) {
        let mut screen = self.screen();
        if let Some(failure) = &stats.last_failure
            && screen.stats.as_ref().is_none_or(|before| before.failed < stats.failed)
        {
            let failed = stats.failed;
            screen.line('✗', RED, &format!("{failed} requests have failed, the newest: {failure}"));
        }
        if !stats.colors.is_empty() {
            screen.shares = stats.colors.iter().map(|(color, count)| (color.clone(), *count)).collect();
        }
        screen.stats = Some(stats);
        screen.moving();
    }

    /// The moving line goes away.
    pub(super) fn ends(&self) {
        let mut screen = self.screen();
        screen.stats = None;
        screen.waiting = None;
        screen.clear();
    }

    fn screen(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Screen {
    fn line(&mut self, mark: char, style: &str, text: &str) {
        let elapsed = clock_face(self.clock.elapsed());
        let (time, mark, text) =
            (self.styled(DIM, &elapsed), self.styled(style, &mark.to_string()), self.styled(style, text));
        self.clear();
        // Nobody watching is no reason to stop.
        let _ = writeln!(self.out, "{time} {mark} {text}");
        self.moving();
    }

    fn clear(&mut self) {
        if self.is_terminal {
            let _ = write!(self.out, "\r\x1b[2K");
        }
        let _ = self.out.flush();
    }

    fn moving(&mut self) {
        if !self.is_terminal || (self.stats.is_none() && self.waiting.is_none()) {
            return;
        }
        let mut parts = Vec::new();
        if let Some(stats) = &self.stats {
            let failed = format!("{} failed", stats.failed);
            let failed = self.styled(if stats.failed == 0 { GREEN } else { RED }, &failed);
            parts.push(format!("{} requests, {failed}", stats.sent));
            parts.push(self.bar());
            if let Some(p99) = stats.p99_ms {
                parts.push(format!("99 % within {p99:.1} ms"));
            }
        }
        parts.extend(self.waiting.clone());
        let line = parts.join("  ");
        // A line that wrapped could not be taken back: what does not fit is cut off by the terminal.
        let _ = write!(self.out, "\r\x1b[2K\x1b[?7l        {line}\x1b[?7h");
        let _ = self.out.flush();
    }

    /// Sixteen blocks, shared as the last answers were.
    fn bar(&self) -> String {
        let total: u64 = self.shares.iter().map(|(_, count)| count).sum();
        let blocks = self.shares.iter().map(|(color, count)| {
            let share = usize::try_from((count * 16).checked_div(total).unwrap_or(0)).unwrap_or(0);
            let style = if color == "blue" { BLUE } else { GREEN };
            self.styled(style, &format!("{color} {}", "█".repeat(share.max(1))))
        });
        blocks.collect::<Vec<_>>().join(" ")
    }

    fn so_far(&self) -> String {
        match &self.stats {
            Some(stats) => format!(" — {} requests, {} failed", stats.sent, stats.failed),
            None => String::new(),
        }
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.is_terminal && !style.is_empty() { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// `01:07.3`.
fn clock_face(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{:02}:{:02}.{}", seconds / 60, seconds % 60, elapsed.subsec_millis() / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn shown(is_terminal: bool) -> String {
        let paper = Paper::default();
        let display = Display::new(Box::new(paper.clone()), is_terminal);
        display.said("/cutover shop");
        display.traffic(Stats { sent: 12, ..Stats::default() });
        display.went_well("a cutover that ended well");
        display.ends();
        String::from_utf8(paper.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn what_is_no_terminal_gets_plain_lines() {
        let text = shown(false);
        assert!(!text.contains(['\x1b', '\r']), "{text:?}");
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("✓ a cutover that ended well — 12 requests, 0 failed\n"), "{text}");
    }

    #[test]
    fn a_terminal_gets_a_line_that_moves_and_goes_away() {
        let text = shown(true);
        assert!(text.contains("12 requests, "), "{text:?}");
        assert!(text.ends_with("\r\x1b[2K"), "{text:?}");
    }
}
