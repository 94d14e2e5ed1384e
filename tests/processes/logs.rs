//! What applications write.

use changeover::supervisor::settings::LogSettings;
use events::color::Color;

use crate::bed::{Bed, eventually};

#[tokio::test]
async fn a_flood_of_output_rotates_and_is_bounded() {
    let mut bed = Bed::new(&["/bin/sh", "-c", "while :; do echo out; echo err >&2; done"]);
    bed.settings.log = LogSettings { size: 20_000, keep: 2 };
    let bed = bed.started().await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    let log = bed.slot_folder("green-1").join("log");
    eventually("it has rotated more often than files are kept", || async {
        log.join("current.log.2").exists().then_some(())
    })
    .await;
    let first = std::fs::metadata(log.join("current.log.2")).unwrap().modified().unwrap();
    eventually("the oldest is another one", || async {
        (std::fs::metadata(log.join("current.log.2")).ok()?.modified().unwrap() != first).then_some(())
    })
    .await;
    let kept = std::fs::read_to_string(log.join("current.log.2")).unwrap();
    assert!(kept.contains("out\n") && kept.contains("err\n"));
    assert!(kept.len() <= 80_000, "{}", kept.len());
    assert!(!log.join("current.log.3").exists());
}

#[tokio::test]
async fn a_process_goes_on_writing_when_the_supervisor_is_dead() {
    let mut bed =
        Bed::new(&["/bin/sh", "-c", "while :; do if test -e ask; then rm ask; echo answer; fi; sleep 0.05; done"])
            .started()
            .await;
    bed.grow(Color::Green, 1).await;
    bed.deliver("green-1", "1.0.0");
    bed.runs("green-1", "1.0.0").await;
    bed.kill_supervisor();
    std::fs::write(bed.release("1.0.0").join("ask"), "").unwrap();
    let log = bed.slot_folder("green-1").join("log").join("current.log");
    eventually("it writes", || async { std::fs::read_to_string(&log).ok()?.contains("answer").then_some(()) }).await;
}
