//! The shop's releases: a small git repository with a tag for each.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::DemoError;

/// A release of the shop and how it behaves.
struct Tagged {
    tag: &'static str,
    behaviour: &'static str,
}

const RELEASES: [Tagged; 4] = [
    Tagged { tag: "v1", behaviour: "version = \"1\"\nwarm_up = \"300ms\"\n" },
    Tagged { tag: "v2", behaviour: "version = \"2\"\nwarm_up = \"300ms\"\n" },
    Tagged { tag: "v3-broken", behaviour: "version = \"3\"\nwarm_up = \"300ms\"\nhealthy = false\n" },
    Tagged { tag: "v4", behaviour: "version = \"4\"\nwarm_up = \"200ms\"\n" },
];

/// How long one call of git may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes the repository in `folder`. Authors and dates are fixed, so that the commits are the same everywhere.
pub(super) async fn create(folder: &Path) -> Result<(), DemoError> {
    std::fs::create_dir(folder).map_err(|source| DemoError::File { path: folder.to_owned(), source })?;
    git(folder, &["init", "--quiet"]).await?;
    for Tagged { tag, behaviour } in RELEASES {
        let path = folder.join(crate::sample::BEHAVIOUR_FILE);
        std::fs::write(&path, behaviour).map_err(|source| DemoError::File { path, source })?;
        git(folder, &["add", "--all"]).await?;
        git(folder, &["commit", "--quiet", "--message", &format!("shop: Release {tag}")]).await?;
        git(folder, &["tag", tag]).await?;
    }
    Ok(())
}

async fn git(folder: &Path, arguments: &[&str]) -> Result<(), DemoError> {
    let what = || arguments.first().copied().unwrap_or_default().to_owned();
    let mut command = Command::new("git");
    command
        .args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", "-c", "user.name=shop"])
        .args(["-c", "user.email=shop@example.com", "-c", "core.hooksPath=/dev/null"])
        .args(arguments)
        .current_dir(folder)
        // A person's own settings, or a hook that this runs in, must not change what is made.
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .process_group(0);
    for inherited in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(inherited);
    }
    let output = match tokio::time::timeout(PATIENCE, command.output()).await {
        Err(_) => return Err(DemoError::Git { what: what(), reason: format!("did not end within {PATIENCE:?}") }),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => return Err(DemoError::NoGit),
        Ok(Err(error)) => return Err(DemoError::Git { what: what(), reason: error.to_string() }),
        Ok(Ok(output)) => output,
    };
    if output.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(DemoError::Git { what: what(), reason: format!("{}: {}", output.status, reason.trim()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_releases_are_the_same_commits_everywhere() {
        let folder = tempfile::tempdir().unwrap();
        let shop = folder.path().join("shop");
        create(&shop).await.unwrap();
        let pin = |tag: &str| std::fs::read_to_string(shop.join(".git/refs/tags").join(tag)).unwrap();
        expect_test::expect![[r"
            a16b2c3336b836386497631088cc05fcb4376a3a
        "]]
        .assert_eq(&pin("v1"));
        assert_ne!(pin("v1"), pin("v2"));
        for Tagged { behaviour, .. } in RELEASES {
            toml::from_str::<crate::sample::Behaviour>(behaviour).unwrap();
        }
    }
}
