//! Discord: the bot against a fake that discord.js takes for Discord, and signatures of others against the bot.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "panicking is how tests fail")]

mod accepted;
mod bed;
#[path = "../chat/mod.rs"]
mod chat;
mod commands;
mod day;
mod fake;
mod gateway;
#[path = "../guard/mod.rs"]
mod guard;
#[path = "../kit/mod.rs"]
#[expect(dead_code, unused_imports, reason = "not everything of the kit is needed here")]
mod kit;
mod load;
mod peer;
mod requests;
#[path = "../shim/mod.rs"]
mod shim;
mod showing;
mod talking;
