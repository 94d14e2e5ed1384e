//! The provider of MySQL and MariaDB on real servers: each rule is held by each engine.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

mod ahead;
mod behind;
mod crossing;
mod faults;
#[path = "../guard/mod.rs"]
mod guard;
mod guards;
mod killed;
mod kit;
mod left_behind;
mod leftovers;
mod network;
mod recovered;
