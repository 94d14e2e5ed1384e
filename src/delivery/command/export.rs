//! The files of a commit, written into its release folder.

use std::path::Path;

use events::fault::Fault;
use events::release::Release;

use super::git::{Git, GitError};
use super::heard::submodules;
use super::layout::JobFolder;
use super::releases;
use crate::files;

/// How many paths are told.
const TOLD: usize = 5;

/// Writes the files of `release` into `folder`, which is made. Symbolic links are written as they are, and git writes
/// no file through one; submodules come as empty folders and Git LFS files as pointers, which is a fault unless
/// `allow_incomplete`. Returns what people should know.
pub(super) async fn export(
    git: &Git,
    release: &Release,
    job: &JobFolder,
    folder: &Path,
    allow_incomplete: bool,
) -> Result<Vec<String>, Fault> {
    let what = format!("{release} cannot be read");
    require(git, release).await?;
    let notes = missing(git, release).await.map_err(|error| error.fault(&what))?;
    if let Some(note) = notes.first().filter(|_| !allow_incomplete) {
        return Err(Fault::lasting(format!(
            "{release} is not whole: {note}; put them into the repository, or say allow_incomplete = true"
        )));
    }
    refuse_our_names(git, release).await?;

    std::fs::create_dir_all(folder).map_err(|error| files::fault("made", folder, &error))?;
    let index = job.path().join("index");
    for left in [index.clone(), index.with_added_extension("lock")] {
        // A killed attempt may have left them; a missing one is what is wanted, and git says the rest.
        let _ = std::fs::remove_file(left);
    }
    let what = format!("{release} cannot be written into {}", folder.display());
    git.check_out(release.pin.as_str(), folder, &index).await.map_err(|error| error.fault(&what))?;
    files::write_json(&folder.join(releases::IDENTITY), release)?;
    Ok(notes)
}

/// The commit is in the mirror, fetched if need be.
async fn require(git: &Git, release: &Release) -> Result<(), Fault> {
    let wanted = format!("{}^{{commit}}", release.pin);
    if git.ask(&["cat-file", "-e", &wanted]).await.is_ok() {
        return Ok(());
    }
    git.fetch().await?;
    git.ask(&["cat-file", "-e", &wanted])
        .await
        .map(drop)
        .map_err(|_| Fault::lasting(format!("the repository does not have the commit of {release}")))
}

/// What of the release git does not have.
async fn missing(git: &Git, release: &Release) -> Result<Vec<String>, GitError> {
    let pin = release.pin.as_str();
    let mut notes = Vec::new();
    let listed = git.ask(&["ls-tree", "-r", "-z", "--full-tree", pin]).await?;
    let submodules = submodules(&listed);
    if !submodules.is_empty() {
        notes.push(format!("submodules are empty folders ({})", told(&submodules)));
    }
    let large = ["grep", "-l", "-z", "-e", "filter=lfs", pin, "--", ".gitattributes", "*/.gitattributes"];
    match git.ask(&large).await {
        Ok(files) if !files.is_empty() => {
            notes.push("Git LFS files are pointers without their content".to_owned());
        }
        // It ends with 1 when nothing is found.
        Ok(_) | Err(GitError::Refused(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(notes)
}

/// A repository that brings files of our names would be taken at its word.
async fn refuse_our_names(git: &Git, release: &Release) -> Result<(), Fault> {
    let ours = [releases::IDENTITY, releases::COMPLETE];
    let listed = git.ask(&["ls-tree", "--name-only", release.pin.as_str(), "--", ours[0], ours[1]]).await;
    let listed = listed.map_err(|error| error.fault(&format!("{release} cannot be read")))?;
    listed.lines().next().map_or(Ok(()), |name| {
        Err(Fault::lasting(format!("{release} holds a file named {name}: a delivery writes it, remove it there")))
    })
}

fn told(paths: &[&str]) -> String {
    let more = if paths.len() > TOLD { ", …" } else { "" };
    format!("{}{more}", paths.get(..TOLD).unwrap_or(paths).join(", "))
}
