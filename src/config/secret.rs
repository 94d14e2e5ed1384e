//! Secrets: named in the configuration, read at the last moment, never shown.

use std::fmt;
use std::io::{self, Read as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The largest secret that is read, in bytes.
pub const SECRET_LIMIT: u64 = 64 * 1024;

/// Where a secret is found: `{ env = "NAME" }` or `{ file = "PATH" }`. Holds no secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Secret {
    /// A variable in the environment of this process.
    Env(String),
    /// A file; one line end at its end is dropped.
    File(PathBuf),
}

/// Why a secret could not be read; says which, never what it holds.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the environment variable {0} is not set")]
    Unset(String),
    #[error("the secret in {0} is empty")]
    Empty(String),
    #[error("the secret in {0} is not UTF-8 text, or holds a zero byte")]
    NotText(String),
    #[error("the secret in {0} is larger than {SECRET_LIMIT} bytes")]
    TooLarge(String),
    #[error("{path} cannot be read: {source}")]
    Unreadable { path: String, source: io::Error },
}

impl Secret {
    /// Reads the secret.
    pub fn resolve(&self) -> Result<SecretValue, SecretError> {
        let text = match self {
            Self::Env(name) => {
                let value = std::env::var_os(name).ok_or_else(|| SecretError::Unset(name.clone()))?;
                value.into_string().map_err(|_| SecretError::NotText(self.to_string()))?
            }
            Self::File(path) => {
                let broken = |source| SecretError::Unreadable { path: path.display().to_string(), source };
                let mut bytes = Vec::new();
                let file = std::fs::File::open(path).map_err(broken)?;
                file.take(SECRET_LIMIT + 1).read_to_end(&mut bytes).map_err(broken)?;
                let text = String::from_utf8(bytes).map_err(|_| SecretError::NotText(self.to_string()))?;
                let line = text.strip_suffix('\n').unwrap_or(&text);
                line.strip_suffix('\r').unwrap_or(line).to_owned()
            }
        };
        if u64::try_from(text.len()).is_ok_and(|length| length > SECRET_LIMIT) {
            return Err(SecretError::TooLarge(self.to_string()));
        }
        if text.is_empty() {
            return Err(SecretError::Empty(self.to_string()));
        }
        // A zero byte can neither be an environment variable nor a header.
        if text.contains('\0') {
            return Err(SecretError::NotText(self.to_string()));
        }
        Ok(SecretValue(text))
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A secret that was read. Shows itself only to who asks for it by [`SecretValue::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(String);

impl SecretValue {
    /// The secret itself: for the one line that signs or sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A value that may be a secret: a text, `{ env = "NAME" }` or `{ file = "PATH" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a text, { env = \"NAME\" } or { file = \"PATH\" }")]
pub enum Value {
    Plain(String),
    Secret(Secret),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Table {
        value: Value,
    }

    fn read(text: &str) -> Result<Value, toml::de::Error> {
        toml::from_str::<Table>(text).map(|table| table.value)
    }

    #[test]
    fn a_secret_is_named_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "hunter2\n").unwrap();
        let Value::Secret(secret) = read(&format!("value = {{ file = {:?} }}", path.display())).unwrap() else {
            panic!("a secret was expected")
        };
        let value = secret.resolve().unwrap();
        assert_eq!(value.expose(), "hunter2");
        assert!(!format!("{value:?} {secret:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let secret = Secret::File(path.clone());
        assert!(matches!(secret.resolve(), Err(SecretError::Unreadable { .. })));
        for (content, wanted) in [(&b"\n"[..], "empty"), (b"se\xffcret", "not UTF-8"), (b"se\0cret", "zero byte")] {
            std::fs::write(&path, content).unwrap();
            let text = secret.resolve().unwrap_err().to_string();
            assert!(text.contains(wanted) && !text.contains("cret\""), "{text}");
        }
        std::fs::write(&path, vec![b'x'; 70_000]).unwrap();
        assert!(matches!(secret.resolve(), Err(SecretError::TooLarge(_))));
        let unset = Secret::Env("CHANGEOVER_NO_SUCH_VARIABLE".into());
        assert!(unset.resolve().unwrap_err().to_string().contains("CHANGEOVER_NO_SUCH_VARIABLE is not set"));
    }

    #[test]
    fn a_value_is_a_text_or_names_a_secret() {
        assert_eq!(read("value = \"x\"").unwrap(), Value::Plain("x".into()));
        assert_eq!(read("value = { env = \"X\" }").unwrap(), Value::Secret(Secret::Env("X".into())));
        for bad in ["value = 1", "value = {}", "value = { environ = \"X\" }", "value = { env = \"X\", file = \"y\" }"] {
            let text = read(bad).unwrap_err().to_string();
            assert!(text.contains("a text, { env = \"NAME\" } or { file = \"PATH\" }"), "{text}");
        }
    }
}
