//! What a channel is to show, and what it shows already: folded from the log alone.

use std::collections::{BTreeMap, BTreeSet};

use events::chat::{About, Channel, MessageId, Subject};
use events::envelope::{Recorded, Stream};
use events::fact::{ChatEvent, ClosedBecause, ConfirmationEvent, Event, QueueEvent, WindowEvent};
use events::fold::{Site, State};
use events::name::SiteName;
use events::number::{Position, Version};
use events::wire;
use jiff::Timestamp;

use super::detail::{self, Detail, details};
use super::{Card, Tale};

/// How many lines a thread may be behind; of those before it is only known how many they are.
const BEHIND: usize = 200;

/// One channel with the sites that it is to show.
#[derive(Debug, Clone)]
pub struct Board {
    channel: Channel,
    sites: BTreeSet<SiteName>,
    state: State,
    /// The channel's own stream.
    pub version: Version,
    pub follows: BTreeSet<SiteName>,
    /// What is not ended yet.
    pub messages: BTreeMap<Subject, Message>,
    /// What somebody deleted: it is not shown again.
    lost: BTreeSet<Subject>,
}

/// One headline message, with what waits to be told in its thread.
#[derive(Debug, Clone)]
pub struct Message {
    tale: Tale,
    pub posting: Posting,
    /// Up to where its thread tells.
    pub told: Position,
    /// Up to where it was about to tell, when a bot may have died.
    pub telling: Option<(Position, Timestamp)>,
    lines: Vec<Detail>,
    forgotten: usize,
}

/// How far its posting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posting {
    Not,
    /// Nobody knows whether it is there.
    Begun {
        at: Timestamp,
    },
    Posted {
        message: MessageId,
    },
}

impl Board {
    /// An empty board for these sites.
    #[must_use]
    pub fn new(channel: Channel, sites: BTreeSet<SiteName>) -> Self {
        Self {
            channel,
            sites,
            state: State::default(),
            version: Version(0),
            follows: BTreeSet::new(),
            messages: BTreeMap::new(),
            lost: BTreeSet::new(),
        }
    }

    /// The stream of a channel. No site can be called like that.
    #[must_use]
    pub fn stream(channel: &Channel) -> Stream {
        Stream(format!("chat:{channel}"))
    }

    /// The newest event that is in here.
    #[must_use]
    pub fn position(&self) -> Position {
        self.state.position
    }

    /// The sites that the channel does not follow yet.
    #[must_use]
    pub fn unfollowed(&self) -> BTreeSet<SiteName> {
        self.sites.difference(&self.follows).cloned().collect()
    }

    /// Takes one event in.
    pub fn apply(&mut self, recorded: &Recorded) {
        if recorded.stream == Self::stream(&self.channel) {
            self.version = recorded.version;
            self.state.position = recorded.position;
            // What this build can't read was shown by another one.
            if let Ok(Event::Chat(event)) = wire::decode(recorded) {
                self.shown(event, recorded);
            }
            return;
        }
        let site = recorded.stream.as_str().parse::<SiteName>().ok().filter(|it| self.sites.contains(it));
        let Some(name) = site else {
            self.state.position = recorded.position;
            return;
        };
        let before = self.state.site(&name);
        self.state.apply(recorded);
        if self.follows.contains(&name) {
            self.happened(&name, &before, recorded);
        }
    }

    /// Something happened at a site.
    fn happened(&mut self, name: &SiteName, before: &Site, recorded: &Recorded) {
        let Ok(event) = wire::decode(recorded) else { return };
        let site = self.state.site(name);
        let position = recorded.position;
        self.open(name, &site, Some(before), position);
        let subject = |about| Subject { site: name.clone(), about };
        let mut about = Vec::new();
        for message in [&site, before] {
            let run = message.run.as_ref().map(|it| it.number);
            about.extend(run.into_iter().flat_map(|it| [subject(About::Run(it)), subject(About::Approval(it))]));
            about.extend(message.window.as_ref().map(|it| subject(About::Window(it.run))));
        }
        let lock =
            |(it, message): (&Subject, &Message)| (it.site == *name && message.is_open_lock()).then(|| it.clone());
        about.extend(self.messages.iter().find_map(lock));
        for subject in about {
            let Some(message) = self.messages.get_mut(&subject) else { continue };
            message.update(&site, &event, recorded);
        }
        let lines = details(recorded, &event, before);
        if let Some(message) = thread(&event, before, &site, name).and_then(|it| self.messages.get_mut(&it)) {
            message.hear(lines);
        }
    }

    /// A message for whatever is open and has none.
    fn open(&mut self, name: &SiteName, site: &Site, before: Option<&Site>, position: Position) {
        let run = site.run.as_ref().map(|it| About::Run(it.number)).zip(Tale::run(site));
        let approval = site.run.as_ref().map(|it| About::Approval(it.number)).zip(Tale::approval(site));
        let window = site.window.as_ref().map(|it| About::Window(it.run)).zip(Tale::window(site));
        let is_new_lock = site.lock != before.and_then(|it| it.lock.clone());
        let lock = Tale::lock(site).filter(|_| is_new_lock).map(|tale| (About::Lock(position), tale));
        for (about, tale) in [run, approval, window, lock].into_iter().flatten() {
            let subject = Subject { site: name.clone(), about };
            // What is told from here on is what happens after this.
            let told = if before.is_some() { Position(position.0.saturating_sub(1)) } else { position };
            if self.lost.contains(&subject) {
                continue;
            }
            self.messages.entry(subject).or_insert_with(|| Message::new(tale, told));
        }
    }

    /// Something was shown.
    fn shown(&mut self, event: ChatEvent, recorded: &Recorded) {
        match event {
            ChatEvent::Followed { site, .. } => {
                let open = self.state.site(&site);
                self.open(&site, &open, None, recorded.position);
                self.follows.insert(site);
            }
            ChatEvent::Begun { subject } => self.with(&subject, |it| {
                if it.posting == Posting::Not {
                    it.posting = Posting::Begun { at: recorded.recorded_at };
                }
            }),
            ChatEvent::Posted { subject, message } => {
                self.with(&subject, |it| it.posting = Posting::Posted { message });
            }
            ChatEvent::Ended { subject } => drop(self.messages.remove(&subject)),
            ChatEvent::Lost { subject } => {
                self.messages.remove(&subject);
                self.lost.insert(subject);
            }
            ChatEvent::DetailBegun { subject, upto, .. } => {
                self.with(&subject, |it| it.telling = Some((upto, recorded.recorded_at)));
            }
            ChatEvent::DetailPosted { subject, upto } => self.with(&subject, |it| it.heard(upto)),
        }
    }

    fn with(&mut self, subject: &Subject, change: impl FnOnce(&mut Message)) {
        if let Some(message) = self.messages.get_mut(subject) {
            change(message);
        }
    }
}

/// The message in whose thread an event is told: the open run's, otherwise the window's, otherwise the lock's own card.
fn thread(event: &Event, before: &Site, after: &Site, name: &SiteName) -> Option<Subject> {
    let run = after.run.as_ref().or(before.run.as_ref()).map(|it| About::Run(it.number));
    let window = before.window.as_ref().or(after.window.as_ref()).map(|it| About::Window(it.run));
    let about = match event {
        Event::Window(
            WindowEvent::Extended { .. }
            | WindowEvent::Held {}
            | WindowEvent::Announced { .. }
            | WindowEvent::Postponed { .. }
            | WindowEvent::WayBackLost { .. }
            | WindowEvent::WayBackProven {}
            | WindowEvent::Closed { .. },
        ) => window,
        Event::Lock(_) | Event::Queue(QueueEvent::Joined { .. } | QueueEvent::Left { .. }) => run.or(window),
        Event::Run(_) | Event::Step(_) | Event::Approval(_) | Event::Confirmation(ConfirmationEvent::Given {}) => run,
        // Of a window that opens its card says it all.
        Event::Window(WindowEvent::Opened { .. })
        // What would be lost is told to whoever asked.
        | Event::Confirmation(ConfirmationEvent::Asked { .. })
        | Event::Queue(QueueEvent::Told { .. })
        | Event::Site(_)
        | Event::Order(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => None,
    };
    Some(Subject { site: name.clone(), about: about? })
}

impl Message {
    fn new(tale: Tale, told: Position) -> Self {
        Self { tale, posting: Posting::Not, told, telling: None, lines: Vec::new(), forgotten: 0 }
    }

    /// What the channel is to show.
    #[must_use]
    pub fn card(&self, site: &SiteName) -> Card {
        self.tale.card(site)
    }

    /// Whether nothing more will happen that it would show.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.tale.is_over()
    }

    /// Up to where there is something to tell in its thread; none if all was told.
    #[must_use]
    pub fn untold(&self) -> Option<Position> {
        self.lines.last().map(|it| it.position)
    }

    /// What the thread is to be told up to there.
    #[must_use]
    pub fn detail(&self, subject: &Subject, upto: Position) -> Card {
        let end = self.lines.iter().take_while(|it| it.position <= upto).count();
        detail::card(&subject.to_string(), self.lines.get(..end).unwrap_or_default(), self.forgotten)
    }

    fn is_open_lock(&self) -> bool {
        matches!(&self.tale, Tale::Lock(tale) if tale.end.is_none())
    }

    fn update(&mut self, site: &Site, event: &Event, recorded: &Recorded) {
        let (position, at) = (recorded.position, recorded.recorded_at);
        match &mut self.tale {
            Tale::Run(tale) => match (&site.run, &site.last) {
                (Some(run), _) if run.number == tale.run.number => {
                    tale.run = run.clone();
                    tale.position = position;
                }
                (_, Some(ended)) if ended.number == tale.run.number && tale.end.is_none() => {
                    tale.end = Some((ended.clone(), at));
                    tale.position = position;
                }
                _ => {}
            },
            Tale::Approval(tale) => tale.update(site, event, &recorded.actor, at),
            Tale::Window(tale) => match &site.window {
                Some(window) if window.run == tale.window.run => {
                    tale.window = window.clone();
                    tale.run.clone_from(&site.run);
                    tale.position = position;
                }
                Some(_) | None if tale.end.is_none() => {
                    tale.end = Some((because(event), at));
                    tale.run = None;
                    tale.position = position;
                }
                Some(_) | None => {}
            },
            Tale::Lock(tale) => {
                if site.lock.as_ref() != Some(&tale.lock) {
                    tale.end = Some(at);
                    tale.position = position;
                }
            }
        }
    }

    fn hear(&mut self, lines: Vec<Detail>) {
        self.lines.extend(lines);
        let over = self.lines.len().saturating_sub(BEHIND);
        // What is about to be told is not touched: it must stay what it was when it was begun.
        if over > 0 && self.telling.is_none() {
            self.lines.drain(..over);
            self.forgotten += over;
        }
    }

    fn heard(&mut self, upto: Position) {
        self.lines.retain(|it| it.position > upto);
        self.forgotten = 0;
        self.told = upto;
        self.telling = None;
    }
}

fn because(event: &Event) -> ClosedBecause {
    match event {
        Event::Window(WindowEvent::Closed { because }) => *because,
        Event::Window(_)
        | Event::Site(_)
        | Event::Run(_)
        | Event::Step(_)
        | Event::Approval(_)
        | Event::Confirmation(_)
        | Event::Queue(_)
        | Event::Lock(_)
        | Event::Order(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => ClosedBecause::Adopted,
    }
}
