//! What hooks and checks print, with secrets in it, in whatever pieces it comes.

use changeover::config::secret::{Secret, SecretValue};
use changeover::output::Output;
use changeover::redact::Redactor;
use events::fault::{FAULT_TEXT_LIMIT, Fault};
use tempfile::TempDir;

use super::bytes;
use crate::target::Target;

pub(crate) const OUTPUT: Target = Target {
    name: "output",
    rule: "no part of a secret is shown, however it is cut",
    seeds,
    read,
    inputs: 1_500,
    longest: 1_500,
};

thread_local! {
    static FOLDER: TempDir = tempfile::tempdir().unwrap();
}

/// How much is kept of the beginning and of the end, a line of secrets, and what is printed: a byte under 16 prints a
/// secret, from 192 on it ends a piece, and in between it prints itself or a line break.
fn seeds() -> Vec<Vec<u8>> {
    bytes([
        b"\x08\x08ABCDEFGH\nthe beginning \x00 a flood of words \x00\x00\xff and \x00 the end".to_vec(),
        b"\x20\x10ABC CABD ABCPDEFGHIJ\n\x01\x10\x02\xf0tail\x02\x00\xf0\x01x\x02\xf0\x02\xf0\x02".to_vec(),
        b"\x00\x20ABAB AB\n\x00\x00\xff\x01\x00\x01 a b c \x00\xff\x00".to_vec(),
        b"\x20\x00KLMNOKLMNO\n\xf0\x00\xf0\x00 x\x10y\x10z \x00".to_vec(),
    ])
}

fn read(input: &[u8]) -> String {
    let (limits, rest) = input.split_at(input.len().min(2));
    let limit = |at: usize| limits.get(at).map_or(0, |byte| usize::from(byte % 64));
    let mut parts = rest.splitn(2, |byte| *byte == b'\n');
    let secrets: Vec<SecretValue> =
        parts.next().unwrap_or_default().split(|it| *it == b' ').take(16).filter_map(secret).collect();
    let redactor = Redactor::new(&secrets);
    let mut output = Output::new(limit(0), limit(1));
    let mut whole = Vec::new();
    for piece in parts.next().unwrap_or_default().split(|byte| *byte >= 192) {
        let printed: Vec<u8> = piece.iter().flat_map(|byte| print(*byte, &secrets)).collect();
        output.push(&printed);
        whole.extend(printed);
        hold("while it runs", &output.render(&redactor, true));
    }
    hold("at its end", &output.render(&redactor, false));
    let last = output.last_lines(&redactor, 0, 5, limit(0) + 8);
    hold("its last words", last.as_bytes());
    assert!(last.len() <= limit(0) + 8 && last.lines().count() <= 5);
    assert!(Fault::lasting(last).text.len() <= FAULT_TEXT_LIMIT);
    let step = (whole.len() / 32).max(1);
    for cut in (0..=whole.len()).step_by(step) {
        let (head, tail) = whole.split_at(cut);
        hold("a beginning", &redactor.redact_beginning(head));
        hold("an end", &redactor.redact_end(tail));
    }
    format!("{} secrets, whole: {}", secrets.len(), output.whole().is_some())
}

/// Secrets are of capital letters, which nothing else is; a P is a line break.
fn secret(text: &[u8]) -> Option<SecretValue> {
    let letters: String = text
        .iter()
        .map(|byte| char::from(b'A' + byte.wrapping_sub(b'A') % 16).to_string().replace('P', "\n"))
        .collect();
    FOLDER.with(|folder| {
        let path = folder.path().join("secret");
        std::fs::write(&path, letters).unwrap();
        Secret::File(path).resolve().ok()
    })
}

fn print(byte: u8, secrets: &[SecretValue]) -> Vec<u8> {
    match byte {
        0..16 => secrets.get(usize::from(byte) % secrets.len().max(1)).map_or_else(Vec::new, |it| it.expose().into()),
        16..24 => b"\n".to_vec(),
        _ => vec![byte.to_ascii_lowercase()],
    }
}

fn hold(when: &str, shown: &[u8]) {
    assert!(!shown.iter().any(u8::is_ascii_uppercase), "{when}: {}", shown.escape_ascii());
}
