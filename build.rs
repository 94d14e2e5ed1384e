//! Names the build that snapshots belong to: a digest of the sources that give the folded state its shape and meaning.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let mut sources = Vec::new();
    collect(Path::new("events/src"), &mut sources)?;
    sources.sort();
    let mut hasher = DefaultHasher::new();
    for source in &sources {
        hasher.write(&fs::read(source)?);
    }
    println!("cargo::rerun-if-changed=events/src");
    println!("cargo::rustc-env=CHANGEOVER_BUILD={:016x}", hasher.finish());
    Ok(())
}

fn collect(folder: &Path, sources: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, sources)?;
        } else {
            sources.push(path);
        }
    }
    Ok(())
}
