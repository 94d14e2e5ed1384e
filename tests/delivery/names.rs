//! What a name stands for.

use std::fmt::Write as _;
use std::fs::File;
use std::process::Command;

use events::fault::FaultKind;
use events::release::ReleaseName;

use crate::world::{World, git};

#[tokio::test(flavor = "multi_thread")]
async fn a_release_stays_the_commit_that_it_was_though_its_branch_moves() {
    let world = World::new("");
    let first = world.git(&["rev-parse", "HEAD"]);
    let release = world.resolve("main").await.unwrap();
    assert_eq!(release.pin.as_str(), first);

    world.git(&["commit", "--quiet", "--amend", "--message", "another past"]);
    world.git(&["tag", "--delete", "1.0.0"]);
    let second = world.commit("version", "2.0.0");
    assert_eq!(world.resolve("main").await.unwrap().pin.as_str(), second);

    // What nothing names is thrown away by git sooner or later: a pin must not be.
    git(&world.path("delivery/repository.git"), &["gc", "--quiet", "--prune=now"]);
    std::fs::remove_dir_all(world.repository()).unwrap();

    world.start(&release, "k").await.unwrap();
    assert_eq!(world.end(&release, "k").await, changeover::ports::Progress::Reached);
    for machine in ["green-1", "green-2"] {
        assert_eq!(world.used(machine, "version"), "1.0.0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_a_tag_before_it_is_a_branch_before_it_is_a_commit() {
    let world = World::new("");
    let first = world.git(&["rev-parse", "HEAD"]);
    world.git(&["tag", "--annotate", "--message", "x", "both"]);
    let second = world.commit("version", "2.0.0");
    world.git(&["branch", "both"]);
    world.git(&["branch", "feature/basket"]);
    assert_eq!(world.resolve("both").await.unwrap().pin.as_str(), first, "an annotated tag is its commit");
    assert_eq!(world.resolve("feature/basket").await.unwrap().pin.as_str(), second);
    assert_eq!(world.resolve(&first).await.unwrap().pin.as_str(), first);
    assert_eq!(world.resolve(&first[..7]).await.unwrap().pin.as_str(), first);
    assert_eq!(world.resolve(&first[..10].to_uppercase()).await.unwrap().pin.as_str(), first);
    // A branch that is named like a commit is still that branch.
    world.git(&["branch", &first[..7], &second]);
    assert_eq!(world.resolve(&first[..7]).await.unwrap().pin.as_str(), second);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_answered_with_the_nearest() {
    let world = World::new("");
    for tag in ["1.41.0", "1.42.0", "v7"] {
        world.git(&["tag", tag]);
    }
    let fault = world.resolve("1.43.0").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Lasting);
    assert_eq!(fault.text, "the repository has no tag, branch or commit 1.43.0; the nearest are 1.41.0, 1.42.0, 1.0.0");
    for nothing in ["0123456789abcdef0123456789abcdef01234567", "0123456", "zzzzzzzz"] {
        let fault = world.resolve(nothing).await.unwrap_err();
        assert_eq!(fault.text, format!("the repository has no tag, branch or commit {nothing}"));
    }
    // Of commits at least seven digits are asked for.
    let head = world.git(&["rev-parse", "HEAD"]);
    assert!(world.resolve(&head[..6]).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_that_begin_two_commits_are_answered_with_both() {
    let world = World::new("");
    let (one, other, shared) = twins(&world);
    let fault = world.resolve(&shared).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Lasting);
    assert!(fault.text.starts_with(&format!("{shared} is the beginning of more than one commit")), "{fault}");
    for commit in [&one, &other] {
        assert!(fault.text.contains(&commit[..12]), "{fault}");
        assert_eq!(world.resolve(commit).await.unwrap().pin.as_str(), commit);
    }
}

/// Two commits whose first seven digits are the same, and these digits: among so many there are some. The commits are
/// the same in every run.
fn twins(world: &World) -> (String, String, String) {
    let mut stream = String::new();
    for number in 1..40_000 {
        write!(stream, "commit refs/heads/many\ncommitter A <a@example> {number} +0000\ndata 0\n").unwrap();
    }
    let path = world.path("stream");
    std::fs::write(&path, stream).unwrap();
    let mut import = Command::new("git");
    import.arg("-C").arg(world.repository()).args(["fast-import", "--quiet"]).stdin(File::open(path).unwrap());
    assert!(import.status().unwrap().success());
    let many = world.git(&["rev-list", "many"]);
    let mut commits: Vec<&str> = many.lines().collect();
    commits.sort_unstable();
    let pair = commits.windows(2).find(|pair| pair[0][..7] == pair[1][..7]).unwrap();
    (pair[0].to_owned(), pair[1].to_owned(), pair[0][..7].to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_commit_is_refused() {
    let world = World::new("");
    let file = world.git(&["rev-parse", "HEAD:version"]);
    world.git(&["tag", "a-file", &file]);
    let fault = world.resolve("a-file").await.unwrap_err();
    assert_eq!((fault.kind, fault.text.as_str()), (FaultKind::Lasting, "a-file does not name a commit"));
    assert!(world.resolve(&file[..10]).await.is_err());
}

#[test]
fn an_option_of_git_is_no_name() {
    for bad in ["--upload-pack=touch /tmp/x", "-x", "--exec=x", "main --", "a:b", "@{-1}", "main~1", "refs/../x"] {
        assert!(bad.parse::<ReleaseName>().is_err(), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_gone_leaves_tags_and_commits_but_no_branch() {
    let world = World::new("");
    let head = world.git(&["rev-parse", "HEAD"]);
    world.resolve("main").await.unwrap();
    std::fs::rename(world.repository(), world.path("elsewhere")).unwrap();

    assert_eq!(world.resolve("1.0.0").await.unwrap().pin.as_str(), head);
    assert_eq!(world.resolve(&head[..8]).await.unwrap().pin.as_str(), head);
    let branch = world.resolve("main").await.unwrap_err();
    assert_eq!(branch.kind, FaultKind::Passing);
    assert!(branch.text.starts_with("main is a branch, and where it points to now cannot be told"), "{branch}");
    let unknown = world.resolve("2.0.0").await.unwrap_err();
    assert_eq!(unknown.kind, FaultKind::Passing, "it may be there: {unknown}");
    assert!(unknown.text.contains("cannot be fetched"), "{unknown}");

    // What was resolved is delivered all the same.
    world.deliver("1.0.0", "k").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_never_was_is_a_fault() {
    let world = World::new("");
    std::fs::remove_dir_all(world.repository()).unwrap();
    let fault = world.resolve("main").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Passing);
    assert!(fault.text.contains("cannot be fetched"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_git_left_behind_does_not_stop_the_next() {
    let world = World::new("");
    world.resolve("main").await.unwrap();
    world.commit("version", "2.0.0");
    let mirror = world.path("delivery/repository.git");
    for lock in ["packed-refs.lock", "config.lock", "HEAD.lock", "refs/heads/main.lock"] {
        std::fs::write(mirror.join(lock), "").unwrap();
    }
    let head = world.git(&["rev-parse", "HEAD"]);
    assert_eq!(world.resolve("main").await.unwrap().pin.as_str(), head);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_ask_at_once() {
    let world = std::sync::Arc::new(World::new(""));
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.resolve("main").await.unwrap() })
        })
        .collect();
    let head = world.git(&["rev-parse", "HEAD"]);
    for answer in asked {
        assert_eq!(answer.await.unwrap().pin.as_str(), head);
    }
}
