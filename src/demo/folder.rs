//! The one folder that everything of a demo lies in.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use events::color::Color;

use super::DemoError;

/// The longest folder, in bytes: a Unix socket's path has at most 107, and ours are up to 47 below it.
pub(super) const LONGEST: usize = 60;

/// Where things lie.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    is_kept: bool,
}

impl Folder {
    /// Makes `keep`, or a new temporary folder, readable for nobody else.
    pub(super) fn create(keep: Option<&Path>) -> Result<Self, DemoError> {
        match keep {
            Some(path) => {
                let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
                made.map_err(|source| DemoError::File { path: path.to_owned(), source })?;
                // Processes are known by this path, so it must be the one the kernel knows.
                let path = path.canonicalize().map_err(|source| DemoError::File { path: path.to_owned(), source })?;
                let mut entries = path.read_dir().map_err(|source| DemoError::File { path: path.clone(), source })?;
                if entries.next().is_some() {
                    return Err(DemoError::FolderInUse(path));
                }
                Self { path, is_kept: true }.checked()
            }
            None => Self::temporary(),
        }
    }

    fn temporary() -> Result<Self, DemoError> {
        let parent = std::env::temp_dir();
        let parent = parent.canonicalize().map_err(|source| DemoError::File { path: parent.clone(), source })?;
        let mut number = 0u32;
        loop {
            let path = parent.join(format!("changeover-demo-{}-{number}", std::process::id()));
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Self { path, is_kept: false }.checked(),
                // Left behind by a process that had our number before.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 1000 => number += 1,
                Err(source) => return Err(DemoError::File { path, source }),
            }
        }
    }

    fn checked(self) -> Result<Self, DemoError> {
        if self.path.as_os_str().len() > LONGEST {
            return Err(DemoError::LongFolder(self.path));
        }
        Ok(self)
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.path.join("changeover.toml")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("changeover.db")
    }

    pub(super) fn records(&self) -> PathBuf {
        self.path.join("requests.ndjson")
    }

    pub(super) fn repository(&self) -> PathBuf {
        self.path.join("shop")
    }

    /// Everything of a color's database server.
    pub(super) fn database(&self, color: Color) -> PathBuf {
        self.path.join(color.as_str())
    }

    /// Where the shop finds the database of its color.
    pub(super) fn address(&self, color: &str) -> PathBuf {
        self.path.join(format!("{color}.url"))
    }

    /// The password of every account of the demo's databases.
    pub(super) fn password(&self) -> PathBuf {
        self.path.join("password")
    }

    /// What `changeover serve` says.
    pub(super) fn serve_output(&self) -> PathBuf {
        self.path.join("serve.txt")
    }

    /// The folder, if it stays.
    pub(super) fn kept(&self) -> Option<PathBuf> {
        self.is_kept.then(|| self.path.clone())
    }

    /// From now on the folder stays: something in it should be looked at.
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
    }

    pub(super) fn remove_unless_kept(&self) -> Result<(), DemoError> {
        if self.is_kept {
            return Ok(());
        }
        std::fs::remove_dir_all(&self.path).map_err(|source| DemoError::File { path: self.path.clone(), source })
    }
}
