//! Slack: what people say there comes in by Socket Mode or by HTTP, and cards go out by the Web API.

pub mod answer;
pub mod blocks;
pub mod groups;
pub mod manifest;
pub mod messages;
pub mod payload;
pub mod settings;
pub mod signature;
pub mod web;
pub mod wire;

pub use settings::Settings;
