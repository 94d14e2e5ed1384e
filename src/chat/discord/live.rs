//! What Discord says of these settings: token, application, server, channel, permissions, commands.

use reqwest::Method;
use serde_json::Value;

use super::register::{Scope, compare};
use super::rest::{Refused, Rest, Trouble};
use super::settings::{Settings, Snowflake, Way};
use crate::chat::ChatError;

/// What the bot must be permitted in its channel, by Discord's bits.
const NEEDED: [(u64, &str); 6] = [
    (1 << 10, "View Channel"),
    (1 << 11, "Send Messages"),
    (1 << 14, "Embed Links"),
    (1 << 16, "Read Message History"),
    (1 << 35, "Create Public Threads"),
    (1 << 38, "Send Messages in Threads"),
];
/// Whoever has this is permitted everything.
const ADMINISTRATOR: u64 = 1 << 3;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub is_good: bool,
    pub sentence: String,
}

fn good(sentence: impl Into<String>) -> Found {
    Found { is_good: true, sentence: sentence.into() }
}

fn bad(sentence: impl Into<String>) -> Found {
    Found { is_good: false, sentence: sentence.into() }
}

/// Asks Discord; changes nothing. What can't be asked after something else failed is left out.
pub async fn look(rest: &Rest, settings: &Settings) -> Vec<Found> {
    let mut found = Vec::new();
    let me = match rest.ask(Method::GET, "/users/@me", None).await {
        Ok(me) => me,
        Err(trouble) => return vec![bad(told("the token", trouble, "make a new one, and set it"))],
    };
    let name = me["username"].as_str().unwrap_or("?");
    found.push(good(format!("the token is {name}'s")));
    found.push(match rest.ask(Method::GET, "/applications/@me", None).await {
        Ok(application) => of_application(&application, settings),
        Err(trouble) => bad(told("the application", trouble, "its id stands in the developer portal")),
    });
    let guild = match rest.ask(Method::GET, &format!("/guilds/{}", settings.guild), None).await {
        Ok(guild) => guild,
        Err(trouble) => {
            found.push(bad(told("the server", trouble, "has the bot been invited to it?")));
            return found;
        }
    };
    found.push(good(format!("the bot is in the server {}", guild["name"].as_str().unwrap_or("?"))));
    found.push(of_channel(rest, settings, &guild, me["id"].as_str().unwrap_or_default()).await);
    found.push(of_commands(rest, settings).await);
    found
}

fn of_application(application: &Value, settings: &Settings) -> Found {
    if application["id"].as_str() != Some(settings.application.as_str()) {
        return bad("the token belongs to another application than `application` names");
    }
    let url = application["interactions_endpoint_url"].as_str().filter(|it| !it.is_empty());
    match (settings.way(), url) {
        (Ok(Way::Endpoint(endpoint)), url) => {
            let key = String::from(endpoint.public_key);
            let is_same = application["verify_key"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(&key));
            match url {
                _ if !is_same => bad("`public_key` is not the application's"),
                Some(url) => good(format!("the application sends interactions to {url}")),
                None => {
                    bad("the application has no Interactions Endpoint URL yet: start the bot, and then set it in the \
                     developer portal")
                }
            }
        }
        (Ok(Way::Gateway), Some(url)) => bad(format!(
            "the application sends interactions to {url}, so that none come by the gateway: clear its Interactions \
             Endpoint URL"
        )),
        (Ok(Way::Gateway), None) => good("the application sends interactions by the gateway"),
        (Err(why), _) => bad(why),
    }
}

async fn of_channel(rest: &Rest, settings: &Settings, guild: &Value, me: &str) -> Found {
    let channel = match rest.ask(Method::GET, &format!("/channels/{}", settings.channel), None).await {
        Ok(channel) => channel,
        Err(trouble) => return bad(told("the channel", trouble, "does it exist, and may the bot view it?")),
    };
    if channel["guild_id"].as_str() != Some(settings.guild.as_str()) {
        return bad("the channel is in another server than `guild` names");
    }
    let member = match rest.ask(Method::GET, &format!("/guilds/{}/members/{me}", settings.guild), None).await {
        Ok(member) => member,
        Err(trouble) => return bad(told("the bot's roles", trouble, "has the bot been invited?")),
    };
    let permitted = permitted(guild, &member, &channel, &settings.guild, me);
    let missing: Vec<&str> = NEEDED.iter().filter(|(bit, _)| permitted & bit == 0).map(|(_, name)| *name).collect();
    let name = channel["name"].as_str().unwrap_or("?");
    if missing.is_empty() {
        good(format!("the bot may show cards in #{name}"))
    } else {
        bad(format!("in #{name} the bot is not permitted to: {}", missing.join(", ")))
    }
}

async fn of_commands(rest: &Rest, settings: &Settings) -> Found {
    for scope in [Scope::Guild(settings.guild.clone()), Scope::Global] {
        match compare(rest, &scope).await {
            Ok(difference) if difference.0.is_empty() => return good("the commands are registered"),
            Ok(_) => {}
            Err(error) => return bad(format!("the commands can't be read: {error}")),
        }
    }
    bad("the commands are not registered, or are those of another version: run `changeover discord register`")
}

/// What a member may do in a channel: by their roles, then by what the channel says of everybody, of roles, and of them.
fn permitted(guild: &Value, member: &Value, channel: &Value, everybody: &Snowflake, me: &str) -> u64 {
    let list = |it: &Value| it.as_array().cloned().unwrap_or_default();
    let bits = |it: &Value| it.as_str().and_then(|it| it.parse::<u64>().ok()).unwrap_or_default();
    let mine: Vec<Value> = list(&member["roles"]);
    let is_mine = |id: &Value| mine.contains(id) || id.as_str() == Some(everybody.as_str());
    let roles = list(&guild["roles"]);
    let base = roles.iter().filter(|it| is_mine(&it["id"])).fold(0, |all, it| all | bits(&it["permissions"]));
    if base & ADMINISTRATOR != 0 || guild["owner_id"].as_str() == Some(me) {
        return u64::MAX;
    }
    let rules = list(&channel["permission_overwrites"]);
    let apply = |before: u64, concerned: &dyn Fn(&Value) -> bool| {
        let rules = rules.iter().filter(|it| concerned(&it["id"]));
        let (allowed, denied) =
            rules.fold((0, 0), |(allowed, denied), it| (allowed | bits(&it["allow"]), denied | bits(&it["deny"])));
        (before & !denied) | allowed
    };
    let after = apply(base, &|id| id.as_str() == Some(everybody.as_str()));
    let after = apply(after, &|id| mine.contains(id));
    apply(after, &|id| id.as_str() == Some(me))
}

fn told(what: &str, trouble: Trouble, advice: &str) -> String {
    match trouble {
        Trouble::Refused(Refused { status: 401, .. }) => {
            format!("{what}: Discord does not know the bot's token: {advice}")
        }
        Trouble::Refused(Refused { status, message, .. }) => {
            format!("{what}: Discord says {status} {message}: {advice}")
        }
        Trouble::Chat(error) => format!("{what}: {}", ChatError::to_string(&error)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn permissions_are_those_of_roles_after_what_the_channel_says() {
        let everybody = Snowflake::try_from("22".to_owned()).unwrap();
        let guild = json!({ "roles": [
            { "id": "22", "permissions": "1024" }, { "id": "5", "permissions": "2048" }, { "id": "6", "permissions": "8" },
        ] });
        let channel = |rules: Value| json!({ "permission_overwrites": rules });
        let member = |roles: Value| json!({ "roles": roles });
        let of = |member: &Value, rules: Value| permitted(&guild, member, &channel(rules), &everybody, "77");
        assert_eq!(of(&member(json!(["5"])), json!([])), 1024 | 2048);
        assert_eq!(of(&member(json!([])), json!([])), 1024);
        assert_eq!(of(&member(json!(["6"])), json!([{ "id": "22", "deny": "1024", "allow": "0" }])), u64::MAX);
        let rules = json!([
            { "id": "22", "deny": "3072", "allow": "0" },
            { "id": "5", "deny": "0", "allow": "3072" },
            { "id": "77", "deny": "2048", "allow": "16384" },
        ]);
        assert_eq!(of(&member(json!(["5"])), rules), 1024 | 16384);
    }
}
