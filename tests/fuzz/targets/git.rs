//! What git answers: names and paths that whoever pushes chooses.

use std::collections::BTreeSet;

use changeover::delivery::command::heard::{pin, submodules, unknown};
use events::fault::FAULT_TEXT_LIMIT;
use events::release::ReleaseName;

use super::{PIN, bytes, text};
use crate::target::Target;

pub(crate) const ANSWER: Target = Target {
    name: "git",
    rule: "of what git says a commit is one, and nothing costs more than it says",
    seeds,
    read,
    inputs: 4_000,
    longest: 100_000,
};

/// The name that is looked for, then what git says.
fn seeds() -> Vec<Vec<u8>> {
    bytes([
        format!("1.42.0\n{PIN}\n"),
        "1.42.0\nrefs/tags/1.41.0\nrefs/tags/1.42\nrefs/heads/main\nrefs/heads/feature/basket\nrefs/pins/x".to_owned(),
        format!("main\n100644 blob {PIN}\tREADME.md\0160000 commit {PIN}\tvendor/lib\0120000 blob {PIN}\ta\tb\0"),
    ])
}

fn read(input: &[u8]) -> String {
    let text = text(input);
    let (name, answer) = text.split_once('\n').unwrap_or(("main", &text));
    let name: ReleaseName = name.parse().unwrap_or_else(|_| "main".parse().unwrap());
    let paths = submodules(answer);
    assert!(paths.iter().all(|it| !it.contains('\0')));
    let refs: BTreeSet<&str> = answer.lines().collect();
    let fault = unknown(&name, &refs);
    assert!(fault.text.len() <= FAULT_TEXT_LIMIT && fault.text.contains(name.as_str()));
    let near = fault.text.matches(", ").count();
    match pin(answer) {
        Ok(pin) => assert_eq!(pin.as_str(), answer.trim()),
        Err(fault) => assert!(fault.text.len() <= FAULT_TEXT_LIMIT),
    }
    format!("{} {near} {}", paths.len().min(3), pin(answer).is_ok())
}
