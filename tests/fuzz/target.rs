//! One kind of text that others write, and what must hold of whatever reads it.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A reader of ours.
pub(crate) struct Target {
    /// What it is called on the command line; also the folder of its texts in `tests/fuzz/corpus`.
    pub(crate) name: &'static str,
    /// What must hold.
    pub(crate) rule: &'static str,
    /// Texts that are right, made from goldens and examples; those of the corpus come on top.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// Reads a text and holds the rule; panics if it is broken. What it returns says how the text was answered.
    pub(crate) read: fn(&[u8]) -> String,
    /// How many texts a short run makes.
    pub(crate) inputs: usize,
    /// The longest text that is made, in bytes.
    pub(crate) longest: usize,
}

/// How a rule was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) String);

/// The work that a text may make at all, and for each of its bytes.
const MEMORY_BYTES: u64 = 4 * 1024 * 1024;
const MEMORY_PER_BYTE: u64 = 512;
const TIME: Duration = Duration::from_secs(2);
const TIME_PER_BYTE: Duration = Duration::from_micros(100);

thread_local! {
    /// Where and why this thread panicked last; nothing is printed where a panic is expected.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From here on a panic is remembered instead of printed.
pub(crate) fn keep_quiet() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|it| format!("{}:{}: ", it.file(), it.line())).unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("a panic without words");
        PANIC.set(Some(format!("{place}{text}")));
    }));
}

impl Target {
    /// Every text that is right: made and kept ones.
    pub(crate) fn texts(&self) -> Vec<Vec<u8>> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("tests/fuzz/corpus").join(self.name))
            .map(|folder| folder.map(|it| it.unwrap().path()).collect())
            .unwrap_or_default();
        files.sort();
        let kept = files.iter().map(|it| std::fs::read(it).unwrap());
        (self.seeds)().into_iter().chain(kept).collect()
    }

    /// Reads a text, with limits on the time and memory that this takes.
    pub(crate) fn run(&self, text: &[u8]) -> Result<String, Broken> {
        let length = u64::try_from(text.len()).unwrap();
        let begun = processor_time();
        let mut answer = Err(None);
        let used = allocation_counter::measure(|| {
            answer = catch_unwind(AssertUnwindSafe(|| (self.read)(text))).map_err(|_| PANIC.take());
        });
        let took = processor_time().saturating_sub(begun);
        let answer = answer.map_err(|why| Broken(why.unwrap_or_else(|| "it panicked".to_owned())))?;
        let allowed = MEMORY_BYTES + length * MEMORY_PER_BYTE;
        if used.bytes_max > allowed {
            return Err(Broken(format!("{length} bytes took {} of memory, more than {allowed}", used.bytes_max)));
        }
        let allowed = TIME + TIME_PER_BYTE * u32::try_from(length).unwrap();
        if took > allowed {
            return Err(Broken(format!("{length} bytes took {took:?}, more than {allowed:?}")));
        }
        Ok(answer)
    }
}

/// What this thread has had of a processor: how busy the machine is does not count.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Where the repository is, from wherever this is compiled.
pub(crate) fn root() -> &'static Path {
    let is_root = |path: &&Path| path.join("tests/fuzz/corpus").is_dir();
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(is_root).expect("the corpus is in the repository")
}
