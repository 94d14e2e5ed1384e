//! Every message that a story would show somebody, held against what Slack and Discord take: the one by its own SDK.

#[path = "../discord/fake/limits.rs"]
mod limits;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};

use changeover::chat::discord::embeds;
use changeover::chat::slack::blocks::{blocks, fallback};
use commands::card::{Board, Card, answer};
use events::actor::Actor;
use events::chain::Hash;
use events::chat::{Channel, Platform};
use events::envelope::{Correlation, EventId, Recorded};
use events::fact::ChatEvent;
use events::number::{Epoch, Position, Version};
use events::wire;

use crate::toy::given;
use crate::toy::world::{Told, World};

/// The workspace whose people are shown by their names.
const TEAM: &str = "T01";

/// Slack's own SDK, and what it has been shown so far.
struct Held {
    /// It ends with its input, which ends with this process.
    _peer: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    seen: BTreeSet<String>,
}

static HELD: LazyLock<Mutex<Held>> = LazyLock::new(|| Mutex::new(Held::start()));

/// What a channel would be shown in the course of a story, and everybody who said something.
pub(crate) fn are_taken(world: &World) {
    let mut board = Board::new(channel(), [given::site()].into());
    board.apply(&followed());
    let mut cards = Vec::new();
    for recorded in &world.journal.events {
        board.apply(recorded);
        for (subject, message) in &board.messages {
            cards.push(message.card(&subject.site));
            let news = message.untold().filter(|it| *it == recorded.position);
            cards.extend(news.map(|it| message.detail(subject, it)));
        }
    }
    let answers = world.told().iter().filter_map(|(_, told)| match told {
        Told::Answer(text) => Some(answer(text, false)),
        Told::Line(_) | Told::Event(_) | Told::World(_) | Told::Incident(_) => None,
    });
    cards.extend(answers);
    assert!(!cards.is_empty(), "nobody would be shown anything");
    cards.iter().for_each(is_taken);
}

/// A refusal as it is answered.
pub(crate) fn refusal_is_taken(text: &str) {
    is_taken(&answer(text, true));
}

fn is_taken(card: &Card) {
    let mut held = HELD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // The small print counts events; whatever else is the same was held already.
    let same = Card { footnote: Vec::new(), ..card.clone() }.to_string();
    if held.seen.contains(&same) {
        return;
    }
    for body in [embeds::message(card, Some("0123456789abcdef")), embeds::whisper(card)] {
        assert_eq!(limits::wrong(&body), None, "{card}\n{body:#}");
    }
    assert!(!fallback(card).trim().is_empty(), "{card}");
    let blocks = serde_json::to_string(&blocks(card, TEAM)).unwrap();
    assert_eq!(held.asked(&blocks), "good", "{card}\n{blocks}");
    held.seen.insert(same);
}

impl Held {
    fn start() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let status = Command::new(root.join("tests/peers/install")).status().unwrap();
        assert!(status.success(), "tests/peers/install: {status}");
        let mut peer = Command::new(root.join("target/peers/python/bin/python"))
            .arg(root.join("tests/slack/peers/blocks.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (peer.stdin.take().unwrap(), peer.stdout.take().unwrap());
        Self { _peer: peer, input, output: BufReader::new(output), seen: BTreeSet::new() }
    }

    fn asked(&mut self, line: &str) -> String {
        self.input.write_all(format!("{line}\n").as_bytes()).unwrap();
        let mut said = String::new();
        self.output.read_line(&mut said).unwrap();
        said.trim_end().to_owned()
    }
}

fn channel() -> Channel {
    Channel { platform: Platform::Slack, id: "C01".to_owned() }
}

/// The channel follows the site from before its beginning.
fn followed() -> Recorded {
    let event = ChatEvent::Followed { channel: channel(), site: given::site() }.into();
    let (id, correlation) = (EventId("followed".to_owned()), Correlation(String::new()));
    let draft = wire::draft(&event, id, Actor::system("chat"), correlation, None).unwrap();
    Recorded {
        position: Position(0),
        event_id: draft.event_id,
        stream: Board::stream(&channel()),
        version: Version(1),
        kind: draft.kind,
        schema_version: draft.schema_version,
        recorded_at: given::morning(),
        actor: draft.actor,
        correlation: draft.correlation,
        causation: None,
        epoch: Epoch(1),
        payload: draft.payload,
        previous_hash: Hash([0; 32]),
        hash: Hash([0; 32]),
    }
}

#[test]
fn a_message_that_slack_or_discord_would_refuse_is_seen() {
    let refused = |card: &Card| std::panic::catch_unwind(|| is_taken(card)).is_err();
    let good = answer("it is so", false);
    assert!(!refused(&good));
    let button = |label: &str| commands::card::Button {
        label: label.to_owned(),
        press: commands::card::Press {
            verb: "abort".to_owned(),
            site: given::site(),
            shown: events::chat::Shown { run: None, standing: None },
            words: "x".repeat(120),
        },
        style: commands::card::Style::Plain,
        confirm: None,
        asks_reason: false,
    };
    assert!(refused(&Card { buttons: vec![button("Abort")], ..good.clone() }), "Discord takes no id that is so long");
    let mut held = HELD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    assert_ne!(held.asked("[{\"type\":\"no_such_block\"}]"), "good");
    assert!(!held.seen.is_empty());
}
