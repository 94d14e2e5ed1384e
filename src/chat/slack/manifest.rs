//! The app manifest: everything that Slack must know of the app, made from the grammar's own table.

use commands::grammar::{Slot, verbs};
use reqwest::Url;
use slack_morphism::prelude::*;

use super::endpoint::PATH;

/// What the bot's token may do: hear commands and mentions, write, find its own messages again, and read user groups.
pub const SCOPES: [&str; 7] = [
    "commands",
    "app_mentions:read",
    "chat:write",
    "channels:history",
    "groups:history",
    "channels:read",
    "usergroups:read",
];

/// The verbs that have a slash command of their own; the others are said to `/changeover`.
const OWN: [&str; 3] = ["deploy", "cutover", "rollback"];

/// What Slack takes: of a description, and of a hint.
const DESCRIPTION: usize = 140;
const HINT: usize = 1_000;

/// The manifest: for Socket Mode, or for requests to this address.
#[must_use]
pub fn manifest(base: Option<&Url>) -> SlackAppManifest {
    let url = base.map(endpoint);
    let interactivity = SlackAppManifestSettingsInteractivity::new(true).opt_request_url(url.clone());
    let events = SlackAppManifestSettingsEventSubscriptions::new()
        .opt_request_url(url.clone())
        .with_bot_events(vec![SlackEventType("app_mention".to_owned())]);
    let settings = SlackAppManifestSettings::new()
        .with_event_subscriptions(events)
        .with_interactivity(interactivity)
        .with_org_deploy_enabled(false)
        .with_socket_mode_enabled(url.is_none());
    let features = SlackAppManifestFeatures::new()
        .with_app_home(
            SlackAppManifestFeaturesAppHome::new()
                .with_home_tab_enabled(false)
                .with_messages_tab_enabled(true)
                .with_messages_tab_read_only_enabled(true),
        )
        .with_bot_user(SlackAppManifestFeaturesBotUser::new("changeover".to_owned(), true))
        .with_slash_commands(commands(url.as_ref()));
    let scopes = SCOPES.iter().map(|it| SlackApiTokenScope((*it).to_owned())).collect();
    let scopes = SlackAppManifestOAuthConfigScopes::new().with_bot(scopes);
    let display = SlackAppManifestDisplayInformation::new("changeover".to_owned())
        .with_description("Releases without downtime: deploy, cutover, rollback.".to_owned());
    SlackAppManifest::new(display)
        .with_settings(settings)
        .with_features(features)
        .with_oauth_config(SlackAppManifestOAuthConfig::new().with_scopes(scopes))
}

fn endpoint(base: &Url) -> Url {
    base.join(PATH).unwrap_or_else(|_| base.clone())
}

fn commands(url: Option<&Url>) -> Vec<SlackAppManifestFeaturesSlashCommand> {
    let command = |name: &str, description: &str, hint: &str| {
        SlackAppManifestFeaturesSlashCommand::new(format!("/{name}"), begin(description, DESCRIPTION))
            .with_usage_hint(begin(hint, HINT))
            .with_should_escape(false)
            .opt_url(url.cloned())
    };
    let own = verbs().iter().filter(|it| OWN.contains(&it.name)).map(|it| {
        let hint = if it.takes(Slot::Release) { "SERVICE@RELEASE to STAGE" } else { "SERVICE/STAGE" };
        command(it.name, it.summary, hint)
    });
    let all = command("changeover", "Say anything to the bot: status, why, keep, abort, help.", "VERB SERVICE/STAGE");
    own.chain([all]).collect()
}

fn begin(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}
