//! Stories of the product, as people live through them: each becomes a page in `tests/story/told`.

mod abort;
mod adopt;
mod approval;
mod crossing;
mod cutover;
mod decommission;
mod deploy;
mod index;
mod killed;
mod lock;
mod provider;
mod refusal;
mod rollback;
mod stuck;
mod together;
