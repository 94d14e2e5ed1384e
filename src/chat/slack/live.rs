//! What Slack says of these settings: token, workspace, app, scopes, channel, the way in.

use serde::Deserialize;
use serde_json::json;

use super::manifest::SCOPES;
use super::settings::{Settings, Way};
use super::web::Web;
use super::{SlackError, groups};
use crate::chat::ChatError;
use crate::client;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub is_good: bool,
    pub sentence: String,
}

#[derive(Deserialize)]
struct Identity {
    team: Option<String>,
    team_id: String,
    user: Option<String>,
    bot_id: Option<String>,
}

#[derive(Deserialize)]
struct Bot {
    bot: BotOf,
}

#[derive(Deserialize)]
struct BotOf {
    app_id: Option<String>,
}

#[derive(Deserialize)]
struct Conversation {
    channel: Channel,
}

#[derive(Deserialize)]
struct Channel {
    name: Option<String>,
    is_member: Option<bool>,
    is_archived: Option<bool>,
}

#[derive(Deserialize)]
struct Opened {}

fn good(sentence: impl Into<String>) -> Found {
    Found { is_good: true, sentence: sentence.into() }
}

fn bad(sentence: impl Into<String>) -> Found {
    Found { is_good: false, sentence: sentence.into() }
}

fn told(what: &str, error: &ChatError, advice: &str) -> Found {
    bad(format!("{what}: {error}; {advice}"))
}

/// Asks Slack; changes nothing. What can't be asked after something else failed is left out.
pub async fn look(settings: &Settings, members: &[String]) -> Result<Vec<Found>, SlackError> {
    let client = client::client()?;
    let web = Web::new(client.clone(), &settings.api_url, settings.bot_token.resolve()?);
    let (identity, scopes): (Identity, Option<String>) = match web.ask_with_scopes("auth.test").await {
        Ok(identity) => identity,
        Err(error) => return Ok(vec![told("the bot's token", &error, "copy it from “OAuth & Permissions”")]),
    };
    let mut found = vec![of_identity(&identity, settings)];
    found.extend(scopes.map(|it| of_scopes(&it)));
    if let Some(bot) = &identity.bot_id {
        found.extend(of_app(&web, bot, settings).await);
    }
    found.push(of_channel(&web, settings).await);
    for group in groups::named(settings.team.as_str(), members.iter().map(String::as_str)) {
        let members: Result<groups::Members, ChatError> =
            web.look("usergroups.users.list", &[("usergroup", &group)]).await;
        found.push(match members {
            Ok(members) => good(format!("the user group {group} has {} members", members.users.len())),
            Err(error) => told(&format!("the user group {group}"), &error, "nobody is in it, as far as roles go"),
        });
    }
    if let Way::Socket(socket) = settings.way().map_err(SlackError::Settings)? {
        let web = Web::new(client, &settings.api_url, socket.app_token.resolve()?);
        let opened: Result<Opened, ChatError> = web.ask("apps.connections.open", &json!({})).await;
        found.push(match opened {
            Ok(Opened {}) => good("Socket Mode can be opened by the app's own token"),
            Err(error) => {
                told("the app's own token", &error, "make one with the scope connections:write in “Basic Information”")
            }
        });
    }
    Ok(found)
}

fn of_identity(identity: &Identity, settings: &Settings) -> Found {
    let name = identity.user.as_deref().unwrap_or("?");
    let team = identity.team.as_deref().unwrap_or("?");
    if identity.team_id != settings.team.as_str() {
        return bad(format!("the bot's token is of the workspace {team}, whose id is {}", identity.team_id));
    }
    if identity.bot_id.is_none() {
        return bad("the bot's token is a person's: take the one that begins with xoxb-");
    }
    good(format!("the token is {name}'s, in the workspace {team}"))
}

fn of_scopes(scopes: &str) -> Found {
    let given: Vec<&str> = scopes.split(',').map(str::trim).collect();
    let missing: Vec<&str> = SCOPES.into_iter().filter(|it| !given.contains(it)).collect();
    if missing.is_empty() {
        good("it has every scope that is needed")
    } else {
        bad(format!("it lacks {}: add the scopes, and install the app again", missing.join(", ")))
    }
}

/// Says nothing where the token may not ask.
async fn of_app(web: &Web, bot: &str, settings: &Settings) -> Option<Found> {
    let asked: Result<Bot, ChatError> = web.look("bots.info", &[("bot", bot)]).await;
    let app = asked.ok()?.bot.app_id?;
    let is_ours = app == settings.app.as_str();
    Some(if is_ours { good("it belongs to the app") } else { bad(format!("it belongs to another app, {app}")) })
}

async fn of_channel(web: &Web, settings: &Settings) -> Found {
    let asked: Result<Conversation, ChatError> =
        web.look("conversations.info", &[("channel", settings.channel.as_str())]).await;
    match asked {
        Ok(Conversation { channel }) => {
            let name = channel.name.as_deref().unwrap_or("?");
            match (channel.is_archived, channel.is_member) {
                (Some(true), _) => bad(format!("the channel #{name} is archived")),
                (_, Some(true)) => good(format!("the bot is in the channel #{name}")),
                (_, Some(false) | None) => bad(format!("the bot is not in the channel #{name}: /invite it")),
            }
        }
        Err(error) => told("the channel", &error, "is the bot invited to it?"),
    }
}
