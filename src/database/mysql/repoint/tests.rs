//! Programs that point environments to a server, run for real.

use super::*;
use crate::clock::SystemClock;
use crate::strays::MARK;

fn settings(repoint: &str) -> Settings {
    let text = format!(
        r#"
        user = "changeover"
        password = {{ env = "DB_PASSWORD" }}
        application = ["shop"]
        blue = {{ host = "10.0.0.5" }}
        green = {{ host = "10.0.0.6", port = 3307 }}
        replication = {{ user = "repl", password = {{ env = "REPL_PASSWORD" }}, tls = false }}
        [repoint]
        {repoint}
        "#
    );
    let look = if repoint.contains("look =") { "" } else { "look = [\"true\"]" };
    toml::from_str(&format!("{text}\n{look}")).unwrap()
}

async fn point(settings: &Settings, folder: &Path, color: Color) -> Result<(), Fault> {
    let key = EffectKey("shop/production/7/8".to_owned());
    repoint(settings, folder, &SystemClock::new(), color, Color::Green, &key).await
}

#[tokio::test]
async fn each_environment_is_pointed_by_itself_or_what_both_use_moves() {
    let folder = tempfile::tempdir().unwrap();
    let asked = folder.path().join("asked");
    let run = |words: &str| {
        settings(&format!("run = [\"sh\", \"-c\", \"echo $@ $CHANGEOVER_PRIMARY >> {}\", {words}]", asked.display()))
    };
    let each = run(r#""point", "{color}", "{host}", "{port}""#);
    for color in Color::BOTH {
        point(&each, folder.path(), color).await.unwrap();
    }
    point(&run(r#""point", "{primary}", "{host}""#), folder.path(), Color::Blue).await.unwrap();
    let asked = std::fs::read_to_string(&asked).unwrap();
    assert_eq!(asked, "blue 10.0.0.6 3307 green\ngreen 10.0.0.6 3307 green\ngreen 10.0.0.6 green\n");
}

#[tokio::test]
async fn what_is_not_pointed_is_told_with_what_a_person_can_do_and_what_he_did_counts() {
    let folder = tempfile::tempdir().unwrap();
    let failing = r#"run = ["sh", "-c", "echo no route to $0; exit 1", "{color}", "{port}"]"#;
    let unseen = settings(&format!("{failing}\nlook = [\"false\"]"));
    let fault = point(&unseen, folder.path(), Color::Green).await.unwrap_err();
    assert_eq!(fault.kind, events::fault::FaultKind::Passing);
    for part in [
        "green could not be pointed to the database of green (by hand: sh -c 'echo no",
        "exit code 1",
        "no route to green",
    ] {
        assert!(fault.text.contains(part), "{fault}");
    }
    assert_eq!(point(&settings(failing), folder.path(), Color::Green).await, Ok(()), "somebody did it by hand");
    let wrong = settings("run = [\"true\"]\nlook = [\"sh\", \"-c\", \"echo still at $0; exit 1\", \"{primary}\"]");
    let fault = point(&wrong, folder.path(), Color::Blue).await.unwrap_err();
    assert!(fault.text.starts_with("both environments could not be pointed"), "{fault}");
    assert!(fault.text.ends_with("still at green"), "{fault}");
    let reading = pointed(&wrong, Color::Blue, Color::Green).await.unwrap();
    assert_eq!((reading.verdict, reading.value.as_str()), (Verdict::Fail, "still at green"));
    let gone = Settings { repoint: None, ..wrong };
    let fault = point(&gone, folder.path(), Color::Green).await.unwrap_err();
    assert_eq!(fault.kind, events::fault::FaultKind::Lasting);
}

#[tokio::test]
async fn what_a_dead_bot_has_still_pointing_is_ended_and_what_was_left_on_purpose_stays() {
    let folder = tempfile::tempdir().unwrap();
    // Out of its process group, as what outlives its program is.
    let is_on_its_own = r#"until [ \"$(cut -d ' ' -f 6 /proc/$!/stat)\" = $! ]; do :; done"#;
    let tunnel = folder.path().join("tunnel");
    let run = format!(
        r#"run = ["sh", "-c", "setsid sleep 600 > /dev/null 2>&1 & echo $! > {}; {is_on_its_own}"]"#,
        tunnel.display()
    );
    let environment = || {
        let pid = std::fs::read_to_string(&tunnel).unwrap();
        std::fs::read_to_string(format!("/proc/{}/environ", pid.trim())).ok().filter(|it| !it.is_empty())
    };
    point(&settings(&run), folder.path(), Color::Blue).await.unwrap();
    end(folder.path()).await.unwrap();
    let variables = environment().expect("a tunnel that was opened stays open");
    let mark = variables.split('\0').filter_map(|it| it.split_once('=')).find(|(name, _)| *name == MARK).unwrap().1;
    // One that fails later ends what it has started itself.
    let failing = settings("run = [\"false\"]\nlook = [\"false\"]");
    point(&failing, folder.path(), Color::Blue).await.unwrap_err();
    assert!(environment().is_some());
    // As a bot leaves it that was killed meanwhile.
    write(&note(folder.path(), BOTH), mark).unwrap();
    end(folder.path()).await.unwrap();
    assert_eq!((crate::strays::find(mark), environment()), (Vec::new(), None));
    assert!(!note(folder.path(), BOTH).exists());
}

#[test]
fn whoever_looks_knows_no_more_than_whoever_points() {
    for (look, is_fine) in [("{color}", false), ("{primary}", true)] {
        let settings = settings(&format!("run = [\"true\"]\nlook = [\"true\", \"{look}\"]"));
        assert_eq!(settings.check().is_ok(), is_fine);
    }
}
