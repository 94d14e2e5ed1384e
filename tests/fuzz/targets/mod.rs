//! Every target. What a chat platform sends (the bodies of its webhooks) belongs here as soon as something reads it: a
//! file beside these, and a row.

mod calendar;
mod configuration;
mod control;
mod delivery;
mod edge;
mod files;
mod git;
mod grammar;
mod history;
mod http;
mod lines;
mod log;
mod output;
mod processes;
mod values;
mod wire;

use events::release::Release;

use crate::target::Target;

pub(crate) const ALL: &[Target] = &[
    grammar::LINE,
    configuration::FILE,
    values::VALUE,
    calendar::SCHEDULE,
    wire::FACT,
    history::HISTORY,
    lines::LINES,
    log::IMPORT,
    log::SNAPSHOT,
    control::LINES,
    edge::HEADERS,
    files::EDGE_STATE,
    files::SUPERVISOR_STATE,
    files::SETTINGS,
    delivery::JOB,
    git::ANSWER,
    output::OUTPUT,
    processes::STAT,
    http::ANSWER,
];

/// A text, whatever its bytes.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Texts as bytes.
fn bytes<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> Vec<Vec<u8>> {
    texts.into_iter().map(|it| it.as_ref().to_vec()).collect()
}

/// Runs what is asynchronous, on this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A commit that releases of the tests are pinned to.
const PIN: &str = "0123456789abcdef0123456789abcdef01234567";

fn release() -> Release {
    Release { name: "1.42.0".parse().unwrap(), pin: PIN.parse().unwrap() }
}
