//! Slack: the bot against a fake that the makers of Slack take for theirs, and their own signatures and rules against the
//! bot.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "panicking is how tests fail")]

mod accepted;
mod bed;
mod blocks;
#[path = "../chat/mod.rs"]
#[expect(dead_code, reason = "Slack takes a command as one line")]
mod chat;
mod cli;
mod day;
mod fake;
#[path = "../guard/mod.rs"]
mod guard;
#[path = "../kit/mod.rs"]
#[expect(dead_code, unused_imports, reason = "not everything of the kit is needed here")]
mod kit;
mod peer;
mod requests;
#[path = "../shim/mod.rs"]
mod shim;
mod showing;
mod sockets;
