//! Stories of the product, as people live through them: each becomes a page in `tests/story/told`.

mod adopt;
mod cutover;
mod decommission;
mod deploy;
mod rollback;
