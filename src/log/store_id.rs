//! Which log this is: the one place of chance.

use std::fs::File;
use std::io::{self, Read as _};

use events::chain::Hash;

/// A random name for a new log, so that the events of two logs can never be mixed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreId(String);

/// A text that is not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a store id must be 32 hexadecimal digits of 0-9 and a-f")]
pub struct BadStoreId;

impl StoreId {
    /// A new one, from the kernel's source of chance.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; 16];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        Ok(Self(hex::encode(bytes)))
    }

    /// The same one for the same text; for tests, whose logs should come out the same.
    #[must_use]
    pub fn derived(text: &str) -> Self {
        Self(Hash::of(text.as_bytes()).to_string().chars().take(32).collect())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for StoreId {
    type Err = BadStoreId;

    fn from_str(text: &str) -> Result<Self, BadStoreId> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 32 && text.bytes().all(is_digit) { Ok(Self(text.to_owned())) } else { Err(BadStoreId) }
    }
}
