//! The world beside the log: what the balancer and the supervisor say, and the processes that are there.

use std::path::PathBuf;
use std::process::Output;

use changeover::control;
use changeover::{edge, supervisor};
use events::color::{ByColor, Color};
use events::machine::Member;
use events::weights::Weights;
use jiff::Timestamp;

use super::processes::{Found, find};
use super::{PATIENCE, Shop, until};

/// What a run that turned back must have left as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct World {
    pub(crate) weights: Weights,
    pub(crate) members: ByColor<Vec<Member>>,
    /// Slot, port and time of creation of each machine.
    machines: Vec<(String, u16, Timestamp)>,
    /// Slot and release folder in use.
    in_use: Vec<(String, Option<PathBuf>)>,
}

impl Shop {
    /// What the balancer says of itself; none while it does not answer.
    pub(crate) async fn balancer_if_any(&self) -> Option<edge::control::Status> {
        let asked = control::ask(&self.edge_socket(), &edge::control::Request::Status {}, PATIENCE).await;
        match asked {
            Ok(edge::control::Answer::Status(status)) => Some(*status),
            Ok(other) => panic!("{other:?}"),
            Err(_) => None,
        }
    }

    pub(crate) async fn balancer(&self) -> edge::control::Status {
        until("the balancer answers", async || self.balancer_if_any().await).await
    }

    pub(crate) async fn supervisor(&self) -> supervisor::control::Status {
        let socket = supervisor::socket(&self.site_path("processes"));
        until("the supervisor answers", async || {
            match control::ask(&socket, &supervisor::control::Request::Status {}, PATIENCE).await {
                Ok(supervisor::control::Answer::Status(status)) => Some(*status),
                Ok(other) => panic!("{other:?}"),
                Err(_) => None,
            }
        })
        .await
    }

    pub(crate) async fn world(&self) -> World {
        let balancer = self.balancer().await;
        let members = ByColor::from_fn(|color| {
            balancer.members.get(color).iter().map(|it| it.member.clone()).collect::<Vec<_>>()
        });
        let slots = self.supervisor().await.slots;
        let machines = slots.iter().map(|it| (it.slot.to_string(), it.port, it.created_at)).collect();
        let in_use = slots.iter().map(|it| {
            let current = self.site_path(&format!("processes/slots/{}/current", it.slot));
            (it.slot.to_string(), std::fs::read_link(current).ok())
        });
        World { weights: balancer.weights, members, machines, in_use: in_use.collect() }
    }

    /// `changeover edge …` as a person says it.
    pub(crate) async fn edge(&self, arguments: &[&str]) -> Output {
        let socket = self.edge_socket();
        self.command(&[&["edge"], arguments, &["--socket", socket.to_str().unwrap()]].concat()).await
    }

    /// Somebody moves requests by hand.
    pub(crate) async fn somebody_shares(&self, green: u8) {
        let blue = 100 - green;
        let output = self.edge(&["weights", &format!("blue={blue}"), &format!("green={green}")]).await;
        assert!(output.status.success(), "{output:?}");
    }

    /// The share of green, as users get it.
    pub(crate) async fn green(&self) -> u8 {
        self.balancer().await.weights.of(Color::Green)
    }

    /// Every process that works for this story.
    pub(crate) fn processes(&self) -> Vec<Found> {
        find(self.folder())
    }

    /// The processes whose role holds `text`.
    pub(crate) fn processes_of(&self, text: &str) -> Vec<Found> {
        self.processes().into_iter().filter(|it| it.role.contains(text)).collect()
    }

    pub(crate) fn edge_socket(&self) -> PathBuf {
        self.site_path("edge/edge.sock")
    }
}
