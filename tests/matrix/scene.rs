//! A shop in the middle of its life, to which something happens while its database crosses.

use std::path::PathBuf;
use std::time::Duration;

use events::color::{ByColor, Color};
use events::fact::{Event, RunOutcome, StepEvent};
use events::fold::Ended;
use events::number::RunNumber;
use rustix::process::Signal;

use crate::kit::{Shop, Terms, within};
use crate::till::Till;

/// How long anything may take here; the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// The first release is live on blue, the second one is ready on green, and customers order.
pub(crate) struct Scene {
    pub(crate) shop: Shop,
    pub(crate) till: Till,
    plan: PathBuf,
}

impl Scene {
    /// The bot reaches the servers by these ports, tries so often, and has `crossing` in `[site.crossing]`.
    pub(crate) async fn open(till: Till, ports: &ByColor<u16>, attempts: u8, crossing: &str) -> Self {
        Self::open_behind("", till, ports, attempts, crossing).await
    }

    /// The same with a balancer that is told so.
    pub(crate) async fn open_behind(
        traffic: &'static str,
        mut till: Till,
        ports: &ByColor<u16>,
        attempts: u8,
        crossing: &str,
    ) -> Self {
        let terms = Terms {
            traffic,
            database: till.configuration(ports, attempts, crossing),
            patience: "checks = \"5s\"",
            gates: "bake = \"300ms\"",
            window: "lasts = \"1h\"\ndecommission = \"0 0 1 1 *\"\nquiet_for = \"1s\"\n",
            ..Terms::default()
        };
        let mut shop = Shop::closed(&terms);
        let plan = shop.path("crash");
        shop.environment.push(("CHANGEOVER_CRASH", plan.clone()));
        let shop = shop.opened_live().await;
        shop.succeeds("deploy shop@v2 to demo").await;
        till.take_orders(&shop);
        let scene = Self { shop, till, plan };
        scene.orders_come_in().await;
        scene
    }

    /// Waits until further orders are taken.
    pub(crate) async fn orders_come_in(&self) {
        let before = self.till.taken();
        within(PATIENCE, "further orders", async || (self.till.taken() > before + 3).then_some(())).await;
    }

    /// A cutover begins, and the bot stands still at this point of it.
    pub(crate) async fn stands_still(&self, point: &str) -> RunNumber {
        self.is_to_stand_still(point);
        let run = self.shop.begins("cutover shop/demo").await;
        self.does_stand_still(point).await;
        run
    }

    /// The bot that died comes back, and stands still at this point of what it goes on with.
    pub(crate) async fn comes_back_and_stands_still(&mut self, point: &str) {
        self.is_to_stand_still(point);
        self.shop.start().await;
        self.does_stand_still(point).await;
    }

    fn is_to_stand_still(&self, point: &str) {
        std::fs::write(&self.plan, format!("{point} stop:{point}")).unwrap();
    }

    async fn does_stand_still(&self, point: &str) {
        let stat = format!("/proc/{}/stat", self.shop.pid());
        within(PATIENCE, &format!("the bot stands still {point}"), async || {
            let stat = std::fs::read_to_string(&stat).unwrap();
            stat.rsplit(") ").next().is_some_and(|it| it.starts_with('T')).then_some(())
        })
        .await;
    }

    /// It goes on.
    pub(crate) fn goes_on(&self) {
        self.shop.signal(Signal::CONT);
    }

    /// Waits until the run has met a fault that may pass, and gives it.
    pub(crate) async fn faulted(&self, run: RunNumber) -> String {
        within(PATIENCE, "a fault", async || {
            self.shop.facts().await.into_iter().find_map(|it| {
                let Event::Step(StepEvent::Faulted { run: number, fault, .. }) = it else { return None };
                (number == run).then_some(fault.text)
            })
        })
        .await
    }

    /// Waits for the end of the run. However it ends, one server takes writes, the one where users are, no order is missing,
    /// and further ones come in.
    pub(crate) async fn ends(&self, run: RunNumber) -> Ended {
        let site = within(PATIENCE, &format!("the end of run {run}"), async || {
            let site = self.shop.site().await;
            site.run.is_none().then_some(site)
        })
        .await;
        let (live, ended) = (site.live.unwrap(), site.last.unwrap());
        assert_eq!(live == Color::Green, ended.outcome == RunOutcome::Succeeded, "{ended:?}");
        self.orders_come_in().await;
        assert_eq!(self.till.wrong(live).await, Vec::<String>::new());
        ended
    }

    /// The run brings users over.
    pub(crate) async fn ends_on_green(&self, run: RunNumber) {
        let ended = self.ends(run).await;
        assert_eq!(ended.outcome, RunOutcome::Succeeded, "{ended:?}");
    }

    /// The run brings users over; or it turns back with a reason, and the next one brings them over.
    pub(crate) async fn crosses_in_the_end(&self, run: RunNumber) {
        let ended = self.ends(run).await;
        if ended.outcome != RunOutcome::Succeeded {
            assert!(ended.why.is_some_and(|it| !it.is_empty()));
            self.crosses().await;
        }
    }

    /// With nothing in the way users cross.
    pub(crate) async fn crosses(&self) {
        let run = self.shop.begins("cutover shop/demo").await;
        self.ends_on_green(run).await;
    }

    /// Nothing runs any more, and nothing is left.
    pub(crate) async fn close(self) {
        self.shop.end().await;
    }
}
