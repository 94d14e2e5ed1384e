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
    if Lock::is_held(&folder.alive()).map_err(|error| files::fault("locked", &folder.alive(), &error))? {
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
