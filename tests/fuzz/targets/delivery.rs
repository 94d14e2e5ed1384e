//! What a delivery finds on disk of itself after the bot was killed.

use std::sync::Arc;

use changeover::clock::SystemClock;
use changeover::delivery::command::{CommandDelivery, Settings};
use changeover::ports::{Delivery as _, EffectKey, Progress};
use events::fault::FAULT_TEXT_LIMIT;
use events::machine::Machine;
use jiff::Timestamp;

use super::{bytes, release, text, wait};
use crate::target::Target;

pub(crate) const JOB: Target = Target {
    name: "delivery",
    rule: "whatever a job left behind, how far it is can be said, and damage is named by its file",
    seeds,
    read,
    inputs: 1_500,
    longest: 8_000,
};

/// The files of a job, each after a line with its name.
fn seeds() -> Vec<Vec<u8>> {
    let release = serde_json::to_string(&release()).unwrap();
    let job = format!(
        r#"{{"key":"shop/demo/1/1","attempt":1,"release":{release},"machines":["green-1"],"layout":{{"folder":"/d","slots":"/s"}},"settings":{{"repository":"/srv/shop","hooks":[{{"name":"build","run":["make","all"],"timeout":"10m","env":{{"A":"b"}},"repeatable":false}}],"keep":5,"timeout":"10m","allow_incomplete":false}},"asked_at":"2026-11-21T13:17:07Z"}}"#
    );
    let stage = r#"{"attempt":1,"text":"hook build","since":"2026-11-21T13:17:08Z"}"#;
    let failed = r#"{"attempt":1,"end":{"failed":{"kind":"lasting","text":"hook build ended with exit code 1"}}}"#;
    bytes([
        format!("== job.json\n{job}\n== progress.json\n{stage}"),
        format!(
            "== job.json\n{job}\n== progress.json\n{stage}\n== result.json\n{failed}\n== once.json\n{{\"build\":\"begun\"}}"
        ),
        format!(
            "== job.json\n{job}\n== result.json\n{{\"attempt\":1,\"end\":\"done\"}}\n== once.json\n{{\"build\":\"done\"}}"
        ),
        format!("== job.json\n{job}\n== result.json\n{{\"attempt\":2,\"end\":\"stopped\"}}"),
        format!("== .changeover-release\n{release}"),
    ])
}

fn read(input: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let settings: Settings = serde_json::from_str(r#"{"repository":"/srv/shop"}"#).unwrap();
    let slots = folder.path().join("slots");
    let delivery =
        CommandDelivery::new(settings, folder.path(), &slots, "/nowhere".into(), Arc::new(SystemClock::new()));
    let key = EffectKey("shop/demo/1/1".to_owned());
    let job = delivery.log(&key).parent().unwrap().to_owned();
    let used = folder.path().join("used");
    std::fs::create_dir_all(&job).unwrap();
    std::fs::create_dir_all(&used).unwrap();
    std::fs::create_dir_all(slots.join("green-1")).unwrap();
    std::os::unix::fs::symlink(&used, slots.join("green-1/current")).unwrap();
    let text = text(input);
    for section in text.split("== ") {
        let (name, content) = section.split_once('\n').unwrap_or((section, ""));
        match name {
            "job.json" | "progress.json" | "result.json" | "once.json" => {
                std::fs::write(job.join(name), content).unwrap();
            }
            ".changeover-release" => std::fs::write(used.join(name), content).unwrap(),
            _ => {}
        }
    }
    let machine = Machine {
        id: "green-1".parse().unwrap(),
        name: "green-1".to_owned(),
        address: "127.0.0.1:9001".to_owned(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    let running = wait(delivery.running(std::slice::from_ref(&machine)));
    if let Err(fault) = &running {
        assert!(fault.text.contains(".changeover-release") && fault.text.len() <= FAULT_TEXT_LIMIT, "{fault}");
    }
    let progress = wait(delivery.progress(&release(), &[machine], &key));
    let said = match &progress {
        Ok(Progress::Reached) => panic!("nobody put it into use"),
        Ok(Progress::Away) => {
            assert!(!job.join("job.json").exists(), "it was asked for");
            "away".to_owned()
        }
        Ok(Progress::Underway(_)) => panic!("nobody is at work"),
        Ok(Progress::Failed(fault)) => format!("failed {:?}", fault.kind),
        Ok(Progress::Unknown(fault)) => {
            assert!(text.contains("begun"), "{fault}");
            "unknown".to_owned()
        }
        Err(fault) => {
            assert!(fault.text.contains(".json is damaged") || fault.text.contains("read"), "{fault}");
            fault.text.rsplit_once(".json").map_or(String::new(), |(_, why)| why.to_owned())
        }
    };
    format!("{said} {}", running.is_ok())
}
