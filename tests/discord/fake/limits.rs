//! What Discord refuses in a message.

use serde_json::Value;

/// What is wrong with the body of a message; none if Discord would take it.
pub(super) fn wrong(body: &Value) -> Option<String> {
    let embeds = list(&body["embeds"]);
    let mut total = 0;
    for embed in &embeds {
        let fields = list(&embed["fields"]);
        let texts = [
            (&embed["title"], 256),
            (&embed["description"], 4096),
            (&embed["footer"]["text"], 2048),
            (&embed["author"]["name"], 256),
        ];
        let of_fields = fields.iter().flat_map(|it| [(&it["name"], 256), (&it["value"], 1024)]);
        for (text, limit) in texts.into_iter().chain(of_fields) {
            total += length(text);
            if length(text) > limit {
                return Some(format!("a text of {} where {limit} fit", length(text)));
            }
        }
        if fields.len() > 25 || fields.iter().any(|it| length(&it["name"]) == 0 || length(&it["value"]) == 0) {
            return Some("too many fields, or an empty one".to_owned());
        }
    }
    let rows = list(&body["components"]);
    let buttons: Vec<Value> = rows.iter().flat_map(|row| list(&row["components"])).collect();
    let ids: std::collections::BTreeSet<&str> = buttons.iter().filter_map(|it| it["custom_id"].as_str()).collect();
    if total > 6000 || embeds.len() > 10 || length(&body["content"]) > 2000 {
        return Some("too much text".to_owned());
    }
    if rows.len() > 5 || rows.iter().any(|row| !(1..=5).contains(&list(&row["components"]).len())) {
        return Some("too many rows or buttons".to_owned());
    }
    if ids.len() != buttons.len() || ids.iter().any(|id| id.is_empty() || id.len() > 100) {
        return Some("a custom_id is missing, is there twice, or is too long".to_owned());
    }
    if buttons.iter().any(|it| length(&it["label"]) > 80 || it["type"] != 2) {
        return Some("a label is too long".to_owned());
    }
    if body["nonce"].as_str().is_some_and(|it| it.len() > 25) {
        return Some("the nonce is too long".to_owned());
    }
    let is_empty = length(&body["content"]) == 0 && embeds.is_empty() && rows.is_empty();
    is_empty.then(|| "Cannot send an empty message".to_owned())
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn length(text: &Value) -> usize {
    text.as_str().map_or(0, |it| it.encode_utf16().count())
}
