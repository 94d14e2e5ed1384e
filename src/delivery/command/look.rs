//! How far a delivery is: decided from what is on disk and from who holds which lock, never from memory.

use std::time::Duration;

use events::fault::Fault;
use events::name::MachineId;
use events::release::Release;

use super::job::{JobEnd, Record, Stage};
use super::layout::JobFolder;
use super::{CommandDelivery, slots};
use crate::files::{self, Lock};
use crate::ports::Progress;

/// Decides; called with the gate held, so that no start is halfway.
pub(super) fn look(
    delivery: &CommandDelivery,
    release: &Release,
    machines: &[MachineId],
    folder: &JobFolder,
) -> Result<Progress, Fault> {
    // Asked first of all: a job that ends after that is still underway, and what it left was all there before it ended.
    // Asked last, one that ended between would look as if it had been killed.
    let is_alive = Lock::is_held(&folder.alive()).map_err(|error| files::fault("locked", &folder.alive(), &error))?;
    let record = Record::read(folder)?;
    // The settings that the job was started with count: hooks may have been changed since.
    let settings = record.as_ref().map_or(&delivery.settings, |record| &record.job.settings);
    let wanted = delivery.layout.releases().join(settings.folder_name(release));
    let mut away = Vec::new();
    for machine in machines {
        if slots::current(&delivery.layout, machine)?.as_ref() != Some(&wanted) {
            away.push(machine);
        }
    }
    let Some(first_away) = away.first() else { return Ok(Progress::Reached) };

    let Some(record) = record else { return Ok(Progress::Away) };
    if is_alive {
        return Ok(Progress::Underway(underway(delivery, record.stage.as_ref())));
    }
    if record.job.release != *release {
        return Ok(Progress::Failed(Fault::lasting(format!("this step delivered {}", record.job.release))));
    }
    let at = record.stage.as_ref().map_or_else(String::new, |stage| format!(" in \"{}\"", stage.text));
    let (said, fault) = match &record.end {
        Some(JobEnd::Done) => {
            let fault = if machines.iter().all(|machine| record.job.machines.contains(machine)) {
                Fault::drift(format!("{first_away} was given {release}, and somebody gave it something else since"))
            } else {
                Fault::passing(format!("{first_away} is new since {release} was delivered"))
            };
            return Ok(Progress::Failed(fault));
        }
        Some(JobEnd::Failed(fault)) => (fault.text.clone(), fault.clone()),
        Some(JobEnd::Stopped) => {
            let said = format!("the delivery was stopped{at}");
            (said.clone(), Fault::lasting(said))
        }
        None => {
            let said = format!("the delivery was killed{at}");
            let fault = Fault::passing(format!("{said}; it can start over"));
            (said, fault)
        }
    };
    Ok(match record.unclear() {
        Some(hook) => Progress::Unknown(Fault::unknown(format!(
            "hook {hook} was begun, may not be repeated, and nobody can tell what it did: {said}"
        ))),
        None => Progress::Failed(fault),
    })
}

fn underway(delivery: &CommandDelivery, stage: Option<&Stage>) -> String {
    let Some(stage) = stage else { return "starts".to_owned() };
    let passed = delivery.clock.now().duration_since(stage.since);
    let passed = Duration::try_from(passed).unwrap_or_default();
    format!("{}, {} s", stage.text, passed.as_secs())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustix::fs::{FileType, Mode, mknodat};

    use super::*;
    use crate::clock::{Clock as _, SystemClock};
    use crate::delivery::command::Settings;
    use crate::delivery::command::job::{Job, Outcome};
    use crate::ports::EffectKey;

    #[test]
    fn a_job_that_ends_while_it_is_looked_at_was_not_killed() {
        let folder = tempfile::tempdir().unwrap();
        let settings: Settings = toml::from_str("repository = \"repository\"").unwrap();
        let (own, slots) = (folder.path().join("delivery"), folder.path().join("slots"));
        let clock = Arc::new(SystemClock::new());
        let delivery = CommandDelivery::new(settings.clone(), &own, &slots, "changeover".into(), clock.clone());
        let release: Release = serde_json::from_str(r#"{"name":"v1","pin":"0123456789abcdef0123456789abcdef01234567"}"#).unwrap();
        let machines: Vec<MachineId> = vec!["green-1".parse().unwrap()];
        let key = EffectKey("shop/demo/1/2".to_owned());
        let job = delivery.layout.job(&key);
        std::fs::create_dir_all(job.path()).unwrap();
        let (layout, asked_at) = (delivery.layout.clone(), clock.now());
        let what = Job {
            key: key.0,
            attempt: 1,
            release: release.clone(),
            machines: machines.clone(),
            layout,
            settings,
            asked_at,
        };
        files::write_json(&job.job(), &what).unwrap();
        // Whoever reads this waits in the middle of its look until somebody writes.
        mknodat(rustix::fs::CWD, job.once(), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let alive = Lock::take(&job.alive()).unwrap().unwrap();
        let looked = std::thread::scope(|scope| {
            let looked = scope.spawn(|| look(&delivery, &release, &machines, &job).unwrap());
            let mut once = std::fs::File::options().write(true).open(job.once()).unwrap();
            files::write_json(&job.result(), &Outcome { attempt: 1, end: JobEnd::Done }).unwrap();
            drop(alive);
            std::io::Write::write_all(&mut once, b"{}").unwrap();
            drop(once);
            looked.join().unwrap()
        });
        assert!(matches!(looked, Progress::Underway(_)), "{looked:?}");
    }
}
