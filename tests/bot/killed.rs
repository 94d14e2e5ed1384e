//! `kill -9` of the bot at any moment: the run ends as if nothing had happened.

use std::collections::BTreeSet;
use std::time::Duration;

use changeover::chance::Chance;
use changeover::clock;
use changeover::control::ControlError;
use events::color::Color;
use events::fact::{Event, OrderEvent, RunEvent, RunOutcome};
use events::number::RunNumber;

use crate::kit::{Said, Shop, Terms, until};

/// Orders of a whole life and where green is after each, in percent.
const LIFE: [(&str, u8); 8] = [
    ("deploy shop@v1 to demo", 0),
    ("cutover shop/demo", 0),
    ("deploy shop@v2 to demo", 0),
    ("cutover shop/demo --canary 30", 100),
    ("rollback shop/demo: killed in between", 0),
    ("unlock shop/demo", 0),
    ("cutover shop/demo", 100),
    ("decommission shop/demo --reason \"no need\"", 100),
];

/// A hook that takes a moment, so that a kill finds it running; it says how often it ran.
fn with_a_hook() -> Terms {
    Terms {
        hooks: r#"
[[site.delivery.command.hooks]]
name = "build"
run = ["sh", "-c", "echo $$ >> ../../hooks.txt; sleep 0.3"]
repeatable = false
"#,
        gates: "bake = \"2s\"",
        ..Terms::default()
    }
}

#[tokio::test]
async fn at_twelve_moments_of_a_whole_life() {
    live(7, 12).await;
}

#[tokio::test]
async fn at_thirteen_other_moments_of_a_whole_life() {
    live(8, 13).await;
}

/// Lives through everything, killed so many times.
async fn live(seed: u64, kills: usize) {
    let mut chance = Chance::of_seed(seed);
    let mut shop = Shop::open(&with_a_hook()).await;
    let mut left = kills;
    let mut runs = 0;
    let mut in_the_middle = 0;
    for (index, (line, green)) in LIFE.iter().enumerate() {
        let scenes = LIFE.len() - index;
        // At most as many as are left, and all of them by the last scene.
        let now = if scenes == 1 { left } else { left.div_ceil(scenes) };
        left -= now;
        let id = format!("life-{index}");
        let said = say_and_kill(&mut shop, line, &id, now, &mut chance, &mut in_the_middle).await;
        assert!(!said.is_refused, "{line}: {said:?}");
        if !line.starts_with("unlock") {
            runs += 1;
            let outcome = shop.ended(RunNumber(runs)).await;
            assert_eq!(outcome, RunOutcome::Succeeded, "{line}: {}", shop.why().await);
        }
        let site = shop.site_is("the run is over", |it| it.run.is_none()).await;
        assert_eq!((site.newest, site.parked), (RunNumber(runs), None), "{line}");
        assert_eq!(shop.green().await, *green, "{line}");
        // The bot, the balancer and the supervisor, and two applications of each color in use.
        let applications = 2 * u8::from(runs > 0) + 2 * u8::from((3..7).contains(&runs));
        each_process_is_there_once(&shop, 3 + usize::from(applications)).await;
    }
    assert!(in_the_middle * 3 > kills, "only {in_the_middle} kills found a run underway");
    as_if_nothing_had_happened(&shop).await;
    shop.end().await;
}

/// Says a line and kills the bot so often while it works on it. The line is said again by its name until it is
/// answered, and once more after that: it must be decided once.
async fn say_and_kill(
    shop: &mut Shop,
    line: &str,
    id: &str,
    kills: usize,
    chance: &mut Chance,
    in_the_middle: &mut usize,
) -> Said {
    let mut first: Result<Said, ControlError> = Err(ControlError::Unreachable {
        socket: "nobody was asked".to_owned(),
        source: std::io::ErrorKind::NotConnected.into(),
    });
    for _ in 0..kills {
        let delay = Duration::from_millis(u64::try_from(chance.below(250)).unwrap());
        // Said, and killed a moment later: sometimes before the answer, sometimes in the middle of the run.
        let said = tokio::select! {
            said = shop.try_say(line, id) => {
                clock::pause(delay).await;
                Some(said)
            }
            () = clock::pause(delay) => None,
        };
        if let Some(said @ Ok(_)) = said {
            first = said;
        }
        shop.kill().await;
        *in_the_middle += usize::from(shop.site().await.run.is_some());
        shop.start().await;
    }
    let again = shop.try_say(line, id).await.unwrap();
    if let Ok(first) = first {
        assert_eq!((first.is_refused, first.run.is_some()), (again.is_refused, again.run.is_some()), "{line}");
    }
    again
}

async fn as_if_nothing_had_happened(shop: &Shop) {
    let site = shop.site().await;
    assert_eq!(site.live, Some(Color::Green));
    assert_eq!(site.window, None);
    assert!(site.environments.get(Color::Blue).machines.is_empty());
    let facts = shop.facts().await;
    let requested = facts.iter().filter(|it| matches!(it, Event::Run(RunEvent::Requested { .. }))).count();
    assert_eq!(requested, LIFE.len() - 1);
    assert!(!facts.iter().any(|it| matches!(it, Event::Order(OrderEvent::Refused { .. }))));
    // Each of the two deliveries ran its hook once, and none of them twice.
    let hooks = std::fs::read_to_string(shop.site_path("delivery/hooks.txt")).unwrap_or_default();
    assert_eq!(hooks.lines().count(), 2, "{hooks}");
    shop.prints(&["log", "verify", "changeover.db"]).await;
}

async fn each_process_is_there_once(shop: &Shop, count: usize) {
    until("each process is there once", async || {
        let found = shop.processes();
        let roles: BTreeSet<_> = found.iter().map(|it| it.role.clone()).collect();
        (found.len() == count && roles.len() == count).then_some(())
    })
    .await;
}
