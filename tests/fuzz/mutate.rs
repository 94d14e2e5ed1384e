//! Makes texts that are nearly right out of texts that are: most bytes of chance alone end at the first one.

use changeover::chance::Chance;

/// What trips readers of text: bounds of numbers, cut letters, directions, controls, quotes and brackets.
const USUAL: [&[u8]; 44] = [
    b"0",
    b"-1",
    b"1",
    b"01",
    b"+1",
    b"255",
    b"256",
    b"65535",
    b"65536",
    b"2147483648",
    b"4294967296",
    b"9223372036854775808",
    b"18446744073709551615",
    b"18446744073709551616",
    b"1e999",
    b"0.5",
    b"NaN",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"\"\"",
    b"\"",
    b"'",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\0",
    b"\n",
    b"\r\n",
    b"\t",
    b"\x1b[2J",
    b"\x7f",
    b"\xc2\x9b",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x9a\x80",
    b"../",
    b"--",
    b"=",
    b"9999-12-31T23:59:59.999999999Z",
    b"-9999-01-01T00:00:00Z",
];

/// How many changes one text gets at the most.
const CHANGES: usize = 5;

/// What texts are made of: whole ones that are right, and the words that stand in them.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    texts: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
}

impl Stock {
    pub(crate) fn new(texts: Vec<Vec<u8>>) -> Self {
        let mut words: Vec<Vec<u8>> = texts.iter().flat_map(|text| words(text)).map(<[u8]>::to_vec).collect();
        words.sort();
        words.dedup();
        words.extend(USUAL.map(<[u8]>::to_vec));
        Self { texts, words }
    }

    /// Takes in a text that was answered in a way that none was before.
    pub(crate) fn add(&mut self, text: Vec<u8>) {
        self.texts.push(text);
    }

    /// A text with some changes, of at most `longest` bytes.
    pub(crate) fn make(&self, chance: &mut Chance, longest: usize) -> Vec<u8> {
        let mut text = some(&self.texts, chance).to_vec();
        for _ in 0..=chance.below(CHANGES) {
            self.change(&mut text, chance, longest);
        }
        text.truncate(longest);
        text
    }

    /// Makes one change.
    pub(crate) fn change(&self, text: &mut Vec<u8>, chance: &mut Chance, longest: usize) {
        let at = chance.below(text.len() + 1);
        match chance.below(16) {
            0 => flip(text, chance),
            1 => drop(text.splice(piece(text, chance), [])),
            2 => {
                let copy = text[piece(text, chance)].to_vec();
                drop(text.splice(at..at, copy));
            }
            3 | 4 => drop(text.splice(at..at, some(&self.words, chance).to_vec())),
            5..=8 => drop(text.splice(some_word(text, at), some(&self.words, chance).to_vec())),
            9 => drop(text.splice(some_word(text, at), [])),
            10 => {
                let other = some(&self.texts, chance);
                let from = chance.below(other.len() + 1);
                text.truncate(at);
                text.extend_from_slice(&other[from..]);
            }
            11 => {
                let other = some(&self.texts, chance);
                let line = other.split_inclusive(|byte| *byte == b'\n').nth(chance.below(30)).unwrap_or_default();
                let begin = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
                drop(text.splice(begin..begin, line.to_vec()));
            }
            12 => {
                let begin = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
                let length = text[begin..].iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                drop(text.splice(begin..begin + length, []));
            }
            13 => text.truncate(at),
            14 => text[at..].make_ascii_uppercase(),
            // Rare, because it makes what is long: how much work a text makes must not grow faster than it does.
            _ if chance.below(8) == 0 => {
                let piece = text[piece(text, chance)].to_vec();
                let room = longest.saturating_sub(text.len()) / piece.len().max(1);
                drop(text.splice(at..at, piece.repeat(chance.below(room + 1))));
            }
            _ => flip(text, chance),
        }
    }
}

fn some<'a>(of: &'a [Vec<u8>], chance: &mut Chance) -> &'a [u8] {
    of.get(chance.below(of.len())).map_or(&[], Vec::as_slice)
}

fn flip(text: &mut [u8], chance: &mut Chance) {
    let at = chance.below(text.len());
    if let Some(byte) = text.get_mut(at) {
        *byte = if chance.below(2) == 0 { *byte ^ (1 << chance.below(8)) } else { chance.below(256).to_le_bytes()[0] };
    }
}

fn piece(text: &[u8], chance: &mut Chance) -> std::ops::Range<usize> {
    let from = chance.below(text.len() + 1);
    let length = chance.below(text.len() - from + 1);
    from..from + if chance.below(4) == 0 { length } else { length.min(8) }
}

/// The word that stands at or after `at`.
fn some_word(text: &[u8], at: usize) -> std::ops::Range<usize> {
    let from = text[..at].iter().rposition(|byte| !is_of_word(*byte)).map_or(0, |before| before + 1);
    let length = text[from..].iter().take_while(|byte| is_of_word(**byte)).count();
    if length == 0 { at..(at + 1).min(text.len()) } else { from..from + length }
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_one = |one: &u8, next: &u8| is_of_word(*one) && is_of_word(*next);
    text.chunk_by(is_one).filter(|word| word.len() <= 40)
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)
}
