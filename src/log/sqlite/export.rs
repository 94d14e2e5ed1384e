//! The log out, as lines.

use std::io::{self, Write};

use events::chain::Hash;
use events::number::Position;

use super::read::Reader;
use crate::log::chain::Head;
use crate::log::lines::{self, Format};
use crate::ports::ReadError;

/// Why an export broke off.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the lines cannot be written: {0}")]
    Write(#[from] io::Error),
    #[error("event {0} has a payload that is no JSON: run `changeover log verify`")]
    Payload(Position),
}

impl Reader {
    /// Writes every event after `position` as one line to `out`, and returns where the export ends. Appends may go on;
    /// what comes after the first page that is not full is left out.
    pub async fn export(
        &self,
        format: Format,
        position: Position,
        out: &mut (impl Write + Send),
    ) -> Result<Head, ExportError> {
        writeln!(out, "{}", lines::opening(format, &self.store_id))?;
        let hash = match self.at(position).await? {
            Some(event) => event.hash,
            None => Hash::genesis(&self.store_id),
        };
        let mut head = Head { position, hash };
        let mut is_first = true;
        self.fold_pages::<ExportError>(position, |page| {
            for event in &page {
                let line = lines::event(format, &self.store_id, event, is_first)
                    .map_err(|_| ExportError::Payload(event.position))?;
                writeln!(out, "{line}")?;
                head = Head { position: event.position, hash: event.hash };
                is_first = false;
            }
            Ok(())
        })
        .await?;
        writeln!(out, "{}", lines::closing(format, &head))?;
        out.flush()?;
        Ok(head)
    }
}
