//! A disk that fails when it is told to: `shim.c`, to be put before the C library of a child by `LD_PRELOAD`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The shim, compiled once for each process of tests; by the compiler that builds SQLite.
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/shim.c");
        let library = folder.join("shim.so");
        let draft = folder.join(format!("shim-{}.so", std::process::id()));
        let arguments = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"];
        let status = Command::new("cc").args(arguments).arg(&draft).arg(&source).arg("-ldl").status().unwrap();
        assert!(status.success(), "cc {}", source.display());
        // Another process of tests may do the same right now.
        std::fs::rename(&draft, &library).unwrap();
        library
    })
}
