//! What a name stands for: a tag, a branch or a commit, found in the mirror, pinned to its commit.

use std::collections::BTreeSet;

use events::fault::Fault;
use events::release::{Pin, Release, ReleaseName};

use super::git::{Git, GitError};
use super::heard::{TOLD, pin, unknown};

/// The shortest beginning of a commit that is looked for.
const SHORTEST: usize = 7;

/// Fetches, then looks for a tag, a branch and a commit of that name, in this order. When the repository can't be
/// reached, a tag or a commit that is known here stands; a branch does not, because it moves.
pub(super) async fn resolve(git: &Git, name: &ReleaseName) -> Result<Release, Fault> {
    let fetched = git.fetch().await;
    let what = format!("{name} cannot be looked up");
    let refs = match git.ask(&["for-each-ref", "--format=%(refname)", "refs/tags", "refs/heads"]).await {
        Ok(refs) => refs,
        // Without a mirror, the reason why there is none says more.
        Err(error) => return Err(fetched.err().unwrap_or_else(|| error.fault(&what))),
    };
    let refs: BTreeSet<&str> = refs.lines().collect();

    let (tag, branch) = (format!("refs/tags/{name}"), format!("refs/heads/{name}"));
    let found = if refs.contains(tag.as_str()) {
        Some(commit_of(git, &tag, name).await?)
    } else if refs.contains(branch.as_str()) {
        fetched.clone().map_err(|fault| {
            Fault::passing(format!("{name} is a branch, and where it points to now cannot be told: {fault}"))
        })?;
        Some(commit_of(git, &branch, name).await?)
    } else {
        commit(git, name).await?
    };
    let Some(pin) = found else {
        fetched?;
        return Err(unknown(name, &refs));
    };
    if let Err(fault) = fetched {
        tracing::warn!(%name, %pin, %fault, "the name was looked up in what was fetched earlier");
    }
    git.keep(&pin).await?;
    Ok(Release { name: name.clone(), pin })
}

async fn commit_of(git: &Git, reference: &str, name: &ReleaseName) -> Result<Pin, Fault> {
    let wanted = format!("{reference}^{{commit}}");
    let answer = git.ask(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).await;
    let answer = answer.map_err(|error| match error {
        GitError::Refused(_) => Fault::lasting(format!("{name} does not name a commit")),
        GitError::Late(_) | GitError::Stopped | GitError::TooMuch | GitError::Broken(_) => {
            error.fault(&format!("{name} cannot be looked up"))
        }
    })?;
    pin(&answer)
}

/// The commit whose digits `name` begins with; none if there is none or `name` is something else.
async fn commit(git: &Git, name: &ReleaseName) -> Result<Option<Pin>, Fault> {
    let digits = name.as_str().to_ascii_lowercase();
    let is_commit = (SHORTEST..=64).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_hexdigit());
    if !is_commit {
        return Ok(None);
    }
    let what = format!("{name} cannot be looked up");
    let wanted = format!("--disambiguate={digits}");
    // Of digits that nothing begins with, git says nothing, or, if they are all there are, repeats them.
    let objects = git.ask(&["rev-parse", &wanted]).await.map_err(|error| error.fault(&what))?;
    let mut commits = Vec::new();
    for object in objects.lines() {
        // Files and folders that begin alike are no candidates.
        if git.ask(&["cat-file", "-t", object]).await.is_ok_and(|kind| kind.trim() == "commit") {
            commits.push(pin(object)?);
        }
        if commits.len() > TOLD {
            break;
        }
    }
    if commits.len() > 1 {
        let told: Vec<&str> = commits.iter().take(TOLD).map(Pin::short).collect();
        let more = if commits.len() > TOLD { " and more" } else { "" };
        return Err(Fault::lasting(format!(
            "{name} is the beginning of more than one commit, {}{more}: give more digits",
            told.join(", ")
        )));
    }
    Ok(commits.pop())
}
