//! The log of a shop, followed as it grows.

use std::path::PathBuf;

use changeover::log::sqlite::{Reader, SqliteLog};
use changeover::ports::LogReader as _;
use events::envelope::Recorded;
use events::fold::{Site, State};

/// How many events one read takes.
const PAGE: usize = 512;

pub(crate) struct Watch {
    path: PathBuf,
    reader: Option<Reader>,
    state: State,
    /// What was recorded since the mark.
    pub(crate) news: Vec<Recorded>,
}

impl Watch {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, reader: None, state: State::default(), news: Vec::new() }
    }

    /// What is new is new from here.
    pub(crate) fn mark(&mut self) {
        self.news.clear();
    }

    /// Takes in what was recorded, and gives the site.
    pub(crate) async fn site(&mut self) -> Site {
        if self.reader.is_none() {
            // There is no log before the first start.
            self.reader = SqliteLog::open_read_only(&self.path).await.ok();
        }
        if let Some(reader) = &self.reader {
            loop {
                let page = reader.after(self.state.position, PAGE).await.unwrap_or_default();
                let is_last = page.len() < PAGE;
                for it in &page {
                    self.state.apply(it);
                }
                self.news.extend(page);
                if is_last {
                    break;
                }
            }
        }
        self.state.site(&"shop/demo".parse().unwrap())
    }
}
