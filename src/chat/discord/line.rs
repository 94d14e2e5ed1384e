//! A command as Discord takes it apart, put together as the line that the grammar reads.

use commands::grammar::{Slot, Value as Takes, Verb, in_quotes, verb};
use serde_json::Value;

/// The command for whoever would rather type.
pub(super) const WHOLE: &str = "changeover";
/// Its only option.
pub(super) const LINE: &str = "line";

/// A line that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typing {
    /// Up to where it is typed.
    pub line: String,
    /// Whether a choice takes the place of the whole line, and not of its last word.
    pub is_whole: bool,
}

/// The option in which a verb takes this.
#[must_use]
pub(super) fn option(slot: Slot) -> &'static str {
    match slot {
        Slot::Site | Slot::AnySite => "site",
        Slot::Release => "release",
        Slot::Run => "run",
        Slot::Plan => "plan",
        Slot::Code => "code",
        Slot::Ticket => "number",
        Slot::Length => "length",
        Slot::Topic => "verb",
    }
}

/// The line that a command says; none if it is no command of ours.
#[must_use]
pub(super) fn said(data: &Value) -> Option<String> {
    let name = data["name"].as_str()?;
    let options = options(data);
    if name == WHOLE {
        return Some(value(options, LINE).unwrap_or_default());
    }
    let verb = verb(name)?;
    let mut line = verb.name.to_owned();
    for slot in verb.slots {
        if let Some(word) = value(options, option(*slot)) {
            push(&mut line, &word_of(&word));
        }
    }
    for flag in verb.flags {
        let Some(text) = value(options, flag.name) else { continue };
        match flag.value {
            Takes::Nothing if text != "true" => {}
            Takes::Nothing => push(&mut line, &format!("--{}", flag.name)),
            Takes::Word(_) | Takes::Text => push(&mut line, &format!("--{} {}", flag.name, in_quotes(&text))),
        }
    }
    Some(line)
}

/// What somebody has typed so far of the option that they are at.
#[must_use]
pub(super) fn typed(data: &Value) -> Option<Typing> {
    let name = data["name"].as_str()?;
    let options = options(data);
    let at = options.iter().find(|it| it["focused"].as_bool() == Some(true))?;
    let typed = at["value"].as_str().unwrap_or_default();
    if name == WHOLE {
        return Some(Typing { line: typed.to_owned(), is_whole: true });
    }
    let line = before(verb(name)?, at["name"].as_str()?, options)?;
    Some(Typing { line: format!("{line} {typed}"), is_whole: false })
}

/// The beginning of a line in which exactly that option comes next.
fn before(verb: &Verb, option: &str, options: &[Value]) -> Option<String> {
    let site = value(options, "site").map(|it| format!(" {}", word_of(&it))).unwrap_or_default();
    match option {
        "site" => Some("status".to_owned()),
        "release" => Some(format!("deploy{site}")),
        "run" => Some(format!("why{site}")),
        "verb" => Some("help".to_owned()),
        "length" => Some(format!("keep{site}")),
        name => verb.flag(name).map(|flag| format!("{} --{}", verb.name, flag.name)),
    }
}

fn options(data: &Value) -> &[Value] {
    data["options"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What an option was given, as a text.
fn value(options: &[Value], name: &str) -> Option<String> {
    let value = &options.iter().find(|it| it["name"].as_str() == Some(name))?["value"];
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|it| !it.is_empty()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// One word of a line, whatever was written into the option.
fn word_of(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '@' | '#' | '+' | '-');
    if text.chars().all(is_plain) && !text.starts_with('-') { text.to_owned() } else { in_quotes(text) }
}

fn push(line: &mut String, word: &str) {
    line.push(' ');
    line.push_str(word);
}

#[cfg(test)]
mod tests {
    use commands::grammar::{Directory, parse, spell};
    use serde_json::json;

    use super::*;

    fn directory() -> Directory {
        Directory::new(["shop/production".parse().unwrap(), "shop/staging".parse().unwrap()])
    }

    fn command(name: &str, options: &[(&str, Value)]) -> Value {
        let options: Vec<Value> = options.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        json!({ "name": name, "options": options })
    }

    /// How the grammar understands it, in the words that it would use itself.
    fn understood(data: &Value) -> String {
        spell(&parse(&said(data).unwrap(), &directory()).unwrap())
    }

    #[test]
    fn a_command_is_the_line_that_a_console_takes() {
        let deploy = [
            ("release", json!("1.42.0")),
            ("site", json!("shop/production")),
            ("reason", json!("faster \"basket\" --plan")),
        ];
        assert_eq!(
            understood(&command("deploy", &deploy)),
            r#"deploy shop@1.42.0 to production --reason "faster \"basket\" --plan""#
        );
        let cutover = [("site", json!("shop/staging")), ("canary", json!("5,25")), ("plan", json!(true))];
        assert_eq!(understood(&command("cutover", &cutover)), "cutover shop/staging --canary 5,25 --plan");
        assert_eq!(
            understood(&command("cutover", &[("site", json!("shop/staging")), ("plan", json!(false))])),
            "cutover shop/staging"
        );
        assert_eq!(
            understood(&command("why", &[("site", json!("shop/staging")), ("run", json!("#4"))])),
            "why shop/staging #4"
        );
        assert_eq!(understood(&command(WHOLE, &[(LINE, json!("status shop/staging"))])), "status shop/staging");
    }

    #[test]
    fn what_is_written_into_one_option_stays_in_it() {
        let sly = [("site", json!("shop/production --reason x")), ("reason", json!("y"))];
        assert!(parse(&said(&command("rollback", &sly)).unwrap(), &directory()).is_err());
        let dashed = [("site", json!("shop/production")), ("reason", json!("--plan"))];
        assert_eq!(understood(&command("rollback", &dashed)), "rollback shop/production --reason \"--plan\"");
    }

    #[test]
    fn what_is_no_command_of_ours_says_nothing() {
        assert_eq!(said(&command("poll", &[])), None);
        assert_eq!(said(&json!({ "options": 5 })), None);
    }

    #[test]
    fn an_option_is_completed_by_the_line_in_which_it_comes_next() {
        let at = |name: &str, options: Value| typed(&json!({ "name": name, "options": options })).unwrap();
        let site = json!([{ "name": "site", "value": "sho", "focused": true }]);
        assert_eq!(at("cutover", site), Typing { line: "status sho".into(), is_whole: false });
        let release =
            json!([{ "name": "site", "value": "shop/staging" }, { "name": "release", "value": "1.", "focused": true }]);
        assert_eq!(at("deploy", release).line, "deploy shop/staging 1.");
        let whole = json!([{ "name": "line", "value": "cutover sh", "focused": true }]);
        assert_eq!(at("changeover", whole), Typing { line: "cutover sh".into(), is_whole: true });
    }
}
