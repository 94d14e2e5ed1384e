//! One life of a bot: the real engine, desk and watchers, over the toy world, in one thread.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use changeover::alert::Alert;
use changeover::chat::{Channel, Chat, Clerk, Inbound, Outbox, Platform, Rates, Reception, Taken};
use changeover::clock::Clock;
use changeover::desk::{Desk, Heard};
use changeover::engine::book::Cause;
use changeover::engine::orders::{Delivered, Orders};
use changeover::engine::readiness::Readiness;
use changeover::engine::{Book, Room, SiteLoop, Whole};
use changeover::ports::{AppendError, Check, Database, Log, Workers};
use commands::grammar::Directory;
use commands::order::Order;
use commands::policy::Policy;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::envelope::{Correlation, Stream};
use events::fact::{BotEvent, Event};
use events::fold::State;
use events::number::Epoch;
use events::terms::Terms;
use futures_executor::{LocalPool, LocalSpawner};
use futures_util::task::LocalSpawnExt as _;
use tokio_util::sync::CancellationToken;

use super::clock::{Timers, ToyClock};
use super::given;
use super::outside::{Line, Outside};
use super::ports::ToyCheck;

/// What came of a line: nothing yet, an answer, or no answer because the log could not be written.
pub(crate) type Answer = Arc<Mutex<Option<Result<Heard, String>>>>;

/// A bot that lives.
pub(crate) struct Bot {
    pub(crate) timers: Arc<Timers>,
    pub(crate) life: u64,
    pool: LocalPool,
    spawner: LocalSpawner,
    desk: Arc<Mutex<Option<Arc<Desk>>>>,
    reception: Arc<Mutex<Option<Arc<Reception>>>>,
}

impl Bot {
    /// Starts a bot; it takes the log over, and goes on with what it finds there.
    pub(crate) fn start(outside: &Arc<Outside>, terms: &Terms, policy: &Policy) -> Self {
        let life = {
            let mut world = outside.world();
            world.deaths.life += 1;
            world.deaths.life
        };
        let pool = LocalPool::new();
        let spawner = pool.spawner();
        let bot = Self { timers: Arc::default(), life, spawner, pool, desk: Arc::default(), reception: Arc::default() };
        let line = Line { outside: outside.clone(), timers: bot.timers.clone(), life };
        let (desk, spawner) = (bot.desk.clone(), bot.spawner.clone());
        let (terms, policy, reception) = (terms.clone(), policy.clone(), bot.reception.clone());
        let main = async move {
            let life = line.clone();
            match begin(line, terms, policy, &spawner).await {
                Ok(working) => {
                    if life.outside.world().chat.is_there {
                        *reception.lock().unwrap() = Some(talk(&life, &working, &spawner));
                    }
                    *desk.lock().unwrap() = Some(working);
                }
                // A bot that can't write that it began ends, and is started again.
                Err(_) => life.outside.world().deaths.kill(life.life),
            }
        };
        bot.spawner.spawn_local(main).unwrap();
        bot
    }

    /// Does everything that can be done without time passing.
    pub(crate) fn work(&mut self) {
        self.pool.run_until_stalled();
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.desk.lock().unwrap().is_some()
    }

    /// A line comes in under the name of its delivery.
    pub(crate) fn hear(&self, speaker: Speaker, text: &str, id: &str) -> Answer {
        let answer = Answer::default();
        let desk = self.desk.lock().unwrap().clone().expect("nobody listens yet");
        let line =
            changeover::desk::Line { speaker, id: id.to_owned(), text: text.to_owned(), shown: None, place: None };
        let heard = answer.clone();
        let listening = async move {
            let said = desk.hear(&line).await.map_err(|error| error.to_string());
            *heard.lock().unwrap() = Some(said);
        };
        self.spawner.spawn_local(listening).unwrap();
        answer
    }
}

/// What came of a delivery: nothing yet, or what its platform is answered.
pub(crate) type Taking = Arc<Mutex<Option<Taken>>>;

impl Bot {
    /// Something is said or pressed on the platform.
    pub(crate) fn take(&self, inbound: Inbound) -> Taking {
        let taking = Taking::default();
        let reception = self.reception.lock().unwrap().clone().expect("nobody listens in chat");
        let taken = taking.clone();
        let listening = async move {
            let said = reception.take(inbound).await;
            *taken.lock().unwrap() = Some(said);
        };
        self.spawner.spawn_local(listening).unwrap();
        taking
    }
}

/// What `changeover serve` does where a platform is configured.
fn talk(line: &Line, desk: &Arc<Desk>, spawner: &LocalSpawner) -> Arc<Reception> {
    let clock: Arc<dyn Clock> = Arc::new(ToyClock { outside: line.outside.clone(), timers: line.timers.clone() });
    let chat: Arc<dyn Chat> = Arc::new(line.clone());
    let stopped = CancellationToken::new();
    let clerk = Clerk {
        desk: desk.clone(),
        chats: [(Platform::Slack, chat.clone())].into(),
        clock: clock.clone(),
        stopped: stopped.clone(),
    };
    let outbox = Outbox {
        chat,
        channel: Channel { platform: Platform::Slack, id: "C01".to_owned() },
        sites: [given::site()].into(),
        book: desk.book.clone(),
        clock: clock.clone(),
        stopped,
    };
    spawner.spawn_local(clerk.run()).unwrap();
    spawner.spawn_local(outbox.run()).unwrap();
    Arc::new(Reception::new(desk.clone(), Rates::default(), &clock))
}

/// What `changeover serve` does, with the toy world for everything outside.
async fn begin(line: Line, terms: Terms, policy: Policy, spawner: &LocalSpawner) -> Result<Arc<Desk>, AppendError> {
    let log: Arc<dyn Log> = Arc::new(line.clone());
    let clock: Arc<dyn Clock> = Arc::new(ToyClock { outside: line.outside.clone(), timers: line.timers.clone() });
    let book = take_over(&line, log).await?;
    let orders = Arc::new(Orders { book: book.clone(), clock: clock.clone(), policy });
    let room = Arc::new(room(&line, terms));
    if !book.site(&room.name).is_adopted {
        let id = format!("{}/adopted/{}", room.name, book.epoch());
        let delivered = Delivered {
            speaker: Speaker::alone(Actor::system("bot")),
            id,
            order: Order::Adopt,
            shown: None,
            place: None,
        };
        // What can't be read now can be adopted later.
        let _ = orders.take(&room, &delivered).await;
    }
    let (whole, stopped) = (Whole::default(), CancellationToken::new());
    let (verified, verifying) = (whole.clone(), clock.clone());
    let takes = line.outside.world().manners.verification_takes;
    let verification = async move {
        verifying.pause(takes).await;
        verified.set();
    };
    let site = SiteLoop {
        room: room.clone(),
        book: book.clone(),
        orders: orders.clone(),
        clock: clock.clone(),
        whole,
        stopped: stopped.clone(),
    };
    let readiness =
        Readiness { room: room.clone(), book: book.clone(), clock: clock.clone(), stopped: stopped.clone() };
    let alert = Alert { room: room.clone(), book: book.clone(), clock, pager: Arc::new(line), stopped };
    spawner.spawn_local(verification).unwrap();
    spawner.spawn_local(async move { drop(site.run().await) }).unwrap();
    spawner.spawn_local(readiness.run()).unwrap();
    spawner.spawn_local(alert.run()).unwrap();
    let rooms: BTreeMap<_, _> = [(room.name.clone(), room)].into();
    let directory = Directory::new(rooms.keys().cloned());
    Ok(Arc::new(Desk { book, orders, rooms, directory, nonsense: 0.into() }))
}

/// Takes in what the log says, and fences whoever wrote it before.
async fn take_over(line: &Line, log: Arc<dyn Log>) -> Result<Arc<Book>, AppendError> {
    let reading = Book::new(log.clone(), State::default(), Epoch(0));
    reading.catch_up().await.unwrap();
    let epoch = line.outside.world().journal.begin_epoch();
    let book = Arc::new(Book::new(log, reading.state(), epoch));
    let started = Event::Bot(BotEvent::Started { build: "toy".to_owned() });
    let cause = Cause {
        actor: Actor::system("bot"),
        correlation: Correlation(format!("bot/{epoch}")),
        causation: None,
        id: format!("bot/{epoch}/started"),
    };
    let version = book.version(&Stream::bot());
    book.append(Stream::bot(), version, &cause, &[started]).await?;
    Ok(book)
}

fn room(line: &Line, terms: Terms) -> Room {
    let check = |name: &events::name::CheckName| -> Arc<dyn Check> {
        Arc::new(ToyCheck { name: name.clone(), line: line.clone() })
    };
    let (has_databases, has_workers) = {
        let world = line.outside.world();
        (world.databases.is_some(), world.workers.is_some())
    };
    let room = Room {
        name: given::site(),
        checks: terms.checks.iter().map(check).collect(),
        terms,
        traffic: Arc::new(line.clone()),
        fleet: Arc::new(line.clone()),
        delivery: Arc::new(line.clone()),
        database: has_databases.then(|| Arc::new(line.clone()) as Arc<dyn Database>),
        workers: has_workers.then(|| Arc::new(line.clone()) as Arc<dyn Workers>),
        folder: std::path::PathBuf::new(),
    };
    #[cfg(feature = "mutants")]
    let room = room.mistaken();
    room
}
