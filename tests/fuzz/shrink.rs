//! Makes a text that breaks a rule shorter, as long as it breaks one.

use crate::target::{Broken, Target};

/// How often a text is tried at the most.
const TRIES: usize = 2_000;

/// The shortest text that was found to break a rule, and how it does.
pub(crate) fn shrink(target: &Target, text: &[u8], broken: Broken) -> (Vec<u8>, Broken) {
    let (mut shortest, mut how) = (text.to_vec(), broken);
    let mut length = shortest.len();
    let mut tries = 0;
    while length > 0 {
        let mut at = 0;
        while at < shortest.len() && tries < TRIES {
            let mut shorter = shortest.clone();
            shorter.drain(at..(at + length).min(shortest.len()));
            tries += 1;
            match target.run(&shorter) {
                Err(broken) => (shortest, how) = (shorter, broken),
                Ok(_) => at += length,
            }
        }
        length /= 2;
    }
    (shortest, how)
}
