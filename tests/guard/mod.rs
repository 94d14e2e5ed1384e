//! Whoever is killed can't tidy up: a process beside the tests waits for their end, and ends what they left behind.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The guard of this process. The kernel closes what it reads, however this process ends.
static GUARD: LazyLock<Mutex<Child>> = LazyLock::new(|| {
    let guard = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guard/guard"))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // What is sent to a whole group is not for it.
        .process_group(0)
        .spawn();
    Mutex::new(guard.unwrap())
});

/// Processes that work in `folder`, or whose command names it, end with this process at the latest.
pub(crate) fn watch(folder: &Path) {
    let mut guard = GUARD.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(guard.stdin.as_mut().unwrap(), "{}", folder.display()).unwrap();
}
