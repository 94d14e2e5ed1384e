//! What a procedure left behind, in the log and in the world, as it can be compared.

use std::collections::{BTreeMap, BTreeSet};

use changeover::supervisor::control::SlotStatus;
use events::color::{ByColor, Color};
use events::envelope::{Recorded, Stream};
use events::fact::{Event, StepEvent};
use events::fold::Site;
use events::wire;
use serde_json::{Value, json};

use crate::kit::Shop;
use crate::roles::Roles;

/// The one kind of fact that may be there more or less often after a kill: what a bot asked that did not live to record it
/// is seen in the world instead; and what did not show in time is asked again, but not before.
const ASKED: &str = "StepAsked";

/// What a procedure left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Facts, the fold and the world, a line each.
    pub(crate) lines: Vec<String>,
    /// Asks that came before the one before them had its time to show.
    hasty: Vec<String>,
}

impl Seen {
    /// What is recorded in `news`, and what is there now. With `has_facts` the facts are compared too.
    pub(crate) async fn of(shop: &Shop, site: &Site, news: &[Recorded], roles: &Roles, has_facts: bool) -> Seen {
        let ours = news.iter().filter(|it| it.stream != Stream::bot());
        let (asked, facts): (Vec<_>, Vec<_>) = ours.partition(|it| it.kind == ASKED);
        let told = |value: Value| roles.told(value).to_string();
        let mut lines = Vec::new();
        if has_facts {
            lines.extend(facts.iter().map(|it| {
                let payload: Value = serde_json::from_str(&it.payload).unwrap();
                format!("fact {} by {}: {}", it.kind, it.actor, told(payload))
            }));
        }
        let Value::Object(fold) = serde_json::to_value(site).unwrap() else { unreachable!("a site is an object") };
        let fold = fold.into_iter().filter(|(name, _)| !["version", "position"].contains(&name.as_str()));
        // Whose orders wait has numbers of its own, which are none of runs.
        let (queue, fold): (Vec<_>, Vec<_>) = fold.partition(|(name, _)| name == "queue");
        lines.extend(queue.into_iter().map(|(name, value)| json!({ name: value }).to_string()));
        lines.extend(fold.into_iter().map(|(name, value)| told(json!({ name: value }))));
        let Value::Object(world) = world(shop, site).await else { unreachable!("the world is an object") };
        lines.extend(world.into_iter().map(|(name, value)| told(json!({ name: value }))));
        Seen { lines, hasty: asked_too_soon(&asked) }
    }

    /// How this differs from what was `expected`; nothing if it doesn't.
    pub(crate) fn differences(&self, expected: &Seen) -> Vec<String> {
        let missing = expected.lines.iter().filter(|it| !self.lines.contains(it)).map(|it| format!("- {it}"));
        let added = self.lines.iter().filter(|it| !expected.lines.contains(it)).map(|it| format!("+ {it}"));
        let mut differences: Vec<String> = missing.chain(added).collect();
        if differences.is_empty() && self.lines != expected.lines {
            differences.push(format!("another order: {:#?}", self.lines));
        }
        differences.extend(self.hasty.iter().cloned());
        differences
    }
}

/// What was asked again before what was asked first had its time to show, by this life of the bot or another one.
fn asked_too_soon(asked: &[&Recorded]) -> Vec<String> {
    let mut shows_by = BTreeMap::new();
    let mut hasty = Vec::new();
    for it in asked {
        let Event::Step(StepEvent::Asked { run, step, heading, settles_by, .. }) = wire::decode(it).unwrap() else {
            panic!("{it:?}")
        };
        let before = shows_by.insert((run, step, format!("{heading:?}")), settles_by);
        if before.is_some_and(|before| it.recorded_at < before) {
            hasty.push(format!("step {step} was asked again too soon: {}", it.payload));
        }
    }
    hasty
}

/// The world outside the log, in named fields.
async fn world(shop: &Shop, site: &Site) -> Value {
    let balancer = shop.balancer().await;
    let slots = shop.supervisor().await.slots;
    let members = ByColor::from_fn(|color: Color| balancer.members.get(color).iter().map(|it| &it.member));
    let colors = [Color::Blue, Color::Green].into_iter();
    let are_at_home = colors.clone().flat_map(|color| members.get(color).clone()).all(|it| {
        let is_home = |slot: &SlotStatus| it.address == format!("127.0.0.1:{}", slot.port);
        slots.iter().any(|slot| slot.slot.to_string() == it.machine.as_str() && is_home(slot))
    });
    let machines: BTreeSet<_> = slots.iter().map(|it| (it.slot.to_string(), it.created_at)).collect();
    let recorded = colors.flat_map(|color| &site.environments.get(color).machines);
    let recorded: BTreeSet<_> = recorded.map(|it| (it.id.to_string(), it.created_at)).collect();
    json!({
        "weights": balancer.weights,
        "members": ByColor::from_fn(|color| members.get(color).clone().map(|it| &it.machine).collect::<Vec<_>>()),
        "members are where their machines are": are_at_home,
        "machines are those of the log": machines == recorded,
        "releases of machines": slots.iter().map(|it| in_use(shop, it)).collect::<BTreeMap<_, _>>(),
    })
}

/// A machine, and the release that its process was started with.
fn in_use(shop: &Shop, slot: &SlotStatus) -> (String, Value) {
    let slot = slot.slot.to_string();
    let identity = shop.site_path(&format!("processes/slots/{slot}/current/.changeover-release"));
    let identity = std::fs::read(identity).map_or(Value::Null, |it| serde_json::from_slice(&it).unwrap());
    (slot, identity)
}
