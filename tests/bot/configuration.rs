//! A configuration that can't be: file, line and a sentence, and nothing starts.

use std::net::TcpListener;

use crate::kit::{Shop, Terms};

/// Serves with the configuration changed by `change`, which must fail with a sentence that holds all of `expected`.
async fn refuses(terms: &Terms, change: impl Fn(&str) -> String, expected: &[&str]) {
    let shop = Shop::closed(terms);
    let path = shop.path("changeover.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed, "{expected:?}");
    std::fs::write(&path, &changed).unwrap();
    for verb in [["serve", "--config", "changeover.toml"].as_slice(), &["check", "changeover.toml"]] {
        let output = shop.command(verb).await;
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{expected:?}: {told}");
        for expected in expected {
            assert!(told.contains(expected), "{expected:?}: {told}");
        }
        // Where the mistake is: the line that differs, or the table that it stands in.
        let place = told.split_once("changeover.toml:").map(|(_, rest)| rest.split(':').next().unwrap());
        let line: usize = place.unwrap_or_else(|| panic!("no place: {told}")).parse().unwrap();
        assert!((1..=changed.lines().count()).contains(&line), "{told}");
    }
    assert_eq!(shop.processes(), []);
    for made in ["changeover.db", "changeover.sock", "changeover.d"] {
        assert!(!shop.path(made).exists(), "{made} was made");
    }
    shop.end().await;
}

#[tokio::test]
async fn a_mistake_in_the_file_is_told_with_its_place_and_nothing_starts() {
    let one = Terms::default();
    let replace = |from: &'static str, to: &'static str| move |text: &str| text.replacen(from, to, 1);
    refuses(&one, replace("in_a_row", "in_a_rwo"), &["in_a_rwo", "in_a_row"]).await;
    refuses(&one, replace("[site.window]", "[site.windw]"), &["windw", "window"]).await;
    refuses(&one, replace("count = 2", "count = \"two\""), &["two"]).await;
    refuses(&one, replace("lasts = \"1h\"", "lasts = \"60\""), &["60"]).await;
    refuses(&one, replace("lasts = \"1h\"", "lasts = 60"), &["60"]).await;
    refuses(&one, replace("* * * * *", "* * * *"), &["five"]).await;
    refuses(&one, replace("* * * * *", "61 * * * *"), &["minute", "0 to 59"]).await;
    refuses(&one, replace("[site.window]", "[site.window]\nzone = \"Europe/Atlantis\""), &["no time zone"]).await;
    refuses(&one, |text| text.replace("site.check", "site.chek"), &["chek", "check"]).await;
    refuses(&one, replace("[site.gates]", "[site.gates"), &[]).await;
    let secret = Terms { alert: Some("{ env = \"NO_SUCH_SECRET\" }".to_owned()), ..Terms::default() };
    refuses(&secret, |text| format!("{text}\n"), &["NO_SUCH_SECRET"]).await;
    let two = Terms { sites: vec!["shop/demo", "shop/other"], ..Terms::default() };
    refuses(&two, replace("stage = \"other\"", "stage = \"demo\""), &["two sites", "shop/demo"]).await;
}

/// A site whose database crosses, with what else is said of that.
fn with_databases(more: &str) -> Terms {
    let database = format!(
        r#"
[site.database.mysql]
user = "changeover"
password = {{ file = "secret" }}
application = ["shop"]
blue = {{ host = "10.0.0.11" }}
green = {{ host = "10.0.0.12" }}
replication = {{ user = "replication", password = {{ file = "secret" }}, tls = false }}
{more}
"#
    );
    Terms { database, traffic: "waiting_limit = 10", ..Terms::default() }
}

#[tokio::test]
async fn a_database_crosses_where_requests_can_wait_or_somebody_says_what_becomes_of_writes() {
    let nobody_waits = |text: &str| text.replacen("waiting_limit = 10", "waiting_limit = 0", 1);
    let words = ["can't let requests wait", "[site.database.mysql.repoint]", "allow_write_errors"];
    refuses(&with_databases(""), nobody_waits, &words).await;
    let pointed = "[site.database.mysql.repoint]\nrun = [\"true\"]\nlook = [\"true\"]";
    let failing = "[site.crossing]\nallow_write_errors = \"45s\"";
    // All that is said of neither is as it is by itself.
    for (way, limit) in [(pointed, "10"), (pointed, "0"), (failing, "10"), (failing, "0")] {
        let shop = Shop::closed(&with_databases(way));
        let path = shop.path("changeover.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("waiting_limit = 10", &format!("waiting_limit = {limit}"), 1)).unwrap();
        std::fs::write(shop.path("secret"), "secret").unwrap();
        let output = shop.command(&["check", "changeover.toml"]).await;
        assert!(output.status.success(), "{way}: {}", String::from_utf8_lossy(&output.stderr));
        shop.end().await;
    }
    let short = with_databases("[site.crossing]\nallow_write_errors = \"45s\"");
    refuses(&short, |text| text.replacen("45s", "2s", 1), &["make `allow_write_errors` longer than 2500ms"]).await;
}

#[tokio::test]
async fn a_port_that_somebody_listens_on_is_told_with_its_place_and_nothing_starts() {
    let shop = Shop::closed(&Terms::default());
    let text = std::fs::read_to_string(shop.path("changeover.toml")).unwrap();
    let listen = text.lines().position(|it| it.starts_with("listen")).unwrap();
    let address = text.lines().nth(listen).unwrap().split('"').nth(1).unwrap();
    let _taken = TcpListener::bind(address).unwrap();
    let output = shop.command(&["serve", "--config", "changeover.toml"]).await;
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    // The table begins a line before.
    let place = format!("changeover.toml:{listen}:");
    assert!(told.contains(address) && told.contains(&place), "{told}");
    assert_eq!(shop.processes(), []);
    assert!(!shop.path("changeover.db").exists(), "a log was made");
    shop.end().await;
}
