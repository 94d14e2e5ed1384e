//! Secrets taken out of what other programs print, before anybody reads it.

use std::ops::Range;

use crate::config::secret::SecretValue;

/// What stands where a secret stood.
pub const REDACTED: &str = "[secret]";

/// A line of a secret of several lines is looked for by itself from this many bytes on: shorter ones, such as a brace,
/// are no secret.
const LINE_MINIMUM: usize = 6;

/// Knows the secrets that a program was given, and takes them out of its output.
#[derive(Clone, Default)]
pub struct Redactor {
    needles: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor of {} texts", self.needles.len())
    }
}

impl Redactor {
    /// Programs print a secret of several lines with an indent or one line at a time: each line counts.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretValue>) -> Self {
        let mut needles: Vec<Vec<u8>> = Vec::new();
        for secret in secrets {
            let whole = secret.expose();
            let lines = whole.lines().map(str::trim).filter(|line| line.len() >= LINE_MINIMUM);
            needles.extend(lines.chain([whole]).filter(|text| !text.is_empty()).map(|text| text.as_bytes().to_vec()));
        }
        needles.sort();
        needles.dedup();
        Self { needles }
    }

    /// The length of the longest secret, in bytes: so much of a text that was cut may be a part of one.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.needles.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Where secrets stand, in order; those that touch or overlap are one.
    #[must_use]
    pub fn spans(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for needle in &self.needles {
            let starts = bytes.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle.as_slice());
            found.extend(starts.map(|(start, _)| start..start + needle.len()));
        }
        found.sort_by_key(|span| (span.start, span.end));
        let mut merged: Vec<Range<usize>> = Vec::new();
        for span in found {
            match merged.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => merged.push(span),
            }
        }
        merged
    }

    /// `bytes` without secrets.
    #[must_use]
    pub fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        let mut clean = Vec::with_capacity(bytes.len());
        let mut from = 0;
        for span in self.spans(bytes) {
            clean.extend_from_slice(bytes.get(from..span.start).unwrap_or_default());
            clean.extend_from_slice(REDACTED.as_bytes());
            from = span.end;
        }
        clean.extend_from_slice(bytes.get(from..).unwrap_or_default());
        clean
    }

    /// A text that was cut behind its end, without secrets and without what may be the beginning of one.
    #[must_use]
    pub fn redact_beginning(&self, bytes: &[u8]) -> Vec<u8> {
        self.redact(bytes.get(..self.safe_end(bytes)).unwrap_or(bytes))
    }

    /// A text that was cut before its beginning, without secrets and without what may be the end of one.
    #[must_use]
    pub fn redact_end(&self, bytes: &[u8]) -> Vec<u8> {
        self.redact(bytes.get(self.safe_start(bytes)..).unwrap_or_default())
    }

    /// A text that was cut on both sides.
    #[must_use]
    pub fn redact_middle(&self, bytes: &[u8]) -> Vec<u8> {
        self.redact(bytes.get(self.safe_start(bytes)..self.safe_end(bytes)).unwrap_or_default())
    }

    /// Before this, nothing is the beginning of a secret that goes on behind the end.
    fn safe_end(&self, bytes: &[u8]) -> usize {
        let safe = bytes.len().saturating_sub(self.longest().saturating_sub(1));
        // A secret that stands across the border is whole, and is taken out as a whole.
        self.spans(bytes).into_iter().find(|span| span.contains(&safe)).map_or(safe, |span| span.end)
    }

    /// From here on, nothing is the end of a secret that began before the beginning.
    fn safe_start(&self, bytes: &[u8]) -> usize {
        let safe = self.longest().saturating_sub(1).min(bytes.len());
        let across = self.spans(bytes).into_iter().find(|span| span.start < safe && safe < span.end);
        across.map_or(safe, |span| span.start)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Knows these secrets.
    pub(crate) fn redactor(secrets: &[&str]) -> Redactor {
        let folder = tempfile::tempdir().unwrap();
        let values: Vec<SecretValue> = secrets
            .iter()
            .map(|secret| {
                let path = folder.path().join("secret");
                std::fs::write(&path, secret).unwrap();
                crate::config::secret::Secret::File(path).resolve().unwrap()
            })
            .collect();
        Redactor::new(&values)
    }

    #[test]
    fn a_secret_is_taken_out_wherever_it_stands() {
        let redactor = redactor(&["hunter2", "hunter22x", "abab"]);
        let clean = |text: &str| String::from_utf8(redactor.redact(text.as_bytes())).unwrap();
        assert_eq!(clean("a hunter2 b hunter22x c"), "a [secret] b [secret] c");
        assert_eq!(clean("ababab."), "[secret].");
        assert_eq!(clean("hunter"), "hunter");
    }

    #[test]
    fn every_line_of_a_key_is_taken_out() {
        let redactor = redactor(&["-----BEGIN KEY-----\nMIIEabcdef\n}\n-----END KEY-----"]);
        let clean = String::from_utf8(redactor.redact(b"  MIIEabcdef\n {}\n")).unwrap();
        assert_eq!(clean, "  [secret]\n {}\n");
    }

    #[test]
    fn no_part_of_a_secret_survives_a_cut() {
        let secret = "0123456789";
        let redactor = redactor(&[secret]);
        let text = format!("before {secret} after");
        for cut in 0..=text.len() {
            let (head, tail) = text.as_bytes().split_at(cut);
            let middle = text.as_bytes().get(cut / 2..cut).unwrap();
            for clean in [redactor.redact_beginning(head), redactor.redact_end(tail), redactor.redact_middle(middle)] {
                let clean = String::from_utf8(clean).unwrap();
                assert!(!clean.contains(|c: char| c.is_ascii_digit()), "cut at {cut}: {clean}");
            }
        }
    }
}
