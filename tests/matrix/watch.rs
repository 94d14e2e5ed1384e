//! The log of a shop, followed as it grows.

use std::path::PathBuf;

use changeover::log::sqlite::{Reader, SqliteLog};
use changeover::ports::LogReader as _;
use events::envelope::Recorded;
use events::fold::{Site, State};

use crate::kit::until;

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
        until("the log can be read", async || self.look().await).await
    }

    /// The same; none if the log can't be read now.
    pub(crate) async fn look(&mut self) -> Option<Site> {
        match self.take_in().await {
            Ok(()) => Some(self.state.site(&"shop/demo".parse().unwrap())),
            Err(error) => {
                say(&error);
                None
            }
        }
    }

    async fn take_in(&mut self) -> Result<(), String> {
        // There is no log before the first start.
        if !self.path.exists() {
            return Ok(());
        }
        if self.reader.is_none() {
            self.reader = Some(SqliteLog::open_read_only(&self.path).await.map_err(|error| error.to_string())?);
        }
        while let Some(reader) = &self.reader {
            let page = reader.after(self.state.position, PAGE).await.map_err(|error| error.to_string())?;
            let is_last = page.len() < PAGE;
            for it in &page {
                self.state.apply(it);
            }
            self.news.extend(page);
            if is_last {
                break;
            }
        }
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "why nothing is seen of a log is not seen from the failure alone")]
fn say(error: &str) {
    println!("the log could not be read: {error}");
}
