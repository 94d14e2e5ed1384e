//! A shop under load: writers that keep account of every row that was acknowledged to them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use changeover::chance::Chance;
use changeover::clock::{Clock as _, SystemClock, pause};
use events::color::{ByColor, Color};
use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use super::pair::{Pair, shop};

/// How often it is looked for rows that should be there, and the pause between two looks.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// How often whoever is refused asks the same server again before it looks back at the one that took its writes last.
const LOOKS_BACK: u32 = 50;

/// Writers that go where writes are taken, as a pool behind a balancer would: whoever refuses is left at once, for a
/// connection that is open already.
pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    writers: Vec<tokio::task::JoinHandle<Vec<Acknowledged>>>,
}

/// One row that a server said it has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Acknowledged {
    pub(crate) row: (u32, u32),
    pub(crate) by: Color,
    pub(crate) at: Duration,
}

struct Writer {
    number: u32,
    ports: ByColor<u16>,
    connections: ByColor<Option<Conn>>,
    /// Where it tries, and where it was let in last.
    at: Color,
    home: Color,
    /// How often in a row it was refused since it left home.
    refused: u32,
}

impl Load {
    /// Each of `writers` writes, and thinks for so long at a mean before it writes again: none in step with another.
    pub(crate) fn start(pair: &Pair, writers: u32, think: Duration) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let clock = SystemClock::new();
        let writers = (0..writers).map(|number| {
            let ports = ByColor { blue: pair.blue.port, green: pair.green.port };
            let (connections, at) = (ByColor { blue: None, green: None }, Color::Blue);
            let writer = Writer { number, ports, connections, at, home: at, refused: 0 };
            tokio::spawn(writer.write(clock, think, Arc::clone(&is_over)))
        });
        Self { writers: writers.collect(), is_over }
    }

    /// Ends it; gives what was acknowledged, in the order of time.
    pub(crate) async fn stop(self) -> Vec<Acknowledged> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for writer in self.writers {
            all.extend(writer.await.unwrap());
        }
        all.sort_by_key(|it| it.at);
        all
    }
}

/// Every acknowledged row that either server lacks, once both have executed the same.
pub(crate) async fn lost(pair: &Pair, acknowledged: &[Acknowledged]) -> Vec<(u32, u32)> {
    pair.settled().await;
    let rows: BTreeSet<(u32, u32)> = acknowledged.iter().map(|it| it.row).collect();
    let mut lost = Vec::new();
    // What a MariaDB server has in its log is seen in its tables a moment later.
    for _ in 0..LOOKS {
        let (blue, green) = (pair.orders(Color::Blue).await, pair.orders(Color::Green).await);
        lost = rows.iter().filter(|row| !blue.contains(row) || !green.contains(row)).copied().collect();
        if lost.is_empty() {
            break;
        }
        pause(PAUSE).await;
    }
    lost
}

/// For each crossing, how long writers waited: from the last row that one server acknowledged to the first of the other.
pub(crate) fn waits(acknowledged: &[Acknowledged]) -> Vec<Duration> {
    let neighbours = acknowledged.iter().zip(acknowledged.iter().skip(1)).filter(|(last, first)| last.by != first.by);
    neighbours.map(|(last, first)| first.at.saturating_sub(last.at)).collect()
}

impl Writer {
    async fn write(mut self, clock: SystemClock, think: Duration, is_over: Arc<AtomicBool>) -> Vec<Acknowledged> {
        let mut acknowledged = Vec::new();
        let mut chance = Chance::of_seed(u64::from(self.number));
        let most = usize::try_from(think.as_micros()).unwrap() * 2;
        let mut seq = 0;
        while !is_over.load(Ordering::Relaxed) {
            seq += 1;
            if !self.insert(seq).await {
                self.look_elsewhere().await;
                continue;
            }
            (self.home, self.refused) = (self.at, 0);
            acknowledged.push(Acknowledged { row: (self.number, seq), by: self.at, at: clock.elapsed() });
            if acknowledged.len().is_multiple_of(20) {
                self.keep_other_alive().await;
            }
            pause(Duration::from_micros(u64::try_from(chance.below(most + 1)).unwrap())).await;
        }
        acknowledged
    }

    /// Where it was at home the connection is given up, as one that a request ended with; the other server is asked until
    /// it lets somebody in.
    async fn look_elsewhere(&mut self) {
        if self.at == self.home {
            *self.connections.get_mut(self.home) = None;
            (self.at, self.refused) = (self.home.other(), 0);
            return;
        }
        self.refused += 1;
        if self.refused.is_multiple_of(LOOKS_BACK) {
            self.at = self.home;
        }
        pause(Duration::from_millis(1)).await;
    }

    /// One order; every fourth writer does it in a transaction of two statements.
    async fn insert(&mut self, seq: u32) -> bool {
        let (number, port) = (self.number, *self.ports.get(self.at));
        let connection = self.connections.get_mut(self.at);
        if connection.is_none() {
            *connection = shop(port).await.ok();
        }
        let Some(conn) = connection else { return false };
        let insert = format!("INSERT INTO shop.orders (writer, seq) VALUES ({number}, {seq})");
        let statements = if number % 4 == 3 {
            vec![
                "BEGIN".to_owned(),
                insert,
                format!("UPDATE shop.orders SET at = at WHERE writer = {number} AND seq = {seq}"),
                "COMMIT".to_owned(),
            ]
        } else {
            vec![insert]
        };
        for statement in statements {
            if let Err(error) = conn.query_drop(statement).await {
                let is_refused = matches!(error, mysql_async::Error::Server(_));
                let has_rolled_back = is_refused && conn.query_drop("ROLLBACK").await.is_ok();
                if !has_rolled_back {
                    *connection = None;
                }
                return false;
            }
        }
        true
    }

    /// As a pool does: a connection that was ended is found before it is needed.
    async fn keep_other_alive(&mut self) {
        let color = self.at.other();
        let port = *self.ports.get(color);
        let connection = self.connections.get_mut(color);
        let is_alive = match connection {
            Some(conn) => conn.ping().await.is_ok(),
            None => false,
        };
        if !is_alive {
            *connection = shop(port).await.ok();
        }
    }
}
