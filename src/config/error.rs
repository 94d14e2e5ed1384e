//! What is wrong with a configuration, and where.

use std::io;
use std::path::PathBuf;

/// Why nothing starts.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}:{line}:{column}: {sentence}", path.display())]
    Wrong { path: PathBuf, line: usize, column: usize, sentence: String },
}
