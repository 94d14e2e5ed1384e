//! The seam to the databases.

use std::sync::Arc;

use crate::ports::Database;

/// The databases, as a mistaken engine speaks to them.
#[must_use]
pub fn database(database: Arc<dyn Database>) -> Arc<dyn Database> {
    database
}
