//! MHA, the one program of its kind that can be had as a package, on a pair of the same servers under the same load.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use changeover::clock::pause;
use events::color::Color;

use crate::database::{Engine, Load, Pair, lost, waits};
use crate::{at, ms, row};

/// The account by which MHA works; it may everything.
const ACCOUNTS: &str = "CREATE USER mha@'%' IDENTIFIED BY 'mha'; GRANT ALL ON *.* TO mha@'%' WITH GRANT OPTION; \
    CREATE USER mha_replication@'%' IDENTIFIED BY 'mha'; GRANT REPLICATION SLAVE ON *.* TO mha_replication@'%'";

/// There and back, so often; `ours` is what writers saw of crossings under the same load.
pub(crate) async fn peer(switches: usize, think: Duration, ours: &mut [f64]) {
    let pair = Pair::start(Engine::Mariadb).await;
    pair.blue.run(ACCOUNTS).await;
    pair.settled().await;
    let peer = Peer::new(&pair);
    let load = Load::start(&pair, 4, think);
    let mut from = Color::Blue;
    for _ in 0..switches {
        pause(Duration::from_millis(200)).await;
        peer.switch(&pair, from);
        from = from.other();
    }
    pause(Duration::from_millis(200)).await;
    let acknowledged = load.stop().await;
    let mut theirs: Vec<f64> = waits(&acknowledged).into_iter().map(ms).collect();
    println!("{:<34} {:>26} {}", "MHA 0.58 with a stop script", "", row(&mut theirs));
    println!("{:<34} {:>26} {}", "changeover", "", row(ours));
    let times = |percent| at(&mut theirs.clone(), percent) / at(&mut ours.to_vec(), percent);
    println!(
        "{:<34} {:>26} {:>9.1}x{:>7.1}x{:>7.1}x   (bar 5 at p50 and max); of MHA's rows {} lost",
        "shorter",
        "",
        times(50),
        times(95),
        times(100),
        lost(&pair, &acknowledged).await.len()
    );
}

struct Peer {
    folder: tempfile::TempDir,
    start: PathBuf,
}

impl Peer {
    fn new(pair: &Pair) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let provisioned = Command::new(root.join("tests/servers/provision")).arg("mha").status().unwrap();
        assert!(provisioned.success(), "tests/servers/provision mha: {provisioned}");
        let folder = tempfile::tempdir().unwrap();
        let start = root.join("target/servers/mha/start");
        let (script, place) = (root.join("benches/database/stop.pl"), folder.path());
        let settings = format!(
            "[server default]\nuser=mha\npassword=mha\nrepl_user=mha_replication\nrepl_password=mha\nssh_user=nobody\n\
             manager_workdir={place}\nmaster_ip_online_change_script={start} {script}\n\
             [server1]\nhostname=127.0.0.1\nport={}\n[server2]\nhostname=127.0.0.1\nport={}\n",
            pair.blue.port,
            pair.green.port,
            place = place.display(),
            start = start.display(),
            script = script.display()
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
