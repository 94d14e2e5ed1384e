//! Release folders and links: what is put into use, restored, kept and removed.

use std::os::unix::fs::PermissionsExt as _;

use changeover::ports::{Delivery as _, EffectKey, Progress};
use events::fault::FaultKind;
use events::release::Release;

use crate::world::{World, hook, machines};

async fn running(world: &World) -> Vec<Option<Release>> {
    let running = world.delivery.running(&world.machines).await.unwrap();
    running.into_iter().map(|it| it.release).collect()
}

async fn restore(world: &World, release: Option<&Release>) -> Result<(), events::fault::Fault> {
    let releases: Vec<_> = world.machines.iter().map(|machine| (machine.clone(), release.cloned())).collect();
    world.delivery.restore(&releases, &EffectKey("undo".into())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_machine_runs_the_same_and_says_which() {
    let world = World::new("");
    assert_eq!(running(&world).await, [None, None]);
    let release = world.deliver("1.0.0", "k").await;
    assert_eq!(running(&world).await, [Some(release.clone()), Some(release.clone())]);
    let identity: Release = serde_json::from_str(&world.used("green-1", ".changeover-release")).unwrap();
    assert_eq!(identity, release);
    let links: Vec<_> = ["green-1", "green-2"]
        .map(|it| std::fs::read_link(world.path("slots").join(it).join("current")).unwrap())
        .into();
    assert_eq!(links[0], links[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_release_is_used_again_without_building() {
    let mut world = World::new(&hook("build", "echo x >> ../../../built", ""));
    world.deliver("1.0.0", "one").await;
    let release = world.deliver("1.0.0", "two").await;
    world.machines = machines(&["blue-1"]);
    assert_eq!(world.progress(&release, "three").await, Progress::Away);
    world.deliver("1.0.0", "three").await;
    assert_eq!(std::fs::read_to_string(world.path("built")).unwrap(), "x\n");

    // Other hooks make another release of the same commit: it is not answered with the old one.
    world.with(&hook("build", "echo y >> ../../../built", ""));
    assert_eq!(world.progress(&release, "four").await, Progress::Away);
    world.deliver("1.0.0", "four").await;
    assert_eq!(std::fs::read_to_string(world.path("built")).unwrap(), "x\ny\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_go_back_to_what_they_ran_and_twice_is_once() {
    let mut world = World::new("");
    let first = world.deliver("1.0.0", "one").await;
    world.commit("version", "2.0.0");
    let second = world.deliver("main", "two").await;
    for _ in 0..2 {
        restore(&world, Some(&first)).await.unwrap();
        assert_eq!(running(&world).await, [Some(first.clone()), Some(first.clone())]);
    }
    let Progress::Failed(fault) = world.progress(&second, "two").await else { panic!("it is not there any more") };
    assert_eq!(fault.kind, FaultKind::Drift);
    world.start(&second, "two").await.unwrap();
    assert_eq!(world.end(&second, "two").await, Progress::Reached);

    for _ in 0..2 {
        restore(&world, None).await.unwrap();
        assert_eq!(running(&world).await, [None, None]);
    }
    let unknown = Release { name: "9.9.9".parse().unwrap(), pin: first.pin.clone() };
    let fault = restore(&world, Some(&unknown)).await.unwrap_err();
    assert!(fault.text.starts_with("green-1 cannot use 9.9.9"), "{fault}");
    world.machines = machines(&["../x"]);
    assert!(restore(&world, None).await.is_err());
    world.machines = Vec::new();
    assert!(world.start(&first, "nobody").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn old_releases_are_removed_but_none_that_is_used_or_was_used_just_before() {
    let mut world = World::new("keep = 2");
    world.machines = machines(&["blue-1"]);
    let live = world.deliver("1.0.0", "live").await;
    world.machines = machines(&["green-1"]);
    let mut pins = Vec::new();
    for number in 0..5 {
        world.commit("version", &number.to_string());
        pins.push(world.deliver("main", &format!("k{number}")).await.pin);
    }
    let mut expected: Vec<&str> = [&live.pin, &pins[3], &pins[4]].map(events::release::Pin::as_str).into();
    expected.sort_unstable();
    let kept = world.releases();
    assert_eq!(kept.iter().map(|name| &name[..40]).collect::<Vec<_>>(), expected);
    assert_eq!(world.used("blue-1", "version"), "1.0.0");

    // What is unfinished goes too; the way back of a machine stays, however few are kept.
    std::fs::create_dir(world.path("delivery/releases/unfinished")).unwrap();
    world.with("keep = 0");
    world.commit("version", "5");
    let newest = world.deliver("main", "k5").await;
    let mut expected: Vec<&str> = [&live.pin, &pins[4], &newest.pin].map(events::release::Pin::as_str).into();
    expected.sort_unstable();
    assert_eq!(world.releases().iter().map(|name| &name[..40]).collect::<Vec<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_in_the_repository_are_written_as_they_are_and_never_followed() {
    let world = World::new("");
    let outside = world.path("outside");
    std::fs::write(&outside, "untouched").unwrap();
    std::os::unix::fs::symlink(&outside, world.repository().join("link")).unwrap();
    std::os::unix::fs::symlink("version", world.repository().join("alias")).unwrap();
    std::fs::write(world.repository().join("run"), "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(world.repository().join("run"), std::fs::Permissions::from_mode(0o755)).unwrap();
    world.commit("deep/er/file", "x");
    world.deliver("main", "k").await;
    let current = world.path("slots/green-1/current");
    assert_eq!(std::fs::read_link(current.join("link")).unwrap(), outside);
    assert_eq!(world.used("green-1", "alias"), "1.0.0");
    assert_eq!(world.used("green-1", "deep/er/file"), "x");
    assert_eq!(std::fs::metadata(current.join("run")).unwrap().permissions().mode() & 0o111, 0o111);
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "untouched");
    assert!(!current.join(".git").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_may_not_bring_what_the_delivery_writes() {
    for name in [".changeover-release", ".changeover-complete"] {
        let world = World::new("");
        world.commit(name, "{}");
        world.git(&["tag", "--force", "1.0.0"]);
        let fault = world.fail("k").await;
        assert!(fault.text.contains(&format!("holds a file named {name}")), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_not_whole_is_refused_unless_that_is_wanted() {
    let mut world = World::new("");
    let head = world.git(&["rev-parse", "HEAD"]);
    world.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},vendor/theme")]);
    std::fs::write(world.repository().join(".gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n").unwrap();
    world.git(&["add", ".gitattributes"]);
    world.git(&["commit", "--quiet", "--message", "x"]);
    world.git(&["tag", "--force", "1.0.0"]);
    let fault = world.fail("k").await;
    assert!(fault.text.contains("is not whole: submodules are empty folders (vendor/theme)"), "{fault}");

    world.with("allow_incomplete = true");
    world.deliver("1.0.0", "k").await;
    let log = std::fs::read_to_string(world.job().join("output.log")).unwrap();
    assert!(log.contains("submodules are empty folders") && log.contains("Git LFS files are pointers"), "{log}");
    assert!(world.path("slots/green-1/current/vendor/theme").is_dir());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_cannot_be_used_is_named() {
    let world = World::new("");
    let release = world.resolve("1.0.0").await.unwrap();
    std::fs::write(world.path("slots"), "a file").unwrap();
    let fault = world.start(&release, "k").await.unwrap_err();
    assert!(fault.text.contains("slots/green-1/current cannot be read"), "{fault}");
    std::fs::remove_file(world.path("slots")).unwrap();

    std::fs::create_dir_all(world.path("slots/green-1/current")).unwrap();
    let fault = world.start(&release, "k").await.unwrap_err();
    assert!(fault.text.contains("slots/green-1/current cannot be read as a link"), "{fault}");
    std::fs::remove_dir_all(world.path("slots")).unwrap();

    std::fs::create_dir_all(world.path("slots/green-2/current.new/x")).unwrap();
    let fault = world.fail("k").await;
    assert!(fault.text.contains("slots/green-2/current cannot be replaced"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_one_delivery_for_ever() {
    let world = World::new("");
    world.deliver("1.0.0", "k").await;
    world.commit("version", "2.0.0");
    let other = world.resolve("main").await.unwrap();
    let fault = world.start(&other, "k").await.unwrap_err();
    assert!(fault.text.starts_with("k stands for the delivery of 1.0.0"), "{fault}");
}
