//! The Web API of the fake, and the door of its sockets.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State as Shares};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use changeover::clock::Clock as _;
use serde_json::{Map, Value, json};

use super::state::{Manner, Message, State};
use super::{APP, APP_TOKEN, BOT_TOKEN, CHANNEL, GROUP, Shared, TEAM, socket};

/// From so many characters of block text on Slack refuses a message.
const TEXT_LIMIT: usize = 11_000;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().route("/link/", get(socket::open)).route("/api/{method}", any(call)).with_state(shared)
}

async fn call(Shares(shared): Shares<Arc<Shared>>, Path(method): Path<String>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let token = head.headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok()?.strip_prefix("Bearer "));
    let token = token.unwrap_or_default().to_owned();
    let is_json = head.headers.get(CONTENT_TYPE).is_some_and(|it| it.to_str().unwrap().contains("json"));
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let mut arguments = form(head.uri.query().unwrap_or_default().as_bytes());
    if is_json && !body.is_empty() {
        arguments.append(serde_json::from_slice::<Value>(&body).unwrap().as_object_mut().unwrap());
    } else {
        arguments.append(&mut form(&body));
    }
    let manner = {
        let mut state = shared.state();
        state.calls.push(method.clone());
        state.manner(&method)
    };
    let lacks = shared.state().lacks;
    let answer =
        |shared: &Shared| json_response(&perform(shared, &method, &token, &Value::Object(arguments.clone())), lacks);
    match manner {
        None => answer(&shared),
        Some(Manner::Throttled(after)) => {
            let mut response =
                (StatusCode::TOO_MANY_REQUESTS, "{\"ok\":false,\"error\":\"ratelimited\"}").into_response();
            if let Some(after) = after {
                response.headers_mut().insert(RETRY_AFTER, after.into());
            }
            response
        }
        Some(Manner::Broken) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Manner::DoneThenBroken) => {
            answer(&shared);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Some(Manner::Refused(error)) => json_response(&refused(error), lacks),
        Some(Manner::Silent(long)) => {
            shared.clock.pause(long).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Some(Manner::DoneThenSilent(long)) => {
            answer(&shared);
            shared.clock.pause(long).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    }
}

fn json_response(value: &Value, lacks: Option<&str>) -> Response {
    let scopes = changeover::chat::slack::manifest::SCOPES.into_iter().filter(|it| Some(*it) != lacks);
    let scopes = scopes.collect::<Vec<_>>().join(",");
    let body = Body::from(value.to_string());
    ([(CONTENT_TYPE.as_str(), "application/json"), ("x-oauth-scopes", &scopes)], body).into_response()
}

/// A form; what looks like JSON in it is JSON.
fn form(bytes: &[u8]) -> Map<String, Value> {
    let pairs = form_urlencoded::parse(bytes).map(|(name, value)| {
        let json = value.starts_with(['{', '[']).then(|| serde_json::from_str(&value).ok()).flatten();
        (name.into_owned(), json.unwrap_or(Value::String(value.into_owned())))
    });
    pairs.collect()
}

fn perform(shared: &Shared, method: &str, token: &str, arguments: &Value) -> Value {
    let mut state = shared.state();
    let expected = if method == "apps.connections.open" { APP_TOKEN } else { BOT_TOKEN };
    if token != expected {
        return refused("invalid_auth");
    }
    if state.is_revoked && expected == BOT_TOKEN {
        return refused("token_revoked");
    }
    let text = |key: &str| arguments[key].as_str().unwrap_or_default();
    state
        .shown
        .extend([&arguments["blocks"], &arguments["view"]["blocks"]].into_iter().filter(|it| it.is_array()).cloned());
    match method {
        "apps.connections.open" => {
            let ticket = state.next("ticket");
            json!({ "ok": true, "url": format!("ws://{}/link/?ticket={ticket}&app_id={APP}", shared.address) })
        }
        "auth.test" => json!({ "ok": true, "url": "https://shop.slack.example/", "team": "Shop", "team_id": TEAM,
            "user": "changeover", "user_id": "U0BOT", "bot_id": "B01", "is_enterprise_install": false }),
        "bots.info" => {
            json!({ "ok": true, "bot": { "id": "B01", "app_id": APP, "name": "changeover", "deleted": false } })
        }
        "chat.postMessage" => post(shared, &mut state, arguments),
        "chat.update" => update(&mut state, arguments),
        "chat.postEphemeral" if state.is_outside => refused("not_in_channel"),
        "chat.postEphemeral" => {
            state.whispers.push(arguments.clone());
            json!({ "ok": true, "message_ts": "1.000009" })
        }
        "conversations.history" => history(&state, arguments, None),
        "conversations.replies" => history(&state, arguments, Some(text("ts"))),
        "conversations.info" if text("channel") == CHANNEL => {
            json!({ "ok": true, "channel": { "id": CHANNEL, "name": "releases", "is_member": !state.is_outside, "is_archived": false } })
        }
        "conversations.info" => refused("channel_not_found"),
        "views.open" => {
            state.views.push(arguments["view"].clone());
            json!({ "ok": true, "view": { "id": "V0", "type": "modal" } })
        }
        "usergroups.users.list" if text("usergroup") == GROUP => json!({ "ok": true, "users": state.group }),
        "usergroups.users.list" => refused("no_such_subteam"),
        _ => refused("unknown_method"),
    }
}

fn refused(error: &str) -> Value {
    json!({ "ok": false, "error": error })
}

/// How much text stands in blocks, as Slack may count it.
fn text_length(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(text_length).sum(),
        Value::Object(fields) => {
            let length = |(key, value): (&String, &Value)| match value.as_str().filter(|_| key == "text") {
                Some(text) => text.chars().count(),
                None => text_length(value),
            };
            fields.iter().map(length).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn post(shared: &Shared, state: &mut State, arguments: &Value) -> Value {
    let channel = arguments["channel"].as_str().unwrap_or_default();
    // A person's own conversation with the app is always there.
    if channel != CHANNEL && !channel.starts_with('U') {
        return refused("channel_not_found");
    }
    if text_length(&arguments["blocks"]) > TEXT_LIMIT {
        return refused("msg_blocks_too_long");
    }
    let ts = state.stamp(shared.clock.now().as_second());
    let thread = arguments["thread_ts"].as_str().map(str::to_owned);
    if thread.as_ref().is_some_and(|it| !state.messages.iter().any(|message| message.ts == *it)) {
        return refused("thread_not_found");
    }
    state.messages.push(Message { ts: ts.clone(), thread, body: arguments.clone(), edits: 0 });
    json!({ "ok": true, "channel": channel, "ts": ts, "message": { "type": "message", "ts": ts, "blocks": [{ "type": "not_known_yet" }] } })
}

fn update(state: &mut State, arguments: &Value) -> Value {
    if text_length(&arguments["blocks"]) > TEXT_LIMIT {
        return refused("msg_blocks_too_long");
    }
    let ts = arguments["ts"].as_str().unwrap_or_default();
    let Some(message) = state.messages.iter_mut().find(|it| it.ts == ts) else { return refused("message_not_found") };
    for key in ["text", "blocks"] {
        message.body[key] = arguments[key].clone();
    }
    message.edits += 1;
    json!({ "ok": true, "channel": CHANNEL, "ts": ts, "text": message.body["text"], "message": {} })
}

/// Two messages a page, so that pages are turned; newest first in a channel, oldest first in a thread.
fn history(state: &State, arguments: &Value, thread: Option<&str>) -> Value {
    let oldest: f64 = arguments["oldest"].as_str().and_then(|it| it.parse().ok()).unwrap_or_default();
    let is_wanted = |it: &&Message| {
        let is_there = match thread {
            Some(thread) => it.thread.as_deref() == Some(thread) || it.ts == thread,
            None => it.thread.is_none(),
        };
        is_there && it.body["channel"] == arguments["channel"] && it.ts.parse::<f64>().unwrap() >= oldest
    };
    let mut found: Vec<&Message> = state.messages.iter().filter(is_wanted).collect();
    if thread.is_none() {
        found.reverse();
    }
    let from: usize = arguments["cursor"].as_str().and_then(|it| it.parse().ok()).unwrap_or_default();
    let next = if from + 2 < found.len() { (from + 2).to_string() } else { String::new() };
    // Slack takes both for yes; its SDKs write either.
    let with_metadata = ["true", "1"].iter().any(|it| arguments["include_all_metadata"] == *it);
    let page = found.iter().skip(from).take(2).map(|it| {
        let metadata = if with_metadata { it.body["metadata"].clone() } else { Value::Null };
        json!({ "type": "message", "ts": it.ts, "text": it.body["text"], "metadata": metadata, "blocks": it.body["blocks"] })
    });
    json!({ "ok": true, "messages": page.collect::<Vec<_>>(), "has_more": !next.is_empty(), "response_metadata": { "next_cursor": next } })
}
