//! MHA, the one program of its kind that can be had as a package, on a pair of the same servers under the same load.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use changeover::clock::pause;
use events::color::Color;

use crate::database::load::Acknowledged;
use crate::database::{Engine, Load, Pair, lost};
use crate::series::{Crossings, Seen};
use crate::{BETWEEN, at, row};

/// The account by which MHA works; it may everything.
const ACCOUNTS: &str = "CREATE USER mha@'%' IDENTIFIED BY 'mha'; GRANT ALL ON *.* TO mha@'%' WITH GRANT OPTION; \
    CREATE USER mha_replication@'%' IDENTIFIED BY 'mha'; GRANT REPLICATION SLAVE ON *.* TO mha_replication@'%'";

/// How many switches in a row one of them has; even, so that each turn begins on blue.
const TURN: usize = 8;

/// By what MHA stops writes on the old server and lets them go on at the new one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Script {
    /// The sample that it comes with, as its makers wrote it, with its two gaps filled.
    Sample,
    /// The shortest that can be written.
    Shortest,
}

impl Script {
    const fn name(self) -> &'static str {
        match self {
            Self::Sample => "MHA 0.58 with its own sample script",
            Self::Shortest => "MHA 0.58 with the shortest script",
        }
    }

    /// The program, in `folder`.
    fn written(self, root: &Path, folder: &Path) -> PathBuf {
        let ours = |name: &str| root.join("benches/database").join(name);
        match self {
            Self::Sample => {
                let path = folder.join("master_ip_online_change");
                let parts = [root.join("target/servers/mha/samples/master_ip_online_change"), ours("online_change.pl")];
                std::fs::write(&path, parts.map(|it| std::fs::read_to_string(it).unwrap()).concat()).unwrap();
                path
            }
            Self::Shortest => ours("stop.pl"),
        }
    }
}

/// Who switches servers: we, or MHA by one of two scripts.
enum Switcher {
    Ours(Box<Crossings>),
    Mha(Script, Peer),
}

/// One of them on a pair of its own, with what its writers saw, in milliseconds.
struct Contender {
    pair: Pair,
    switcher: Switcher,
    seen: Seen,
    rows: Vec<Acknowledged>,
}

/// Each switches so often, there and back; by turns, so that whatever else the machine does meets all of them alike.
pub(crate) async fn beside(switches: usize, think: Duration) {
    let mut contenders =
        [Contender::ours().await, Contender::mha(Script::Sample).await, Contender::mha(Script::Shortest).await];
    for turn in 0..switches.div_ceil(TURN) {
        let turn_switches = TURN.min(switches - turn * TURN);
        for contender in &mut contenders {
            contender.takes_its_turn(u32::try_from(turn).unwrap(), turn_switches, think).await;
        }
    }
    println!(
        "\n{:<38} {:>26} {:>26} {:>8}",
        "MariaDB, 300 commits/s, by turns", "seen by writers, ms", "ours is shorter", "lost"
    );
    println!("{:<38} {:>26} {:>26}", "", "p50     p95     max", "(bar 5x at p50 and max)");
    let ours = contenders[0].seen.clone();
    println!("{:<38} {} {:>26} {:>8}", "nothing at all", row(&mut ours.usual.clone()), "", "");
    for Contender { pair, switcher, seen, rows } in &mut contenders {
        assert_eq!(seen.crossings.len(), switches, "each switch is seen once");
        let times = |percent| at(&mut seen.crossings.clone(), percent) / at(&mut ours.crossings.clone(), percent);
        let (name, times) = match switcher {
            Switcher::Ours(_) => ("changeover", String::new()),
            Switcher::Mha(script, _) => {
                (script.name(), format!("{:>9.1}x{:>7.1}x{:>7.1}x", times(50), times(95), times(100)))
            }
        };
        let lost = lost(pair, rows).await.len();
        println!("{name:<38} {} {times:>26} {lost:>8}", row(&mut seen.crossings));
    }
}

impl Contender {
    async fn ours() -> Self {
        let pair = Pair::start(Engine::Mariadb).await;
        pair.arm(Color::Blue).await;
        Self { pair, switcher: Switcher::Ours(Box::new(Crossings::new())), seen: Seen::default(), rows: Vec::new() }
    }

    async fn mha(script: Script) -> Self {
        let pair = Pair::start(Engine::Mariadb).await;
        pair.blue.run(ACCOUNTS).await;
        pair.settled().await;
        if matches!(script, Script::Sample) {
            pair.green.run("SET sql_log_bin = 0; DROP USER shop@'%'").await;
        }
        let peer = Peer::new(script, &pair);
        Self { pair, switcher: Switcher::Mha(script, peer), seen: Seen::default(), rows: Vec::new() }
    }

    /// So many switches, the first one from blue, while four writers write; between two turns nobody does.
    async fn takes_its_turn(&mut self, turn: u32, switches: usize, think: Duration) {
        let load = Load::of(&self.pair, turn * 4..turn * 4 + 4, think);
        let mut from = Color::Blue;
        for _ in 0..switches {
            pause(BETWEEN).await;
            match &mut self.switcher {
                Switcher::Ours(crossings) => while !crossings.cross(&self.pair, from).await {},
                Switcher::Mha(_, peer) => peer.switch(&self.pair, from),
            }
            from = from.other();
        }
        pause(BETWEEN).await;
        let rows = load.stop().await;
        self.seen.add(&rows);
        self.rows.extend(rows);
    }
}

struct Peer {
    folder: tempfile::TempDir,
    start: PathBuf,
}

impl Peer {
    fn new(script: Script, pair: &Pair) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let provisioned = Command::new(root.join("tests/servers/provision")).arg("mha").status().unwrap();
        assert!(provisioned.success(), "tests/servers/provision mha: {provisioned}");
        let folder = tempfile::tempdir().unwrap();
        let start = root.join("target/servers/mha/start");
        let place = folder.path();
        let settings = format!(
            "[server default]\nuser=mha\npassword=mha\nrepl_user=mha_replication\nrepl_password=mha\nssh_user=nobody\n\
             manager_workdir={place}\nmaster_ip_online_change_script={start} {script}\n\
             [server1]\nhostname=127.0.0.1\nport={}\n[server2]\nhostname=127.0.0.1\nport={}\n",
            pair.blue.port,
            pair.green.port,
            place = place.display(),
            start = start.display(),
            script = script.written(root, place).display()
        );
        std::fs::write(place.join("settings"), settings).unwrap();
        Self { folder, start }
    }

    fn switch(&self, pair: &Pair, from: Color) {
        let switched = Command::new(&self.start)
            .arg("masterha_master_switch")
            .arg(format!("--conf={}", self.folder.path().join("settings").display()))
            .args(["--master_state=alive", "--orig_master_is_new_slave", "--interactive=0"])
            .args(["--new_master_host=127.0.0.1", &format!("--new_master_port={}", pair.server(from.other()).port)])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(switched.status.success(), "{}", String::from_utf8_lossy(&switched.stderr));
    }
}
