//! Who the asker is to us, and what they may do.

use events::name::SiteName;

use crate::policy::{Policy, Verbs};
use crate::speaker::Speaker;

/// Who somebody is, with their groups, and what they are and may say at each site.
#[must_use]
pub fn whoami<'a>(policy: &Policy, speaker: &Speaker, sites: impl IntoIterator<Item = &'a SiteName>) -> String {
    let actor = &speaker.actor;
    if policy.is_free(speaker) {
        return format!("you are {actor}: somebody at this machine's console, who may say everything here");
    }
    let groups: Vec<&str> = speaker.groups.iter().map(String::as_str).collect();
    let groups = if groups.is_empty() { String::new() } else { format!(", in {}", groups.join(" and ")) };
    let lines = sites.into_iter().map(|site| format!("\n  {site}: {}", at(policy, speaker, site)));
    format!("you are {actor}{groups}; anybody may ask, and you may say{}", lines.collect::<String>())
}

fn at(policy: &Policy, speaker: &Speaker, site: &SiteName) -> String {
    let roles: Vec<String> = policy.roles_of(speaker, site).map(|it| it.name.to_string()).collect();
    if roles.is_empty() {
        return "nothing else, because no role has you here".to_owned();
    }
    let verbs = policy.verbs(speaker, site);
    let is_all = Verbs::all().iter().all(|it| verbs.contains(it));
    let said = if is_all { "everything".to_owned() } else { Vec::from_iter(verbs).join(", ") };
    format!("{said} (as {})", roles.join(" and "))
}
