//! Tests that are killed themselves leave no server behind.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::kit::{Engine, Server, until};

/// Where the test that will be killed says where its server is.
const TOLD: &str = "KILLED_TEST_TELLS";

#[tokio::test]
async fn a_server_ends_with_its_test_however_that_ends() {
    if let Some(told) = std::env::var_os(TOLD) {
        let server = Server::start(Engine::Mariadb, 11, &[]).await;
        std::fs::write(&told, server.folder().to_str().unwrap()).unwrap();
        std::future::pending::<()>().await;
    }
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let mut test = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::a_server_ends_with_its_test_however_that_ends"])
        .env(TOLD, &told)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let place =
        until("a server that runs", async || std::fs::read_to_string(&told).ok().filter(|it| !it.is_empty())).await;
    assert!(names(&place) > 0 && Path::new(&place).exists());
    test.kill().unwrap();
    test.wait().unwrap();
    until("nothing left of it", async || (names(&place) == 0 && !Path::new(&place).exists()).then_some(())).await;
}

/// How many processes there are whose command names this folder.
fn names(folder: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let commands = processes.filter_map(|it| std::fs::read(it.path().join("cmdline")).ok());
    commands.filter(|it| String::from_utf8_lossy(it).contains(folder)).count()
}
