//! Files that the balancer and the supervisor read when they start.

use std::fmt::Debug;

use changeover::config::Config;
use changeover::edge::state::{State, StateError};
use changeover::supervisor::state::Store;
use changeover::{check, delivery, edge, supervisor};
use events::release::Release;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{bytes, release};
use crate::target::{Target, root};

pub(crate) const EDGE_STATE: Target = Target {
    name: "edge_state",
    rule: "the balancer's file is taken whole, or refused with its place",
    seeds: edge_states,
    read: edge_state,
    inputs: 4_000,
    longest: 8_000,
};

pub(crate) const SUPERVISOR_STATE: Target = Target {
    name: "supervisor_state",
    rule: "the supervisor's file is taken whole, or refused by name",
    seeds: supervisor_states,
    read: supervisor_state,
    inputs: 4_000,
    longest: 8_000,
};

pub(crate) const SETTINGS: Target = Target {
    name: "settings",
    rule: "settings reach another process as they are",
    seeds: all_settings,
    read: settings,
    inputs: 4_000,
    longest: 8_000,
};

fn edge_states() -> Vec<Vec<u8>> {
    bytes([r#"{"format":1,"generation":7,"weights":{"blue":0,"green":100},
"members":{"blue":[],"green":[{"machine":"green-1","address":"127.0.0.1:9001"}]},
"pause":{"key":"shop/production#42/3","until":"2026-08-10T08:00:00Z","on_expiry":"reject","standing":"holding"},
"changed_by":"shop/production/7/1"}"#])
}

fn edge_state(input: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edge.json");
    std::fs::write(&path, input).unwrap();
    match State::load(&path) {
        Ok(state) => {
            let state = state.expect("the file is there");
            std::fs::write(&path, serde_json::to_vec(&state).unwrap()).unwrap();
            assert_eq!(State::load(&path).unwrap(), Some(state));
            "loaded".to_owned()
        }
        Err(error) => {
            let sentence = error.to_string();
            assert!(sentence.contains("edge.json"), "{sentence}");
            if let StateError::Damaged { line, .. } = error {
                let lines = input.split(|byte| *byte == b'\n').count();
                assert!(
                    (1..=lines).contains(&line) || input.is_empty() || line == 0,
                    "line {line} of {lines}: {sentence}"
                );
            }
            sentence.rsplit_once("is damaged").map_or(sentence.clone(), |(_, why)| why.to_owned())
        }
    }
}

fn supervisor_states() -> Vec<Vec<u8>> {
    let release = serde_json::to_string(&release()).unwrap();
    bytes([format!(
        r#"{{"version":1,"boot":"00000000-0000-0000-0000-000000000000","slots":{{"green-1":{{"port":25251,
"created_at":"2026-11-21T13:17:11Z","is_leaving":false,"generation":1,"restarts":0,
"last_exit":{{"at":"2026-11-21T13:18:08Z","outcome":{{"signal":9}}}},
"process":{{"id":{{"pid":42,"started_ticks":9001}},"release":{release},"folder":"/srv/shop","since":"2026-11-21T13:17:11Z"}}}},
"green-2":{{"port":25252,"created_at":"2026-11-21T13:17:11Z","is_leaving":true,"generation":1,"restarts":0,
"last_exit":{{"at":"2026-11-21T13:18:08Z","outcome":"unseen"}},"process":null}}}}}}"#
    )])
}

fn supervisor_state(input: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("supervisor.json");
    std::fs::write(&path, input).unwrap();
    match Store::open(folder.path()) {
        Ok(store) => {
            // Its boot is not this one's: nothing that it says of processes can be believed.
            assert!(store.state().slots.values().all(|slot| slot.process.is_none()));
            std::fs::write(&path, serde_json::to_vec(store.state()).unwrap()).unwrap();
            assert_eq!(Store::open(folder.path()).unwrap().state(), store.state());
            format!("{} slots", store.state().slots.len())
        }
        Err(error) => {
            let sentence = error.to_string();
            assert!(sentence.contains("supervisor.json"), "{sentence}");
            sentence.rsplit_once("supervisor.json").map_or(sentence.clone(), |(_, why)| why.to_owned())
        }
    }
}

/// What the example says, as one process tells it to another.
fn all_settings() -> Vec<Vec<u8>> {
    let config = Config::read(&root().join("examples/single-server.toml")).unwrap();
    let site = &config.sites[0];
    let changeover::traffic::Settings::Edge(edge) = site.traffic.get_ref();
    let changeover::fleet::Settings::Processes(processes) = site.fleet.get_ref();
    let mut seeds = vec![
        serde_json::to_vec(edge).unwrap(),
        serde_json::to_vec(&processes.for_supervisor()).unwrap(),
        serde_json::to_vec(&site.delivery).unwrap(),
        serde_json::to_vec(&release()).unwrap(),
    ];
    seeds.extend(site.checks.iter().map(|it| serde_json::to_vec(it.get_ref()).unwrap()));
    seeds
}

fn settings(input: &[u8]) -> String {
    let supervisor = same::<supervisor::settings::Settings>(input);
    if let Ok(settings) = &supervisor
        && settings.check().is_ok()
    {
        assert!(settings.command.iter().all(|it| !it.contains('\0')) && !settings.env.contains_key("PORT"));
    }
    let all = [
        supervisor.map(drop),
        same::<edge::settings::Settings>(input).map(drop),
        same::<delivery::Settings>(input).map(drop),
        same::<check::Settings>(input).map(drop),
        same::<Release>(input).map(drop),
    ];
    all.into_iter().map(|it| it.err().unwrap_or_default()).collect::<Vec<_>>().join("; ")
}

fn same<T: DeserializeOwned + Serialize + Debug + PartialEq>(input: &[u8]) -> Result<T, String> {
    let read = serde_json::from_slice::<T>(input).map_err(|error| error.to_string())?;
    let written = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<T>(&written).unwrap(), read, "{written}");
    Ok(read)
}
