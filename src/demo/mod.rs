//! A whole life of a shop in a temporary folder, under steady traffic: what a newcomer runs first, and what CI measures.

mod configuration;
mod display;
mod engine;
mod folder;
mod keeper;
mod leftovers;
mod play;
mod player;
mod program;
mod repository;
mod script;
mod servers;
mod shop;
mod traffic;

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

pub use display::Display;
pub use engine::{Engine, Provided};
pub use play::play;
pub use script::{Expectation, Scene, script};

use crate::certificate::{Certificate, Orders};

/// How the demo is played.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The `changeover` program, for every child.
    pub program: PathBuf,
    /// How often users are brought over and back.
    pub rounds: u32,
    /// Requests a second.
    pub rate: u32,
    /// The stability window.
    pub window: Duration,
    /// How often `changeover serve` is killed, at moments that the seed decides.
    pub kills: usize,
    pub seed: u64,
    /// The database that the shop's orders are in; none for a shop that takes no orders.
    pub database: Option<Provided>,
    /// Where everything is kept; otherwise it is in a temporary folder that is removed in the end.
    pub keep: Option<PathBuf>,
}

/// How the demo went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    #[serde(flatten)]
    pub certificate: Certificate,
    /// How often the bot was killed, and how often it was started in all.
    pub kills: usize,
    pub starts: usize,
    /// What did not go as told; nothing, if all went well.
    pub deviations: Vec<String>,
    /// Where everything lies, if it was kept.
    pub kept: Option<PathBuf>,
}

impl Report {
    /// Whether no request failed, no order got lost, and all went as told.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let Certificate { requests, failed, orders, .. } = &self.certificate;
        let are_whole = orders.as_ref().is_none_or(Orders::are_whole);
        *requests > 0 && *failed == 0 && are_whole && self.deviations.is_empty()
    }
}

/// Why the demo could not be played to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the demo makes a small git repository and found no git: install git, or put it on PATH")]
    NoGit,
    #[error("git {what}: {reason}")]
    Git { what: String, reason: String },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{0} is too long a folder for a Unix socket: choose one of at most {max} bytes", max = folder::LONGEST)]
    LongFolder(PathBuf),
    #[error("{0} holds something already: choose a folder that is empty or does not exist")]
    FolderInUse(PathBuf),
    #[error("there is no database server to be had: {what}; install it, or name a folder that has one")]
    NoServer { what: String },
    #[error("the database of {color}: {why}")]
    Database { color: events::color::Color, why: String },
    #[error("no {0} free ports in a row between 20000 and 32000 of 127.0.0.1")]
    NoPorts(u16),
    #[error("`changeover {what}` could not be run: {source}")]
    Program { what: String, source: std::io::Error },
    #[error("`changeover {what}` did not end within {limit:?}")]
    Late { what: String, limit: Duration },
    #[error("`changeover serve` {how}; the last it said: {last}")]
    Serve { how: String, last: String },
    #[error("{line:?} was not answered as told: {why}")]
    Deviated { line: String, why: String },
    #[error("the prober ended: {0}")]
    Prober(String),
    #[error(transparent)]
    Log(#[from] crate::certificate::BadLine),
    #[error("interrupted")]
    Interrupted,
}
