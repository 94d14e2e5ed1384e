//! MHA, the one program of its kind that can be had as a package, on a pair of the same servers under the same load.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use changeover::clock::pause;
use events::color::Color;

use crate::database::{Engine, Load, Pair, lost, waits};
use crate::{BETWEEN, at, ms, row};

/// The account by which MHA works; it may everything.
const ACCOUNTS: &str = "CREATE USER mha@'%' IDENTIFIED BY 'mha'; GRANT ALL ON *.* TO mha@'%' WITH GRANT OPTION; \
    CREATE USER mha_replication@'%' IDENTIFIED BY 'mha'; GRANT REPLICATION SLAVE ON *.* TO mha_replication@'%'";

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

/// There and back, so often; `ours` is what writers saw of crossings under the same load.
pub(crate) async fn peer(script: Script, switches: usize, think: Duration, ours: &[f64]) {
    let pair = Pair::start(Engine::Mariadb).await;
    pair.blue.run(ACCOUNTS).await;
    pair.settled().await;
    if matches!(script, Script::Sample) {
        pair.green.run("SET sql_log_bin = 0; DROP USER shop@'%'").await;
    }
    let peer = Peer::new(script, &pair);
    let load = Load::start(&pair, 4, think);
    let mut from = Color::Blue;
    for _ in 0..switches {
        pause(BETWEEN).await;
        peer.switch(&pair, from);
        from = from.other();
    }
    pause(BETWEEN).await;
    let acknowledged = load.stop().await;
    let mut theirs: Vec<f64> = waits(&acknowledged).into_iter().map(ms).collect();
    assert_eq!(theirs.len(), switches, "each switch is seen once");
    let times = |percent| at(&mut theirs.clone(), percent) / at(&mut ours.to_vec(), percent);
    let times = format!("{:>7.1}x{:>7.1}x{:>7.1}x", times(50), times(95), times(100));
    let lost = lost(&pair, &acknowledged).await.len();
    println!("{:<38} {} {times} {lost:>8}   (bar 5x at p50 and max)", script.name(), row(&mut theirs));
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
