//! The commands that Discord offers, made from the grammar's table, and how they differ from what is registered.

use commands::grammar::{Flag, Slot, Value as Takes, Verb, verbs};
use reqwest::Method;
use serde_json::{Value, json};
use serenity::all::{CommandOptionType, CreateCommand, CreateCommandOption, InteractionContext};

use super::line::{self, LINE, WHOLE};
use super::rest::{Rest, Trouble};
use super::settings::Snowflake;
use super::text::cut;
use crate::chat::ChatError;

/// Discord's limits.
const DESCRIPTION_LIMIT: usize = 100;
const LINE_MAX: u16 = 2000;

/// Every command: one for each verb, and one for whole lines.
#[must_use]
pub fn commands() -> Vec<CreateCommand> {
    let whole = CreateCommandOption::new(CommandOptionType::String, LINE, "what you would say: status shop/production")
        .required(true)
        .max_length(LINE_MAX)
        .set_autocomplete(true);
    let whole = make(WHOLE, "Say a whole line to the bot.").add_option(whole);
    verbs().iter().map(command).chain([whole]).collect()
}

fn make(name: &str, description: &str) -> CreateCommand {
    CreateCommand::new(name).description(cut(description, DESCRIPTION_LIMIT)).contexts(vec![InteractionContext::Guild])
}

fn command(verb: &Verb) -> CreateCommand {
    // Discord wants the options that are needed to stand first.
    let (needed, others): (Vec<Slot>, Vec<Slot>) = verb.slots.iter().partition(|slot| is_needed(**slot));
    let (musts, mays): (Vec<&Flag>, Vec<&Flag>) = verb.flags.iter().partition(|flag| flag.is_required);
    let options = needed.into_iter().map(slot).chain(musts.into_iter().map(flag));
    let options = options.chain(others.into_iter().map(slot)).chain(mays.into_iter().map(flag));
    make(verb.name, verb.summary).set_options(options.collect())
}

/// A site may be left out where there is one only, and a run where the newest is meant.
fn is_needed(slot: Slot) -> bool {
    match slot {
        Slot::Release | Slot::Code => true,
        Slot::Site | Slot::AnySite | Slot::Run | Slot::Plan | Slot::Ticket | Slot::Length | Slot::Topic => false,
    }
}

fn slot(slot: Slot) -> CreateCommandOption {
    let description = match slot {
        Slot::Site => "service and stage: shop/production",
        Slot::AnySite => "service and stage: shop/production; all of them if you leave it out",
        Slot::Release => "a version, a tag or a branch: 1.42.0",
        Slot::Run => "a run by its number: #42; the newest if you leave it out",
        Slot::Plan => "the beginning of the plan that you looked at: fcde71f0f247",
        Slot::Code => "the six digits that you were told: 274813",
        Slot::Ticket => "the number of an order that waits; your newest if you leave it out",
        Slot::Length => "how long: 24h",
        Slot::Topic => "a verb: deploy",
    };
    CreateCommandOption::new(CommandOptionType::String, line::option(slot), description)
        .required(is_needed(slot))
        .set_autocomplete(true)
}

fn flag(flag: &Flag) -> CreateCommandOption {
    let kind = match flag.value {
        Takes::Nothing => CommandOptionType::Boolean,
        Takes::Word(_) | Takes::Text => CommandOptionType::String,
    };
    CreateCommandOption::new(kind, flag.name, cut(flag.summary, DESCRIPTION_LIMIT)).required(flag.is_required)
}

/// Where commands are registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// In one server, at once.
    Guild(Snowflake),
    /// Wherever the application is.
    Global,
}

impl Scope {
    fn path(&self, application: &Snowflake) -> String {
        match self {
            Self::Guild(guild) => format!("/applications/{application}/guilds/{guild}/commands"),
            Self::Global => format!("/applications/{application}/commands"),
        }
    }
}

/// What would change: a line for each command that comes, goes or becomes another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference(pub Vec<String>);

/// What Discord offers now, beside what it should.
pub async fn compare(rest: &Rest, scope: &Scope) -> Result<Difference, ChatError> {
    let there = rest.ask(Method::GET, &scope.path(&rest.application), None).await?;
    Ok(difference(&there, &wanted().map_err(|error| ChatError::Lasting(error.to_string()))?))
}

/// Makes it so. All at once: what is not among the commands is gone.
pub async fn register(rest: &Rest, scope: &Scope) -> Result<(), ChatError> {
    let wanted = wanted().map_err(|error| ChatError::Lasting(error.to_string()))?;
    rest.ask(Method::PUT, &scope.path(&rest.application), Some(&wanted)).await.map(drop).map_err(Trouble::into)
}

fn wanted() -> Result<Value, serde_json::Error> {
    serde_json::to_value(commands())
}

fn difference(there: &Value, wanted: &Value) -> Difference {
    let list = |it: &Value| it.as_array().cloned().unwrap_or_default();
    let (there, wanted) = (list(there), list(wanted));
    let named = |list: &[Value], name: &Value| list.iter().find(|it| it["name"] == *name).cloned();
    let mut lines = Vec::new();
    for command in &wanted {
        match named(&there, &command["name"]) {
            None => lines.push(format!("+ /{}: {}", word(command, "name"), word(command, "description"))),
            Some(old) => lines.extend(changes(&old, command)),
        }
    }
    let gone = there.iter().filter(|it| named(&wanted, &it["name"]).is_none());
    lines.extend(gone.map(|it| format!("- /{}", word(it, "name"))));
    Difference(lines)
}

/// What is another in one command, option by option.
fn changes(old: &Value, new: &Value) -> Vec<String> {
    let name = word(new, "name");
    let mut lines = Vec::new();
    if old["description"] != new["description"] {
        lines.push(format!("~ /{name}: {}", word(new, "description")));
    }
    let options =
        |it: &Value| it["options"].as_array().map(|it| it.iter().map(plain).collect::<Vec<_>>()).unwrap_or_default();
    let (old, new) = (options(old), options(new));
    let named = |list: &[Value], name: &Value| list.iter().find(|it| it["name"] == *name).cloned();
    for option in &new {
        match named(&old, &option["name"]) {
            Some(same) if same == *option => {}
            Some(_) => lines.push(format!("~ /{name} {}: {}", word(option, "name"), word(option, "description"))),
            None => lines.push(format!("+ /{name} {}: {}", word(option, "name"), word(option, "description"))),
        }
    }
    let gone = old.iter().filter(|it| named(&new, &it["name"]).is_none());
    lines.extend(gone.map(|it| format!("- /{name} {}", word(it, "name"))));
    if lines.is_empty() && old != new {
        lines.push(format!("~ /{name}: the order of its options"));
    }
    lines
}

/// An option by what we say of it: Discord leaves out what is false, and adds what we do not use.
fn plain(option: &Value) -> Value {
    json!({
        "name": option["name"],
        "type": option["type"],
        "description": option["description"],
        "required": option["required"].as_bool().unwrap_or_default(),
        "autocomplete": option["autocomplete"].as_bool().unwrap_or_default(),
        "max_length": option["max_length"],
    })
}

fn word<'a>(thing: &'a Value, key: &str) -> &'a str {
    thing[key].as_str().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_command_within_discords_limits() {
        let wanted = wanted().unwrap();
        let all = wanted.as_array().unwrap();
        assert_eq!(all.len(), verbs().len() + 1);
        assert!(all.len() <= 100);
        for command in all {
            let is_name =
                |it: &str| (1..=32).contains(&it.len()) && it.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let fits =
                |it: &Value| is_name(word(it, "name")) && (1..=100).contains(&word(it, "description").chars().count());
            assert!(fits(command), "{command}");
            let options = command["options"].as_array().unwrap();
            assert!(options.len() <= 25 && options.iter().all(fits), "{command}");
            let required: Vec<bool> = options.iter().map(|it| it["required"] == true).collect();
            assert!(required.is_sorted_by(|a, b| a >= b), "what is needed stands first: {command}");
            assert_eq!(command["contexts"], json!([0]), "not in private: {command}");
        }
    }

    #[test]
    fn what_discord_has_already_is_no_difference() {
        let mut there = wanted().unwrap();
        for command in there.as_array_mut().unwrap() {
            command["id"] = json!("1");
            command["version"] = json!("2");
            for option in command["options"].as_array_mut().unwrap() {
                let option = option.as_object_mut().unwrap();
                option.retain(|_, value| *value != json!(false) && !value.is_null());
            }
        }
        assert_eq!(difference(&there, &wanted().unwrap()), Difference(Vec::new()));
    }

    #[test]
    fn what_comes_goes_and_changes_is_shown() {
        let mut there = wanted().unwrap();
        let list = there.as_array_mut().unwrap();
        list.remove(1);
        list.push(json!({ "name": "dance", "description": "x" }));
        list[0]["description"] = json!("another");
        list[0]["options"][0]["required"] = json!(false);
        let Difference(lines) = difference(&there, &wanted().unwrap());
        assert_eq!(
            lines,
            [
                "~ /deploy: Bring a release to the idle environment and check it there.",
                "~ /deploy release: a version, a tag or a branch: 1.42.0",
                "+ /cutover: Bring users to the environment that is ready.",
                "- /dance",
            ]
        );
    }
}
