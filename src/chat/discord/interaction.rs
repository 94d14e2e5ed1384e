//! What Discord sends when somebody types, chooses or presses: read by what is needed, whatever else is missing.
//!
//! Not by serenity's models: a field that they want and that a message lacks would lose the click on it.

use std::collections::BTreeSet;

use commands::speaker::Speaker;
use events::actor::Actor;
use serde_json::Value;

use super::answer::REASON;
use super::line;
use super::press::{self, Asks};
use super::settings::Snowflake;
use super::tokens::Token;
use crate::chat::{Place, Platform};

/// An interaction that is meant for this bot, by somebody whom Discord vouches for.
#[derive(Debug, Clone)]
pub(super) struct Interaction {
    /// Names it for ever.
    pub id: Snowflake,
    pub token: Token,
    pub speaker: Speaker,
    pub place: Place,
    pub wish: Wish,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// To say this line.
    Say(String),
    /// To see how this beginning of a line may go on; the answer takes the place of the word that is typed.
    Complete(line::Typing),
    /// To press a button, by what stands behind it.
    Press(String, Asks),
    /// To press it after the form that it opened, with what was written there.
    Explain(String, Option<String>),
}

/// What comes in beside wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unheard {
    /// Discord asks whether we are there.
    Ping,
    /// It is none that this version knows.
    Unknown,
    /// Another server, another application, or no server at all; whoever sent it is told.
    Stranger(&'static str),
    /// A button or form that this bot does not know (any more).
    Stale,
}

/// Who may be heard: one application, in one server.
#[derive(Debug, Clone)]
pub(super) struct Ears {
    pub application: Snowflake,
    pub guild: Snowflake,
}

impl Ears {
    /// Understands an interaction.
    pub(super) fn hear(&self, raw: &Value) -> Result<Interaction, Unheard> {
        let kind = raw["type"].as_u64();
        if kind == Some(1) {
            return Err(Unheard::Ping);
        }
        if text(raw, "/application_id") != Some(self.application.as_str()) {
            return Err(Unheard::Stranger("this was meant for another application"));
        }
        let Some(guild) = text(raw, "/guild_id") else {
            return Err(Unheard::Stranger("I listen in the server that I was set up for, not in private"));
        };
        let is_ours = guild == self.guild.as_str();
        #[cfg(feature = "mutants")]
        let is_ours = crate::mutants::of_guild(is_ours);
        if !is_ours {
            return Err(Unheard::Stranger("I was set up for another server, and listen there only"));
        }
        let id = id(raw, "/id").ok_or(Unheard::Unknown)?;
        let token = text(raw, "/token").and_then(|it| Token::new(it.to_owned())).ok_or(Unheard::Unknown)?;
        let user = self::id(raw, "/member/user/id").ok_or(Unheard::Unknown)?;
        let data = &raw["data"];
        let wish = match kind {
            Some(2) => Wish::Say(line::said(data).ok_or(Unheard::Unknown)?),
            Some(3) => text(data, "/custom_id")
                .and_then(press::read)
                .map(|(asks, press)| Wish::Press(press, asks))
                .ok_or(Unheard::Stale)?,
            Some(4) => Wish::Complete(line::typed(data).ok_or(Unheard::Unknown)?),
            Some(5) => text(data, "/custom_id")
                .and_then(press::read)
                .map(|(_, press)| Wish::Explain(press, reason(data)))
                .ok_or(Unheard::Stale)?,
            Some(_) | None => return Err(Unheard::Unknown),
        };
        let place = Place { platform: Platform::Discord, channel: channel(raw), user: Some(user.as_str().to_owned()) };
        let speaker = self.speaker(raw, &user).ok_or(Unheard::Unknown)?;
        Ok(Interaction { id, token, speaker, place, wish })
    }

    /// The member, with the roles that came along; none came means none held.
    fn speaker(&self, raw: &Value, user: &Snowflake) -> Option<Speaker> {
        let actor = Actor::discord(self.guild.as_str(), user.as_str())?;
        let roles = raw.pointer("/member/roles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let roles = roles.iter().filter_map(|it| snowflake(it.as_str()?));
        let groups: BTreeSet<String> = roles.map(|role| format!("discord:{}/{role}", self.guild)).collect();
        Some(Speaker { actor, groups })
    }
}

/// Where it happened; where nothing says so, an answer can only go to the person.
fn channel(raw: &Value) -> String {
    let ids = ["/channel_id", "/channel/id", "/message/channel_id"].into_iter().find_map(|it| id(raw, it));
    ids.map(String::from).unwrap_or_default()
}

/// What was written into a form, however Discord lays it out.
fn reason(data: &Value) -> Option<String> {
    fn find(component: &Value) -> Option<&str> {
        if component["custom_id"].as_str() == Some(REASON) {
            return component["value"].as_str();
        }
        let below = component["components"].as_array().map(Vec::as_slice).unwrap_or_default();
        below.iter().chain(component.get("component")).find_map(find)
    }
    let text = find(data)?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn text<'a>(raw: &'a Value, pointer: &str) -> Option<&'a str> {
    raw.pointer(pointer)?.as_str()
}

fn id(raw: &Value, pointer: &str) -> Option<Snowflake> {
    text(raw, pointer).and_then(snowflake)
}

fn snowflake(text: &str) -> Option<Snowflake> {
    Snowflake::try_from(text.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ears() -> Ears {
        Ears { application: snowflake("11").unwrap(), guild: snowflake("22").unwrap() }
    }

    fn command() -> Value {
        json!({
            "id": "99", "application_id": "11", "type": 2, "token": "secret", "guild_id": "22", "channel_id": "33",
            "member": { "user": { "id": "77", "username": "ann" }, "roles": ["5", "6"] },
            "data": { "name": "status" },
        })
    }

    fn without(mut raw: Value, pointer: &str) -> Value {
        let (above, key) = pointer.rsplit_once('/').unwrap();
        raw.pointer_mut(above).unwrap().as_object_mut().unwrap().remove(key);
        raw
    }

    #[test]
    fn who_speaks_is_whom_discord_vouches_for() {
        let heard = ears().hear(&command()).unwrap();
        assert_eq!(heard.speaker.actor.as_str(), "discord:22/77");
        assert_eq!(heard.speaker.groups, ["discord:22/5".to_owned(), "discord:22/6".to_owned()].into());
        assert_eq!(heard.wish, Wish::Say("status".into()));
        assert_eq!(heard.place.channel, "33");
    }

    #[test]
    fn only_one_server_and_one_application_are_heard() {
        for (pointer, value) in [("/guild_id", json!("23")), ("/application_id", json!("12")), ("/guild_id", json!(22))]
        {
            let mut raw = command();
            *raw.pointer_mut(pointer).unwrap() = value;
            assert!(matches!(ears().hear(&raw), Err(Unheard::Stranger(_))), "{pointer}");
        }
        for private in [without(command(), "/guild_id"), without(command(), "/application_id")] {
            assert!(matches!(ears().hear(&private), Err(Unheard::Stranger(_))));
        }
    }

    #[test]
    fn a_click_counts_whatever_else_is_missing() {
        let press = ".abort shop/production #7 s3";
        let bare = json!({
            "id": "99", "application_id": "11", "type": 3, "token": "secret", "guild_id": "22",
            "member": { "user": { "id": "77" } }, "data": { "custom_id": press }, "message": 5, "channel": null,
        });
        let heard = ears().hear(&bare).unwrap();
        assert!(matches!(heard.wish, Wish::Press(_, Asks::Nothing)));
        assert!(heard.speaker.groups.is_empty(), "roles that did not come are not held");
        assert_eq!(heard.place.channel, "");
    }

    #[test]
    fn what_can_be_nobodys_wish_is_told_apart() {
        assert_eq!(ears().hear(&json!({ "type": 1 })).unwrap_err(), Unheard::Ping);
        let with = |pointer: &str, value: Value| {
            let mut raw = command();
            *raw.pointer_mut(pointer).unwrap() = value;
            ears().hear(&raw).unwrap_err()
        };
        assert_eq!(with("/type", json!(6)), Unheard::Unknown);
        assert_eq!(with("/type", json!("2")), Unheard::Unknown);
        assert_eq!(with("/id", json!("x")), Unheard::Unknown);
        assert_eq!(with("/token", json!("../../users/@me")), Unheard::Unknown);
        assert_eq!(with("/member/user/id", json!(null)), Unheard::Unknown);
        assert_eq!(ears().hear(&json!([])).unwrap_err(), Unheard::Stranger("this was meant for another application"));
        let mut stale = command();
        stale["type"] = json!(3);
        stale["data"] = json!({ "custom_id": "somebody else's" });
        assert_eq!(ears().hear(&stale).unwrap_err(), Unheard::Stale);
    }

    #[test]
    fn a_reason_is_found_in_either_layout_of_a_form() {
        let field = json!({ "type": 4, "custom_id": "reason", "value": " checkout fails " });
        let row = json!({ "components": [{ "type": 1, "components": [field] }] });
        let label = json!({ "components": [{ "type": 18, "component": field }] });
        for form in [row, label] {
            assert_eq!(reason(&form), Some("checkout fails".into()));
        }
        assert_eq!(
            reason(&json!({ "components": [{ "components": [{ "custom_id": "reason", "value": " " }] }] })),
            None
        );
    }
}
