//! What Slack sends, read with as few wishes as possible: whatever is not needed may be missing or strange, so that no
//! press is lost because some other part of it has a new shape.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// One thing that Slack delivered, from wherever it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Payload {
    /// Names the delivery for ever: the same again is the same delivery.
    pub id: String,
    pub team: String,
    /// The app that it was meant for; a payload that does not say so came over what only that app has.
    pub app: Option<String>,
    pub user: String,
    /// Where it was said; none where a form does not know.
    pub channel: Option<String>,
    /// What a form can be opened with, for three seconds.
    pub trigger: Option<String>,
    pub wish: Wish,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// `/deploy shop@1.42.0`: the command's name without its slash, and what stands behind it.
    Command { name: String, text: String },
    /// A button: its `action_id` and its `value`.
    Press { action: String, value: String },
    /// A form that was sent: what it is about, as it was opened with, and what was put in.
    Form { about: String, given: String },
    /// The app was spoken to in a message.
    Mention { text: String },
}

/// Why nothing is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unheard {
    /// Slack asks whether this address is the app's: it wants this text back.
    Challenge(String),
    /// Nothing that we have asked for: a form that was closed, an event of another kind.
    Nothing,
    /// Nothing that Slack would send.
    Unreadable,
}

/// Where the one input of our forms stands.
pub(super) const BLOCK: &str = "given";
pub(super) const ACTION: &str = "given";

/// Reads the body of a request: a form, a form with JSON in it, or JSON.
pub(super) fn of_body(body: &str) -> Result<Payload, Unheard> {
    if body.starts_with('{') {
        return of_json(&serde_json::from_str(body).map_err(|_| Unheard::Unreadable)?);
    }
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        fields.entry(name).or_insert_with(|| Value::String(value.into_owned()));
    }
    match fields.get("payload").and_then(Value::as_str) {
        Some(inner) => of_json(&serde_json::from_str(inner).map_err(|_| Unheard::Unreadable)?),
        None => of_json(&Value::Object(fields)),
    }
}

/// Reads what stands in an envelope of Socket Mode, or in a body.
pub(super) fn of_json(json: &Value) -> Result<Payload, Unheard> {
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).filter(|it| !it.is_empty());
    if text("/type").is_none() && text("/command").is_some() {
        return command(json, &text);
    }
    match text("/type") {
        Some("block_actions") => press(json, &text),
        Some("view_submission") => form(json, &text),
        Some("event_callback") => mention(&text),
        Some("url_verification") => {
            text("/challenge").map_or(Err(Unheard::Unreadable), |it| Err(Unheard::Challenge(it.to_owned())))
        }
        Some(_) => Err(Unheard::Nothing),
        None => Err(Unheard::Unreadable),
    }
}

fn command<'a>(json: &Value, text: &impl Fn(&str) -> Option<&'a str>) -> Result<Payload, Unheard> {
    let (Some(team), Some(user), Some(name)) = (text("/team_id"), text("/user_id"), text("/command")) else {
        return Err(Unheard::Unreadable);
    };
    Ok(Payload {
        id: text("/trigger_id").map_or_else(|| hash(json), str::to_owned),
        team: team.to_owned(),
        app: text("/api_app_id").map(str::to_owned),
        user: user.to_owned(),
        channel: text("/channel_id").map(str::to_owned),
        trigger: text("/trigger_id").map(str::to_owned),
        wish: Wish::Command {
            name: name.trim_start_matches('/').to_owned(),
            text: text("/text").unwrap_or_default().to_owned(),
        },
    })
}

fn press<'a>(json: &Value, text: &impl Fn(&str) -> Option<&'a str>) -> Result<Payload, Unheard> {
    let (team, user) = who(text)?;
    // One payload carries one press; others of its list are not buttons of ours.
    let action = text("/actions/0/action_id").ok_or(Unheard::Nothing)?;
    let value = text("/actions/0/value").ok_or(Unheard::Nothing)?;
    Ok(Payload {
        id: text("/trigger_id").map_or_else(|| hash(json), str::to_owned),
        team,
        app: text("/api_app_id").map(str::to_owned),
        user,
        channel: text("/channel/id").or_else(|| text("/container/channel_id")).map(str::to_owned),
        trigger: text("/trigger_id").map(str::to_owned),
        wish: Wish::Press { action: action.to_owned(), value: value.to_owned() },
    })
}

/// A form is sent once, however often its button is pressed: its own id is the delivery's.
fn form<'a>(json: &Value, text: &impl Fn(&str) -> Option<&'a str>) -> Result<Payload, Unheard> {
    let (team, user) = who(text)?;
    let about = text("/view/private_metadata").ok_or(Unheard::Nothing)?;
    let given = |rest: &str| text(&format!("/view/state/values/{BLOCK}/{ACTION}/{rest}"));
    Ok(Payload {
        id: text("/view/id").map_or_else(|| hash(json), str::to_owned),
        team,
        app: text("/api_app_id").map(str::to_owned),
        user,
        channel: None,
        trigger: None,
        wish: Wish::Form {
            about: about.to_owned(),
            given: given("value").or_else(|| given("selected_option/value")).unwrap_or_default().to_owned(),
        },
    })
}

fn mention<'a>(text: &impl Fn(&str) -> Option<&'a str>) -> Result<Payload, Unheard> {
    // What a bot says is not for us: two of them would talk for ever.
    if text("/event/type") != Some("app_mention") || text("/event/bot_id").is_some() {
        return Err(Unheard::Nothing);
    }
    let (Some(id), Some(team), Some(user)) = (text("/event_id"), text("/team_id"), text("/event/user")) else {
        return Err(Unheard::Unreadable);
    };
    let said = text("/event/text").unwrap_or_default().trim_start();
    // It begins with the app's own name, in Slack's spelling.
    let said = said.strip_prefix("<@").and_then(|it| it.split_once('>')).map_or(said, |(_, rest)| rest);
    Ok(Payload {
        id: id.to_owned(),
        team: team.to_owned(),
        app: text("/api_app_id").map(str::to_owned),
        user: user.to_owned(),
        channel: text("/event/channel").map(str::to_owned),
        trigger: None,
        wish: Wish::Mention { text: said.trim().to_owned() },
    })
}

/// An app of a whole organisation has no `team`; its people have one each.
fn who<'a>(text: &impl Fn(&str) -> Option<&'a str>) -> Result<(String, String), Unheard> {
    let team = text("/team/id").or_else(|| text("/user/team_id")).ok_or(Unheard::Unreadable)?;
    Ok((team.to_owned(), text("/user/id").ok_or(Unheard::Unreadable)?.to_owned()))
}

/// A name for what has none.
fn hash(json: &Value) -> String {
    hex::encode(Sha256::digest(json.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_is_read_from_a_form() {
        let body = "token=x&team_id=T01&channel_id=C01&user_id=U02&command=%2Fdeploy&text=shop%401.42.0+to+prod\
                    &api_app_id=A01&trigger_id=1.2.a&response_url=https%3A%2F%2Fx";
        let read = of_body(body).unwrap();
        assert_eq!((read.id.as_str(), read.team.as_str(), read.user.as_str()), ("1.2.a", "T01", "U02"));
        assert_eq!(read.app.as_deref(), Some("A01"));
        assert_eq!(read.wish, Wish::Command { name: "deploy".into(), text: "shop@1.42.0 to prod".into() });
    }

    #[test]
    fn a_press_is_read_whatever_the_rest_looks_like() {
        let press = json!({
            "type": "block_actions", "api_app_id": "A01", "trigger_id": "1.2.b", "team": null,
            "user": { "id": "U02", "team_id": "T01", "name": 7 },
            "container": { "channel_id": "C01" }, "channel": [], "message": { "blocks": "new" }, "state": 1,
            "actions": [{ "action_id": "press/0", "value": "keep shop/production", "style": { "strange": true } }],
        });
        let body: String =
            form_urlencoded::Serializer::new(String::new()).append_pair("payload", &press.to_string()).finish();
        let read = of_body(&body).unwrap();
        assert_eq!((read.team.as_str(), read.channel.as_deref()), ("T01", Some("C01")));
        assert_eq!(read.wish, Wish::Press { action: "press/0".into(), value: "keep shop/production".into() });
    }

    #[test]
    fn a_delivery_without_a_name_is_named_by_what_it_holds() {
        let body = "team_id=T01&user_id=U02&command=%2Fdeploy&response_url=a";
        assert_eq!(of_body(body).unwrap().id, of_body(body).unwrap().id);
        assert_ne!(of_body(body).unwrap().id, of_body(&body.replace("url=a", "url=b")).unwrap().id);
    }

    #[test]
    fn a_mention_says_what_stands_behind_the_name_and_bots_say_nothing() {
        let mention = |change: &dyn Fn(&mut Value)| {
            let mut json = json!({
                "type": "event_callback", "event_id": "Ev1", "team_id": "T01", "api_app_id": "A01",
                "event": { "type": "app_mention", "user": "U02", "channel": "C01", "text": "<@U0BOT> status" },
            });
            change(&mut json);
            of_json(&json).map(|it| it.wish)
        };
        assert_eq!(mention(&|_| {}), Ok(Wish::Mention { text: "status".into() }));
        assert_eq!(mention(&|it| it["event"]["bot_id"] = "B01".into()), Err(Unheard::Nothing));
        assert_eq!(mention(&|it| it["event"]["type"] = "message".into()), Err(Unheard::Nothing));
    }

    #[test]
    fn what_nobody_would_send_is_unreadable_and_what_is_not_ours_is_nothing() {
        for body in ["", "{", "payload=%7B", "payload={}", "payload=[]", "command=%2Fdeploy", "{\"type\":1}", "a=b"] {
            assert_eq!(of_body(body), Err(Unheard::Unreadable), "{body}");
        }
        for json in
            [json!({ "type": "view_closed" }), json!({ "type": "message_action" }), json!({ "type": "shortcut" })]
        {
            assert_eq!(of_json(&json), Err(Unheard::Nothing));
        }
        let challenge = of_body("{\"type\":\"url_verification\",\"challenge\":\"abc\"}");
        assert_eq!(challenge, Err(Unheard::Challenge("abc".into())));
    }
}
