//! What a program printed: its beginning and its end are kept, a flood between them is only counted.

use crate::redact::Redactor;

/// The output of one program, bounded in memory whatever it prints.
#[derive(Debug)]
pub struct Output {
    head: Vec<u8>,
    /// May hold up to twice its limit, so that old bytes are dropped in large pieces.
    tail: Vec<u8>,
    head_limit: usize,
    tail_limit: usize,
    /// How many bytes were printed, kept or not.
    printed: u64,
}

impl Output {
    /// Keeps so many bytes of the beginning and of the end.
    #[must_use]
    pub fn new(head_limit: usize, tail_limit: usize) -> Self {
        Self { head: Vec::new(), tail: Vec::new(), head_limit, tail_limit, printed: 0 }
    }

    /// Takes what was printed next.
    pub fn push(&mut self, bytes: &[u8]) {
        self.printed = self.printed.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let room = self.head_limit.saturating_sub(self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.head.extend_from_slice(first);
        self.tail.extend_from_slice(rest);
        if self.tail.len() > self.tail_limit.saturating_mul(2) {
            self.tail.drain(..self.tail.len() - self.tail_limit);
        }
    }

    /// How many bytes were printed so far.
    #[must_use]
    pub fn printed(&self) -> u64 {
        self.printed
    }

    /// Everything that was printed; none if something of it was not kept.
    #[must_use]
    pub fn whole(&self) -> Option<Vec<u8>> {
        (self.left_out() == 0).then(|| [self.head.as_slice(), self.tail.as_slice()].concat())
    }

    /// What was kept, without secrets, saying how much is left out. Of output that `is_open`, what may be the
    /// beginning of a secret is left for the next time.
    #[must_use]
    pub fn render(&self, redactor: &Redactor, is_open: bool) -> Vec<u8> {
        let end = |bytes: &[u8]| if is_open { redactor.redact_beginning(bytes) } else { redactor.redact(bytes) };
        if self.left_out() == 0 {
            return end(&[self.head.as_slice(), self.tail.as_slice()].concat());
        }
        let mut text = redactor.redact_beginning(&self.head);
        text.extend_from_slice(format!("\n… {} bytes left out …\n", self.left_out()).as_bytes());
        let tail = self.kept_tail();
        text.extend(if is_open { redactor.redact_middle(tail) } else { redactor.redact_end(tail) });
        text
    }

    /// The last `lines` lines of what was printed after the first `from` bytes, at most `limit` bytes, without secrets.
    #[must_use]
    pub fn last_lines(&self, redactor: &Redactor, from: u64, lines: usize, limit: usize) -> String {
        let kept = if let Some(whole) = self.whole() {
            let skip = usize::try_from(from).unwrap_or(usize::MAX).min(whole.len());
            redactor.redact(whole.get(skip..).unwrap_or_default())
        } else {
            let since = usize::try_from(self.printed.saturating_sub(from)).unwrap_or(usize::MAX);
            let tail = self.kept_tail();
            if since < tail.len() {
                redactor.redact(tail.get(tail.len() - since..).unwrap_or_default())
            } else {
                redactor.redact_end(tail)
            }
        };
        let text = String::from_utf8_lossy(&kept);
        let mut last: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        last.drain(..last.len().saturating_sub(lines));
        let text = last.join("\n");
        let start = text.ceil_char_boundary(text.len().saturating_sub(limit));
        text.get(start..).unwrap_or_default().to_owned()
    }

    fn kept_tail(&self) -> &[u8] {
        self.tail.get(self.tail.len().saturating_sub(self.tail_limit)..).unwrap_or(&self.tail)
    }

    fn left_out(&self) -> u64 {
        let kept = self.head.len() + self.kept_tail().len();
        self.printed.saturating_sub(u64::try_from(kept).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::tests::redactor;

    #[test]
    fn a_flood_is_cut_in_the_middle_and_counted() {
        let mut output = Output::new(10, 10);
        output.push(b"the begin");
        for _ in 0..1_000 {
            output.push(b"flood ");
        }
        output.push(b"the end.\n");
        let text = String::from_utf8(output.render(&Redactor::default(), false)).unwrap();
        assert_eq!(text, "the beginf\n… 5998 bytes left out …\n the end.\n");
        assert_eq!(output.last_lines(&Redactor::default(), 0, 3, 100), " the end.");
        assert_eq!(output.whole(), None);
    }

    #[test]
    fn a_secret_that_ends_a_flood_for_now_is_taken_out_whole() {
        let redactor = redactor(&["hunter2"]);
        let mut output = Output::new(8, 64);
        output.push(&[b' '; 100]);
        for more in ["hunter2", ".", ".", ".", ".", ".", "."] {
            output.push(more.as_bytes());
            let shown = String::from_utf8(output.render(&redactor, true)).unwrap();
            assert!(!shown.contains('h'), "{shown}");
        }
    }

    #[test]
    fn the_last_lines_are_those_of_the_last_program() {
        let mut output = Output::new(100, 100);
        output.push(b"first\n");
        let from = output.printed();
        output.push(b"a\nb\n\nc\n");
        assert_eq!(output.last_lines(&Redactor::default(), from, 2, 100), "b\nc");
        assert_eq!(output.last_lines(&Redactor::default(), from, 9, 100), "a\nb\nc");
        assert_eq!(output.last_lines(&Redactor::default(), from, 9, 3), "b\nc");
    }
}
