//! Keeps logs small: copied, then cut, because the process that writes keeps its file open.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::settings::LogSettings;

/// How many times the size limit is copied at most, so that a flood faster than the disk cannot keep us copying.
const FLOOD_FACTOR: u64 = 4;

/// Whether `log` is larger than it may be. One that is not there is small.
#[must_use]
pub fn is_large(log: &Path, settings: &LogSettings) -> bool {
    log.metadata().is_ok_and(|metadata| metadata.len() > settings.size)
}

/// Rotates `log` if it is large: `log` → `log.1` → … → `log.<keep>`, the oldest is removed. What is written between the
/// last byte copied and the cut is lost.
pub fn rotate(log: &Path, settings: &LogSettings) -> io::Result<()> {
    if !is_large(log, settings) {
        return Ok(());
    }
    let file = File::options().read(true).write(true).open(log)?;
    let size = file.metadata()?.len();
    if settings.keep == 0 {
        return file.set_len(0);
    }
    let copy = with_suffix(log, "tmp");
    copy_newest(&file, size, &copy, settings.size.saturating_mul(FLOOD_FACTOR))?;
    for number in (1..settings.keep).rev() {
        let kept = with_suffix(log, &number.to_string());
        if kept.exists() {
            std::fs::rename(kept, with_suffix(log, &(number + 1).to_string()))?;
        }
    }
    std::fs::rename(copy, with_suffix(log, "1"))?;
    // Killed before this line, the next rotation copies the same lines again: twice rather than never.
    file.set_len(0)
}

/// Copies the end of `file`, at most `limit` bytes and what is written meanwhile within it.
fn copy_newest(mut file: &File, size: u64, to: &Path, limit: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(size.saturating_sub(limit)))?;
    io::copy(&mut file.take(limit), &mut File::create(to)?)?;
    Ok(())
}

fn with_suffix(log: &Path, suffix: &str) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_log_is_cut_while_it_is_written_and_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("current.log");
        let settings = LogSettings { size: 1_000, keep: 2 };
        rotate(&log, &settings).unwrap();
        let mut writer = File::options().append(true).create(true).open(&log).unwrap();
        for round in 0..4_u8 {
            writer.write_all(&[b'0' + round; 1_001]).unwrap();
            rotate(&log, &settings).unwrap();
            assert_eq!(log.metadata().unwrap().len(), 0);
        }
        writer.write_all(b"next").unwrap();
        rotate(&log, &settings).unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).ok();
        assert_eq!(read("current.log").as_deref(), Some("next"));
        assert_eq!(read("current.log.1"), Some("3".repeat(1_001)));
        assert_eq!(read("current.log.2"), Some("2".repeat(1_001)));
        assert_eq!(read("current.log.3"), None);
    }

    #[test]
    fn of_a_flood_the_newest_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("current.log");
        std::fs::write(&log, [vec![b'a'; 10_000], vec![b'b'; 4_000]].concat()).unwrap();
        rotate(&log, &LogSettings { size: 1_000, keep: 1 }).unwrap();
        assert_eq!(std::fs::read(folder.path().join("current.log.1")).unwrap(), vec![b'b'; 4_000]);
    }
}
