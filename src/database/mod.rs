//! What keeps the application's data: one file or folder per kind of database.

pub mod mysql;
