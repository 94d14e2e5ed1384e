//! What a crossing leaves to be done, and what is left when a loss was accepted.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use changeover::ports::Database as _;
use events::color::Color;
use mysql_async::prelude::Queryable as _;

use crate::kit::{Engine, Pair, key, on_each_engine};

on_each_engine![
    scheduled_events_run_where_users_are_and_there_alone,
    what_would_be_lost_is_counted_and_kept,
    servers_are_verified,
];

async fn scheduled_events_run_where_users_are_and_there_alone(engine: Engine) {
    let pair = Pair::start(engine).await;
    // One that depends on the mode it was written in, and one that somebody switched off.
    pair.blue
        .run(
            "SET SESSION sql_mode = 'ANSI_QUOTES'; \
             CREATE DEFINER = shop@'%' EVENT shop.nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM \"shop\".\"orders\" WHERE seq < 0; \
             CREATE EVENT shop.off ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1",
        )
        .await;
    pair.settled().await;
    let readings = pair.database.preflight(Color::Blue).await;
    assert!(readings.iter().any(|it| it.to_string().contains("events of blue: ok, shop.nightly (")), "{readings:#?}");
    pair.arm(Color::Blue).await;
    for (from, to) in [(Color::Blue, Color::Green), (Color::Green, Color::Blue)] {
        pair.cross(from).await.unwrap();
        pair.settled().await;
        let event = "SELECT CONCAT_WS(' ', status, definer, sql_mode) FROM information_schema.events WHERE event_name = 'nightly'";
        assert_eq!(pair.server(to).ask(event).await, "ENABLED shop@% ANSI_QUOTES", "on {to}");
        let asleep = pair.server(from).ask(event).await;
        assert!(asleep.contains("SIDE_DISABLED") || asleep.contains("SLAVESIDE_DISABLED"), "on {from}: {asleep}");
        let off = "SELECT status FROM information_schema.events WHERE event_name = 'off'";
        assert_ne!(pair.server(to).ask(off).await, "ENABLED");
    }
}

async fn what_would_be_lost_is_counted_and_kept(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    pair.blue.run("CREATE TABLE shop.notes (id INT PRIMARY KEY, note TEXT)").await;
    pair.settled().await;
    pair.green.run("STOP REPLICA").await;
    let mut shop = pair.shop(Color::Blue).await;
    for id in 1..=3 {
        shop.query_drop(format!("INSERT INTO shop.notes VALUES ({id}, 'only blue knows {id}')")).await.unwrap();
    }
    let loss = pair.database.missing(Color::Blue).await.unwrap();
    assert!(loss.count == 3 && !loss.what.is_empty(), "{loss:?}");
    assert_eq!(pair.database.missing(Color::Green).await.unwrap().count, 0);
    let mut switch = pair.fence().await;
    switch.freeze(Color::Blue, Duration::from_secs(5)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("missing.binlog");
    assert_eq!(pair.database.export_missing(Color::Blue, &file).await.unwrap(), 3);
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"\xfebin"));
    let text = String::from_utf8_lossy(&bytes);
    for id in 1..=3 {
        assert!(text.contains(&format!("only blue knows {id}")), "order {id} is not in the file");
    }
    // What green has is not in it.
    assert!(!text.contains("CREATE TABLE"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(
        pair.database
            .export_missing(Color::Blue, folder.path())
            .await
            .unwrap_err()
            .text
            .contains("could not be written")
    );
}

async fn servers_are_verified(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let (certificate, key_file) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key_file, made.signing_key.serialize_pem()).unwrap();
    let (certificate, key_file) = (certificate.display().to_string(), key_file.display().to_string());
    let options =
        [format!("--ssl-cert={certificate}"), format!("--ssl-key={key_file}"), format!("--ssl-ca={certificate}")];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let pair = Pair::start_with(engine, &options, &options).await;
    let trusting = pair.database_with(|it| {
        it.tls.enabled = true;
        it.tls.ca = Some(certificate.clone().into());
        it.replication.tls = true;
        it.replication.ca = Some(certificate.clone());
    });
    let standing = trusting.standing().await;
    assert!(standing.blue.is_ok() && standing.green.is_ok());
    trusting.arm(Color::Blue, &key()).await.unwrap();
    // Certificates that nobody vouches for, or that of another host, are refused before a password is sent.
    let public = pair.database_with(|it| it.tls.enabled = true);
    let fault = public.standing().await.blue.unwrap_err();
    assert!(fault.text.contains("certificate") || fault.text.contains("TLS"), "{fault}");
}
