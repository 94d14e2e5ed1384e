//! From an empty folder to a report; whatever happens, nothing is left running.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use super::display::Display;
use super::folder::Folder;
use super::keeper::Keeper;
use super::player::Player;
use super::program::Program;
use super::shop::Shop;
use super::traffic::Traffic;
use super::{DemoError, Report, Scene, Settings, configuration, leftovers, repository, script};
use events::fact::RunKind;

use crate::certificate::{Certificate, Logged, certify};
use crate::chance::Chance;
use crate::prober::Line;

/// How soon after the beginning of a scene the bot is killed, at most, in milliseconds.
const KILL_WITHIN_MS: usize = 2_000;
/// How long the last kills may take to happen once the script is over.
const KILL_PATIENCE: Duration = Duration::from_secs(10);

/// Plays the whole demo until its end or until `interrupted`. The report may say that it did not go well.
pub async fn play(
    settings: &Settings,
    display: &Display,
    interrupted: impl Future<Output = ()>,
) -> Result<Report, DemoError> {
    let mut folder = Folder::create(settings.keep.as_deref())?;
    let played = tokio::select! {
        played = act(settings, &folder, display) => played,
        () = interrupted => Err(DemoError::Interrupted),
    };
    // Dropping the act has killed the children that it knew; those that they had begun are found by their folder.
    let trouble = leftovers::end(&settings.program, &folder.path).await;
    display.ends();

    let report = match played {
        Ok(mut report) => {
            report.deviations.extend(trouble);
            if !report.is_well() {
                folder.keep();
            }
            Ok(Report { kept: folder.kept(), ..report })
        }
        Err(error) => {
            if !matches!(error, DemoError::Interrupted | DemoError::NoGit) {
                folder.keep();
                display.went_badly(&format!("everything is kept in {}", folder.path.display()));
            }
            Err(error)
        }
    };
    folder.remove_unless_kept()?;
    report
}

async fn act(settings: &Settings, folder: &Folder, display: &Display) -> Result<Report, DemoError> {
    let ports = configuration::Ports::free()?;
    repository::create(&folder.repository()).await?;
    configuration::write(folder, &settings.program, ports, settings.window, settings.database.is_some())?;
    let shop = match &settings.database {
        Some(provided) => Some(Shop::open(provided, folder, ports.databases(), display).await?),
        None => None,
    };
    display.note(&format!("a shop with its releases is in {}", folder.path.display()));

    let program = Program { path: settings.program.clone(), folder: folder.clone() };
    let keeper = Keeper::start(program.clone(), display.clone());
    let mut stage = Stage { settings, program: &program, keeper: &keeper, display, traffic: None };
    let scenes = script(settings.rounds);
    let played = stage.run(&scenes, &ports.entrance()).await;

    let has_users = stage.traffic.is_some();
    let traffic = match stage.traffic.take() {
        Some(traffic) => traffic.stop().await,
        None => Ok(()),
    };
    let log = program.log().await;
    let twice = leftovers::there_twice(&settings.program, &folder.path).await;
    let kept = keeper.stop().await;
    // What the bot said as it ended explains more than what could not be done without it.
    let standing = kept?;
    let broken_off = match played {
        Ok(()) => None,
        // What users noticed until then is worth knowing all the same.
        Err(error @ DemoError::Deviated { .. }) if has_users => Some(error.to_string()),
        Err(error) => return Err(error),
    };
    traffic?;

    let mut certificate = certificate(folder, &log?)?;
    if let Some(shop) = shop {
        certificate.count_orders(&shop.close().await?);
    }
    // A play that was broken off lacks more than it can be blamed for.
    let mut deviations = broken_off.map_or_else(|| deviations(&certificate, &scenes), |it| vec![it]);
    deviations.extend(twice);
    if standing.kills != settings.kills {
        deviations.push(format!("the bot was killed {} times, not {}", standing.kills, settings.kills));
    }
    Ok(Report { certificate, kills: standing.kills, starts: standing.starts, deviations, kept: None })
}

struct Stage<'a> {
    settings: &'a Settings,
    program: &'a Program,
    keeper: &'a Keeper,
    display: &'a Display,
    traffic: Option<Traffic>,
}

impl Stage<'_> {
    async fn run(&mut self, scenes: &[Scene], entrance: &str) -> Result<(), DemoError> {
        let mut player = Player::new(self.program, self.keeper, self.display, self.settings.window);
        player.bot_is_up().await?;
        self.display.note(&format!("the bot is up; users will come in at {entrance}"));
        let kills = kills(scenes, self.settings);
        for (index, scene) in scenes.iter().enumerate() {
            for (_, delay) in kills.iter().filter(|(scene, _)| *scene == index) {
                self.keeper.kill_after(*delay).await;
            }
            player.play(scene).await?;
            if *scene == Scene::TrafficBegins {
                let Settings { rate, seed, .. } = *self.settings;
                let has_orders = self.settings.database.is_some();
                let traffic = Traffic::start(self.program, entrance, rate, seed, has_orders, self.display.clone())?;
                traffic.flows().await?;
                self.traffic = Some(traffic);
                self.display.went_well(&format!("users come, {rate} requests a second, and stay"));
            }
        }
        self.keeper.has_killed(kills.len(), KILL_PATIENCE).await;
        player.bot_is_up().await
    }
}

/// When the bot is killed: in which scene, and how long after it began. Only while something is being done.
fn kills(scenes: &[Scene], settings: &Settings) -> Vec<(usize, Duration)> {
    let busy = scenes.iter().enumerate().filter(|(_, scene)| match scene {
        Scene::Say { .. } | Scene::ScheduleRuns(_) => true,
        Scene::TrafficBegins | Scene::Ask(_) => false,
    });
    let busy: Vec<_> = busy.map(|(index, _)| index).collect();
    let mut chance = Chance::of_seed(settings.seed);
    let kills = (0..settings.kills).filter_map(|_| {
        let scene = *busy.get(chance.below(busy.len()))?;
        let delay = u64::try_from(chance.below(KILL_WITHIN_MS)).ok()?;
        Some((scene, Duration::from_millis(delay)))
    });
    kills.collect()
}

/// What the certificate shows otherwise than told.
fn deviations(certificate: &Certificate, scenes: &[Scene]) -> Vec<String> {
    let Certificate { cutovers, rollbacks, decommissions, refused_bad_release, answers_of_refused, .. } = certificate;
    let told = |kind| script::runs_well(scenes, kind);
    let mut deviations = Vec::new();
    for (what, count, told) in [
        ("cutovers", *cutovers, told(RunKind::Cutover)),
        ("rollbacks", *rollbacks, told(RunKind::Rollback)),
        ("bad releases refused", *refused_bad_release, 1),
        ("answers of a refused release", *answers_of_refused, 0),
    ] {
        if count != told {
            deviations.push(format!("{what}: {count} in the log, {told} told"));
        }
    }
    // In a long play the schedule may have found more to do between two rounds.
    let told = told(RunKind::Decommission);
    if *decommissions < told {
        deviations.push(format!("decommissions: {decommissions} in the log, at least {told} told"));
    }
    deviations
}

/// Counts the prober's records as they are read: there may be millions.
fn certificate(folder: &Folder, log: &[Logged]) -> Result<Certificate, DemoError> {
    let path = folder.records();
    let failed = |source| DemoError::File { path: path.clone(), source };
    let lines = BufReader::new(std::fs::File::open(&path).map_err(failed)?).lines();
    let mut bad = None;
    let lines = lines.map_while(|line| match line.and_then(|line| Ok(serde_json::from_str::<Line>(&line)?)) {
        Ok(line) => Some(line),
        Err(error) => {
            bad = Some(error);
            None
        }
    });
    let certificate = certify(lines, log);
    match bad {
        Some(error) => Err(failed(error)),
        None => Ok(certificate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(kills: usize, seed: u64) -> Settings {
        let window = Duration::from_secs(3);
        Settings { program: "changeover".into(), rounds: 2, rate: 100, window, kills, seed, database: None, keep: None }
    }

    #[test]
    fn the_same_seed_kills_at_the_same_moments_and_only_where_something_is_done() {
        let scenes = script(2);
        let moments = |seed| kills(&scenes, &settings(20, seed));
        assert_eq!(moments(5), moments(5));
        assert_ne!(moments(5), moments(6));
        assert_eq!(moments(5).len(), 20);
        assert!(
            moments(5).iter().all(|(scene, _)| matches!(scenes[*scene], Scene::Say { .. } | Scene::ScheduleRuns(_)))
        );
    }

    #[test]
    fn a_cutover_too_few_is_a_deviation() {
        let scenes = script(1);
        let mut certificate = Certificate {
            cutovers: 3,
            rollbacks: 1,
            decommissions: 1,
            refused_bad_release: 1,
            ..Certificate::default()
        };
        assert_eq!(deviations(&certificate, &scenes), Vec::<String>::new());
        certificate.cutovers = 2;
        certificate.answers_of_refused = 4;
        assert_eq!(deviations(&certificate, &scenes).len(), 2);
    }
}
