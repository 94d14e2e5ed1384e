//! The configuration: one file that people write.

use std::path::Path;

use changeover::config::{Config, ConfigError};
use events::terms::Terms;

use super::text;
use crate::target::{Target, root};

pub(crate) const FILE: Target = Target {
    name: "configuration",
    rule: "what is read can be recorded, and what is wrong has its line and a sentence",
    seeds,
    read,
    inputs: 1_000,
    longest: 20_000,
};

/// The examples, whole and one site alone.
fn seeds() -> Vec<Vec<u8>> {
    let files = ["examples/single-server.toml", "docker/changeover.toml"];
    files.iter().map(|it| std::fs::read(root().join(it)).unwrap()).collect()
}

fn read(input: &[u8]) -> String {
    let content = text(input);
    let path = Path::new("/nowhere/changeover.toml");
    let config = match Config::understand(path, &content) {
        Ok(config) => config,
        Err(ConfigError::Wrong { path: named, line, column, sentence }) => {
            assert_eq!(named, path);
            let named = content.split('\n').nth(line - 1).unwrap_or_else(|| panic!("no line {line}: {sentence}"));
            assert!((1..=named.chars().count() + 1).contains(&column), "no column {column} in line {line}: {sentence}");
            assert!(!sentence.is_empty() && !sentence.contains('\n'), "{sentence:?}");
            return sentence;
        }
        Err(error @ ConfigError::Unreadable { .. }) => panic!("nothing was read: {error}"),
    };
    assert!(!config.sites.is_empty());
    for site in &config.sites {
        let terms = site.terms();
        assert!(!terms.checks.is_empty() && terms.machine_count > 0, "{terms:?}");
        // Terms are frozen into the log: what can't be read there would park the site.
        let spelled = serde_json::to_string(&terms).unwrap();
        assert_eq!(serde_json::from_str::<Terms>(&spelled).unwrap(), terms);
    }
    format!("{} sites", config.sites.len())
}
