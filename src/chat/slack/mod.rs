//! Slack: what people say there comes in by Socket Mode or by HTTP, and cards go out by the Web API.

pub mod settings;

pub use settings::Settings;
