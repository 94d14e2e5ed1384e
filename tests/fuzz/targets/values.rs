//! Small things that have one spelling: durations, sizes, names, addresses, heads.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use changeover::config::environment::VariableName;
use changeover::config::{duration, size};
use changeover::delivery::command::{HookName, Repository};
use changeover::edge::network::Network;
use changeover::log::chain::Head;
use changeover::log::store_id::StoreId;
use changeover::supervisor::settings::PortRange;
use changeover::supervisor::slot_id::SlotId;
use commands::calendar::{Crontab, Zone};
use events::chain::Hash;
use events::color::Color;
use events::name::{CheckName, MachineId, ServiceName, SiteName, StageName};
use events::release::{Pin, ReleaseName};

use super::{bytes, text};
use crate::target::Target;

pub(crate) const VALUE: Target = Target {
    name: "values",
    rule: "what is read is printed as what reads back as the same, and leads nowhere",
    seeds,
    read,
    inputs: 12_000,
    longest: 2_000,
};

fn seeds() -> Vec<Vec<u8>> {
    let digits = "0a1b2c3d4e0a1b2c3d4e0a1b2c3d4e0a1b2c3d4e";
    let hash = "ab".repeat(32);
    let head = format!("42:{hash}");
    let texts = [
        "500ms",
        "30s",
        "24h",
        "7d",
        "10MB",
        "500kB",
        "0B",
        "shop",
        "shop/production",
        "green-12",
        "9000-9099",
        "10.0.0.0/8",
        "2001:db8::/32",
        "::ffff:10.1.2.3",
        "DATABASE_URL",
        "1.42.0",
        "feature/basket",
        "v1+2_3-x",
        "30 3 * * MON-FRI",
        "@daily",
        "*/15 0,12 1-7 JAN-MAR 0",
        "Europe/Berlin",
        "UTC",
        "/srv/shop.git",
        "git@git.example:shop.git",
        "ssh://git@git.example:22/shop",
        "https://git.example/shop.git",
        "file:///srv/shop",
        "ext::sh -c date",
        "--upload-pack=x",
        "../x.lock",
        digits,
        &hash,
        &hash[..32],
        &head,
    ];
    bytes(texts)
}

fn read(input: &[u8]) -> String {
    let text = text(input);
    let mut known = Vec::new();
    if let Ok(read) = duration::parse(&text) {
        assert_eq!(duration::parse(&duration::format(read)), Ok(read));
        known.push("duration");
    }
    if let Ok(read) = size::parse(&text) {
        assert_eq!(size::parse(&size::spell(read)), Ok(read));
        known.push("size");
    }
    // Each of these stands in paths, arguments, streams or logs.
    known.extend(same::<ServiceName>(&text, "service"));
    known.extend(same::<StageName>(&text, "stage"));
    known.extend(same::<SiteName>(&text, "site"));
    known.extend(same::<CheckName>(&text, "check"));
    known.extend(same::<MachineId>(&text, "machine"));
    known.extend(same::<SlotId>(&text, "slot"));
    known.extend(same::<Pin>(&text, "pin"));
    known.extend(again::<Hash>(&text, "hash"));
    known.extend(again::<Head>(&text, "head"));
    known.extend(again::<Color>(&text, "color"));
    known.extend(again::<Network>(&text, "network"));
    known.extend(again::<PortRange>(&text, "ports"));
    known.extend(again::<Zone>(&text, "zone"));
    known.extend(again::<Crontab>(&text, "crontab"));
    if same::<ReleaseName>(&text, "release").is_some() {
        assert!(!text.starts_with(['-', '/']) && !text.split('/').any(|it| it == ".." || it.is_empty()));
        known.push("release");
    }
    if text.parse::<StoreId>().is_ok_and(|id| id.as_str() == text) {
        known.push("store id");
    }
    if HookName::try_from(text.clone()).is_ok_and(|name| name.to_string() == text) {
        known.push("hook");
    }
    if VariableName::try_from(text.clone()).is_ok() {
        assert!(!text.contains(['=', '\0']) && !text.is_empty());
        known.push("variable");
    }
    repository(&text, &mut known);
    known.join(" ")
}

/// What is spelled in one way only.
fn same<T: FromStr + Display + Debug + PartialEq>(text: &str, name: &'static str) -> Option<&'static str>
where
    T::Err: Display,
{
    match text.parse::<T>() {
        Ok(read) => {
            assert_eq!(read.to_string(), text, "{name}");
            assert!(!text.is_empty() && !text.chars().any(|c| c.is_control() || c == ' '), "{name}");
            Some(name)
        }
        Err(error) => explained(&error, name),
    }
}

/// What may be spelled in many ways, and is printed in one.
fn again<T: FromStr + Display + Debug>(text: &str, name: &'static str) -> Option<&'static str>
where
    T::Err: Display,
{
    match text.parse::<T>() {
        Ok(read) => {
            let printed = read.to_string();
            let again = printed.parse::<T>().unwrap_or_else(|error| panic!("{name} {printed:?}: {error}"));
            assert_eq!(again.to_string(), printed, "{name}");
            Some(name)
        }
        Err(error) => explained(&error, name),
    }
}

fn explained(error: &dyn Display, name: &str) -> Option<&'static str> {
    assert!(!error.to_string().is_empty(), "{name}");
    None
}

/// What git is given must be a place to it, and no option, helper or password.
fn repository(text: &str, known: &mut Vec<&'static str>) {
    let Ok(repository) = Repository::try_from(text.to_owned()) else { return };
    assert_eq!(repository.as_str(), text);
    assert!(!text.starts_with('-') && !text.chars().any(char::is_control));
    if let Some(local) = repository.local() {
        known.push("local repository");
        // A relative path is made whole, so that no part of it is taken for anything else.
        assert!(local.is_absolute() || text.starts_with("file://"), "{}", local.display());
    } else {
        known.push("remote repository");
        let before_path = text.split_once("://").map_or(text, |(_, rest)| rest).split('/').next().unwrap_or_default();
        let user = before_path.rsplit_once('@').map_or("", |(user, _)| user);
        assert!(!before_path.contains("::") || text.contains("://"), "a helper of git");
        let holds_password = text.contains("://") && user.contains(':');
        assert!(!user.starts_with('-') && !holds_password, "{user}");
    }
}
