//! The REST API, as far as anybody here uses it.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State as Given;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::state::{Manner, State};
use super::{APPLICATION, CHANNEL, GUILD, Shared, TOKEN, limits};

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

/// What Discord says: a status with a body.
type Said = (u16, Value);

fn refused(status: u16, code: u64, message: &str) -> Said {
    (status, json!({ "code": code, "message": message }))
}

async fn serve(Given(shared): Given<Arc<Shared>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path().trim_start_matches("/api/v10").to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let asked = format!("{} {path}", head.method);
    let manner = shared.state().manner(&asked);
    let said = match &manner {
        Some(Manner::Silent) => std::future::pending().await,
        Some(Manner::DoneAndSilent) => {
            answer(&shared, &head.method, &path, &query, &head.headers, &body);
            std::future::pending().await
        }
        Some(Manner::Broken(status)) => (*status, Value::Null),
        Some(Manner::Throttled { after_s, is_global, is_said }) => {
            let body = json!({ "message": "You are being rate limited.", "retry_after": after_s, "global": is_global });
            (429, if *is_said { body } else { Value::Null })
        }
        Some(Manner::DoneAndBroken(status)) => {
            answer(&shared, &head.method, &path, &query, &head.headers, &body);
            (*status, Value::Null)
        }
        Some(Manner::LastForNow { .. }) | None => answer(&shared, &head.method, &path, &query, &head.headers, &body),
    };
    shared.state().requests.push(format!("{asked} {}", said.0));
    dressed(said, manner.as_ref())
}

/// With the headers that the real one sends.
fn dressed((status, body): Said, manner: Option<&Manner>) -> Response {
    let mut headers = HeaderMap::new();
    let mut put = |name: &'static str, value: String| headers.insert(name, HeaderValue::from_str(&value).unwrap());
    if status != 204 {
        put("content-type", "application/json".to_owned());
    }
    put("x-ratelimit-limit", "5".to_owned());
    put("x-ratelimit-bucket", "abcd1234".to_owned());
    let after = match manner {
        Some(Manner::Throttled { after_s, is_global, is_said: true }) => {
            put("retry-after", after_s.ceil().to_string());
            put("x-ratelimit-scope", if *is_global { "global" } else { "user" }.to_owned());
            if *is_global {
                put("x-ratelimit-global", "true".to_owned());
            }
            Some(*after_s)
        }
        Some(Manner::LastForNow { after_s }) => Some(*after_s),
        Some(_) | None => None,
    };
    put("x-ratelimit-remaining", if after.is_some() { "0" } else { "4" }.to_owned());
    put("x-ratelimit-reset-after", after.unwrap_or(1.0).to_string());
    let status = StatusCode::from_u16(status).unwrap();
    let body = if status == StatusCode::NO_CONTENT { String::new() } else { body.to_string() };
    (status, headers, body).into_response()
}

fn answer(shared: &Shared, method: &Method, path: &str, query: &str, headers: &HeaderMap, body: &Value) -> Said {
    let mut state = shared.state();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    // These two are known by the token in their path.
    match (method.as_str(), parts.as_slice()) {
        ("POST", ["interactions", id, token, "callback"]) => return call_back(&mut state, id, token, body),
        ("POST" | "PATCH", ["webhooks", APPLICATION, token, rest @ ..]) => {
            return webhook(&mut state, token, rest, body);
        }
        _ => {}
    }
    let expected = format!("Bot {TOKEN}");
    if state.is_revoked || headers.get("authorization").and_then(|it| it.to_str().ok()) != Some(expected.as_str()) {
        return refused(401, 0, "401: Unauthorized");
    }
    match (method.as_str(), parts.as_slice()) {
        ("GET", ["users", "@me"]) => (200, json!({ "id": APPLICATION, "username": "changeover", "bot": true })),
        ("GET", ["applications", "@me"]) => (200, state.application.clone()),
        ("GET", ["gateway", "bot"]) => {
            let limit = json!({ "total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1 });
            (200, json!({ "url": format!("ws://{}", shared.gateway), "shards": 1, "session_start_limit": limit }))
        }
        ("GET", ["guilds", GUILD]) => (200, state.guild.clone()),
        ("GET", ["guilds", GUILD, "members", APPLICATION]) => (200, json!({ "roles": [] })),
        ("GET", ["channels", CHANNEL]) => (200, state.channel.clone()),
        ("GET" | "PUT", ["applications", APPLICATION, scope @ .., "commands"]) => {
            commands(&mut state, &scope.join("/"), method, body)
        }
        (_, ["channels", channel, "messages", rest @ ..]) => messages(&mut state, method, channel, rest, query, body),
        _ => refused(404, 0, "404: Not Found"),
    }
}

fn commands(state: &mut State, scope: &str, method: &Method, body: &Value) -> Said {
    if method == Method::PUT {
        let mut made = body.as_array().unwrap().clone();
        for command in &mut made {
            command["id"] = json!(state.next_id().to_string());
            command["version"] = json!("1");
        }
        state.commands.insert(scope.to_owned(), made);
    }
    (200, Value::Array(state.commands.get(scope).cloned().unwrap_or_default()))
}

fn messages(state: &mut State, method: &Method, channel: &str, rest: &[&str], query: &str, body: &Value) -> Said {
    let is_there = state.channel["id"] == channel || state.threads.contains(channel);
    if !is_there {
        return refused(404, 10_003, "Unknown Channel");
    }
    match (method.as_str(), rest) {
        ("POST", []) => create(state, channel, body),
        ("GET", []) => (200, page(state, channel, query)),
        ("PATCH", [id]) => edit(state, channel, id, body),
        ("POST", [id, "threads"]) => {
            let is_message = state.messages.get(channel).is_some_and(|it| it.iter().any(|it| it["id"] == *id));
            if !is_message {
                return refused(404, 10_008, "Unknown Message");
            }
            if !state.threads.insert((*id).to_owned()) {
                return refused(400, 160_004, "A thread has already been created for this message");
            }
            (201, json!({ "id": id, "type": 11, "parent_id": channel, "name": body["name"] }))
        }
        _ => refused(405, 0, "405: Method Not Allowed"),
    }
}

/// The same nonce is answered with the message that there is.
fn create(state: &mut State, channel: &str, body: &Value) -> Said {
    if let Some(wrong) = limits::wrong(body) {
        return refused(400, 50_035, &format!("Invalid Form Body: {wrong}"));
    }
    let there = state.messages.get(channel).map(Vec::as_slice).unwrap_or_default();
    let same = there.iter().find(|it| body["enforce_nonce"] == true && it["nonce"] == body["nonce"]);
    if let Some(same) = same {
        return (200, same.clone());
    }
    let mut message = body.clone();
    message["id"] = json!(state.next_id().to_string());
    message["channel_id"] = json!(channel);
    message["author"] =
        json!({ "id": APPLICATION, "bot": true, "username": "changeover", "discriminator": "0", "avatar": null });
    message["timestamp"] = json!("2026-01-01T00:00:00Z");
    message["edited_timestamp"] = Value::Null;
    message["type"] = json!(0);
    state.messages.entry(channel.to_owned()).or_default().push(message.clone());
    (200, message)
}

fn edit(state: &mut State, channel: &str, id: &str, body: &Value) -> Said {
    if let Some(wrong) = limits::wrong(body) {
        return refused(400, 50_035, &format!("Invalid Form Body: {wrong}"));
    }
    let messages = state.messages.entry(channel.to_owned()).or_default();
    let Some(message) = messages.iter_mut().find(|it| it["id"] == id) else {
        return refused(404, 10_008, "Unknown Message");
    };
    for (key, value) in body.as_object().unwrap() {
        message[key] = value.clone();
    }
    (200, message.clone())
}

/// The messages after an id, newest first, without their nonces, as Discord gives them.
fn page(state: &State, channel: &str, query: &str) -> Value {
    let number = |name: &str| {
        let value = query.split('&').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
        value.map_or(0, |it| it.parse::<u64>().unwrap())
    };
    let messages = state.messages.get(channel).map(Vec::as_slice).unwrap_or_default();
    let after = messages.iter().filter(|it| it["id"].as_str().unwrap().parse::<u64>().unwrap() > number("after"));
    let mut page: Vec<Value> = after.take(usize::try_from(number("limit")).unwrap()).cloned().collect();
    for message in &mut page {
        message.as_object_mut().unwrap().remove("nonce");
    }
    page.reverse();
    Value::Array(page)
}

fn call_back(state: &mut State, id: &str, token: &str, body: &Value) -> Said {
    if state.interactions.get(id).is_none_or(|it| it.token != token) {
        return refused(404, 10_062, "Unknown interaction");
    }
    match state.answer(id, body) {
        Ok(()) => (204, Value::Null),
        Err(code @ 40_060) => refused(400, code, "Interaction has already been acknowledged."),
        Err(code) => refused(404, code, "Unknown interaction"),
    }
}

fn webhook(state: &mut State, token: &str, rest: &[&str], body: &Value) -> Said {
    if let Some(wrong) = limits::wrong(body) {
        return refused(400, 50_035, &format!("Invalid Form Body: {wrong}"));
    }
    let id = state.next_id().to_string();
    let Some(taken) = state.of_token(token) else { return refused(404, 10_015, "Unknown Webhook") };
    match rest {
        [] => taken.follow_ups.push(body.clone()),
        ["messages", "@original" | "%40original"] => taken.edits.push(body.clone()),
        _ => return refused(404, 0, "404: Not Found"),
    }
    let mut message = body.clone();
    message["id"] = json!(id);
    message["channel_id"] = json!(CHANNEL);
    message["author"] =
        json!({ "id": APPLICATION, "bot": true, "username": "changeover", "discriminator": "0", "avatar": null });
    message["timestamp"] = json!("2026-01-01T00:00:00Z");
    message["type"] = json!(19);
    (200, message)
}
