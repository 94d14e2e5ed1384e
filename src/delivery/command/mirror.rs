//! The files of the mirror that we write ourselves: what git is configured with, and locks that nobody holds.

use std::path::{Path, PathBuf};

use super::layout::Layout;
use super::repository::Repository;

/// Writes the configuration that git reads in place of the owner's: the owner's, and trust in exactly this
/// repository, whoever its files belong to (git takes that word from a configuration file only).
pub(super) fn configure(layout: &Layout, repository: &Repository) -> std::io::Result<()> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let configured = std::env::var_os("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
    let own = match std::env::var_os("GIT_CONFIG_GLOBAL") {
        Some(path) => vec![PathBuf::from(path)],
        None => vec![configured.join("git/config"), home.join(".gitconfig")],
    };
    let included = own.iter().map(|path| format!("[include]\n\tpath = {}\n", quoted(path)));
    let trusted = repository.local().into_iter().flat_map(|path| [path.join(".git"), path]);
    let trusted = trusted.map(|path| format!("[safe]\n\tdirectory = {}\n", quoted(&path)));
    let text: String = included.chain(trusted).collect();
    let new = layout.git_config().with_added_extension("new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, layout.git_config())
}

/// A path as a git configuration spells it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string().replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}

/// Removes the lock files that a killed git left in its refs and beside its configuration.
pub(super) fn remove_locks(folder: &Path, depth: u8) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            // Objects are many and hold no locks.
            if depth < 32 && entry.file_name() != "objects" {
                remove_locks(&path, depth + 1)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "lock") {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}
