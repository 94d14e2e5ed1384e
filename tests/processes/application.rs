//! A small application: this test binary, started again by the supervisor.

use std::net::TcpListener;

/// The variable that tells this binary to be the application; its value is where violations are noted.
pub(crate) const NOTES: &str = "TEST_APPLICATION_NOTES";

/// The command that runs the application.
pub(crate) fn command() -> Vec<String> {
    let program = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    [&program, "application::it_listens_on_its_port_alone", "--exact", "--nocapture"].map(str::to_owned).to_vec()
}

/// As a test it does nothing; as the application it listens on its port until it is ended.
#[test]
fn it_listens_on_its_port_alone() {
    let Some(notes) = std::env::var_os(NOTES) else { return };
    let port: u16 = std::env::var_os("PORT").unwrap().to_str().unwrap().parse().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap_or_else(|error| {
        let note = std::path::Path::new(&notes).join(format!("violation-{}", std::process::id()));
        std::fs::write(note, format!("port {port}: {error}")).unwrap();
        panic!("port {port}: {error}")
    });
    for stream in listener.incoming() {
        drop(stream);
    }
}
