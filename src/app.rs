//! The bot, put together: log, rooms, engine and console, until it is told to stop.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use commands::grammar::Directory;
use commands::order::Order;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::envelope::{Correlation, Stream};
use events::fact::{BotEvent, Event};
use events::number::Epoch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alert::{Alert, Webhook};
use crate::caretaker::Caretaker;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, SiteConfig};
use crate::desk::Desk;
use crate::engine::book::Cause;
use crate::engine::orders::{Delivered, Orders, Said};
use crate::engine::readiness::Readiness;
use crate::engine::{Book, Room, SiteLoop, Whole};
use crate::keeper::LogKeeper;
use crate::log::sqlite::{Settings, SqliteLog};
use crate::log::store_id::StoreId;
use crate::platforms::Platforms;
use crate::ports::{Log, Pager};
use crate::{client, console, control, keeper, rooms};

/// Everything that runs while the bot does.
struct Bot {
    log: Arc<SqliteLog>,
    book: Arc<Book>,
    orders: Arc<Orders>,
    clock: Arc<dyn Clock>,
    pager: Option<Arc<dyn Pager>>,
    whole: Whole,
    stopped: CancellationToken,
    tasks: TaskTracker,
}

/// Serves until `stopped`; whatever is underway then stays in the log, and goes on at the next start. `program` is this
/// program, for the processes that outlive it.
pub async fn serve(config: &Config, program: &Path, stopped: CancellationToken) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    rooms::could_be_furnished(config).await?;
    // The lock on the log comes first: a second bot must not touch anything.
    let settings = Settings::new(StoreId::random()?);
    let log = SqliteLog::open(&config.bot.log, clock.clone(), settings).await.context("the log could not be opened")?;
    let listener = control::bind(&config.bot.socket).await.context("the console's socket could not be opened")?;
    let platforms = Platforms::open(config, &clock).await?;
    let bot = Bot::begin(config, Arc::new(log), clock, stopped).await?;
    let mut rooms = BTreeMap::new();
    for site in &config.sites {
        let room = rooms::furnish(config, site, program, bot.clock.clone()).await?;
        rooms.insert(site.name(), Arc::new(room));
    }
    for site in &config.sites {
        bot.take_care_of(config, site, program);
    }
    for room in rooms.values() {
        bot.adopt(room).await?;
        bot.work_on(room);
    }
    bot.keep_log();
    bot.end_without_log();
    let desk = Desk {
        book: bot.book.clone(),
        orders: bot.orders.clone(),
        directory: Directory::new(rooms.keys().cloned()),
        rooms,
        nonsense: 0.into(),
    };
    let desk = Arc::new(desk);
    platforms.listen(&desk, &bot.clock, &bot.tasks, &bot.stopped);
    tracing::info!(sites = desk.rooms.len(), socket = %config.bot.socket.display(), "ready");
    console::server::serve(listener, desk, bot.clock.clone(), bot.stopped.clone()).await;
    bot.end().await
}

impl Bot {
    /// Takes the log over: everything that it says is taken in, and a new epoch fences whoever wrote it before.
    async fn begin(
        config: &Config,
        log: Arc<SqliteLog>,
        clock: Arc<dyn Clock>,
        stopped: CancellationToken,
    ) -> anyhow::Result<Self> {
        let state = keeper::load(log.reader()).await;
        let port: Arc<dyn Log> = log.clone();
        #[cfg(feature = "mutants")]
        let port = crate::crash::log(port);
        let reading = Book::new(port.clone(), state, Epoch(0));
        reading.catch_up().await?;
        let state = reading.state();
        let epoch = log.begin_epoch().await?;
        let book = Arc::new(Book::new(port, state, epoch));
        let started = Event::Bot(BotEvent::Started { build: env!("CARGO_PKG_VERSION").to_owned() });
        let stream = Stream::bot();
        let version = book.version(&stream);
        book.append(stream, version, &cause(epoch, "started"), &[started]).await?;
        let pager = pager(config)?;
        let orders = Arc::new(Orders { book: book.clone(), clock: clock.clone(), policy: config.policy.clone() });
        Ok(Self { log, book, orders, clock, pager, whole: Whole::default(), stopped, tasks: TaskTracker::new() })
    }

    /// A site that the log does not know is adopted by looking at it. What can't be read now can be adopted later.
    async fn adopt(&self, room: &Room) -> anyhow::Result<()> {
        if self.book.site(&room.name).is_adopted {
            return Ok(());
        }
        let id = format!("{}/adopted/{}", room.name, self.book.epoch());
        let delivered = Delivered {
            speaker: Speaker::alone(Actor::system("bot")),
            id,
            order: Order::Adopt,
            shown: None,
            place: None,
        };
        match self.orders.take(room, &delivered).await? {
            Said::Refused(refusal) => tracing::warn!(site = %room.name, %refusal, "the site was not adopted"),
            Said::Done { .. } | Said::Before { .. } | Said::Planned(_) => {}
        }
        Ok(())
    }

    /// Starts everything that works on one site.
    fn work_on(&self, room: &Arc<Room>) {
        let site = SiteLoop {
            room: room.clone(),
            book: self.book.clone(),
            orders: self.orders.clone(),
            clock: self.clock.clone(),
            whole: self.whole.clone(),
            stopped: self.stopped.clone(),
        };
        let stopped = self.stopped.clone();
        self.tasks.spawn(async move {
            if let Err(error) = site.run().await {
                tracing::error!(%error, "the bot stops: it can't write its log");
                stopped.cancel();
            }
        });
        let readiness = Readiness {
            room: room.clone(),
            book: self.book.clone(),
            clock: self.clock.clone(),
            stopped: self.stopped.clone(),
        };
        self.tasks.spawn(readiness.run());
        if let Some(pager) = &self.pager {
            let alert = Alert {
                room: room.clone(),
                book: self.book.clone(),
                clock: self.clock.clone(),
                pager: pager.clone(),
                stopped: self.stopped.clone(),
            };
            self.tasks.spawn(alert.run());
        }
    }

    fn take_care_of(&self, config: &Config, site: &SiteConfig, program: &Path) {
        let caretaker = Caretaker {
            site: site.clone(),
            folder: config.folder_of(site),
            program: program.to_owned(),
            clock: self.clock.clone(),
            stopped: self.stopped.clone(),
        };
        self.tasks.spawn(caretaker.run());
    }

    /// Verifies the whole log in the background, then keeps a snapshot at hand.
    fn keep_log(&self) {
        let keeper = LogKeeper {
            log: self.log.clone(),
            book: self.book.clone(),
            clock: self.clock.clone(),
            whole: self.whole.clone(),
            stopped: self.stopped.clone(),
        };
        self.tasks.spawn(keeper.run());
    }

    /// Somebody has moved the log, or taken its lock away: the bot stops before it does anything more.
    fn end_without_log(&self) {
        let (log, stopped) = (self.log.clone(), self.stopped.clone());
        self.tasks.spawn(async move {
            if let Some(what) = stopped.run_until_cancelled(log.lost()).await {
                tracing::error!(what, "the bot stops: it has lost its log");
                stopped.cancel();
            }
        });
    }

    async fn end(self) -> anyhow::Result<()> {
        self.stopped.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        let stream = Stream::bot();
        let stopped = Event::Bot(BotEvent::Stopped {});
        let version = self.book.version(&stream);
        self.book.append(stream, version, &cause(self.book.epoch(), "stopped"), &[stopped]).await?;
        keeper::save(self.log.reader(), &self.book.state()).await?;
        self.log.close().await;
        anyhow::ensure!(self.log.is_ours(), "the bot has stopped because its log was taken away");
        Ok(())
    }
}

/// Who is called outside chat, if the configuration names somebody.
fn pager(config: &Config) -> anyhow::Result<Option<Arc<dyn Pager>>> {
    let Some(alert) = &config.bot.alert else { return Ok(None) };
    let webhook = Webhook { client: client::client()?, url: alert.url.get_ref().resolve()? };
    Ok(Some(Arc::new(webhook)))
}

fn cause(epoch: Epoch, fact: &str) -> Cause {
    Cause {
        actor: Actor::system("bot"),
        correlation: Correlation(format!("bot/{epoch}")),
        causation: None,
        id: format!("bot/{epoch}/{fact}"),
    }
}
