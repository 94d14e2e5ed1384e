//! The house keeps its own rules: arrows, purity, sizes, words, and documents that are true.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

mod arrows;
mod documents;
mod purity;
mod sources;
mod text;
