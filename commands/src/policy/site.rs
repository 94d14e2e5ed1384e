//! Which sites are meant: `shop/production`, `shop/*`, `*/staging`, `*/*`.

use std::fmt;
use std::str::FromStr;

use events::name::{ServiceName, SiteName, StageName};

/// One site, the stages of a service, the services of a stage, or all there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sites {
    service: Option<ServiceName>,
    stage: Option<StageName>,
}

/// A text that means no sites.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("that means no sites: write SERVICE/STAGE, with * for any, such as shop/production, shop/* or */staging")]
pub struct BadSites;

impl Sites {
    #[must_use]
    pub fn include(&self, site: &SiteName) -> bool {
        self.service.as_ref().is_none_or(|it| *it == site.service)
            && self.stage.as_ref().is_none_or(|it| *it == site.stage)
    }
}

impl FromStr for Sites {
    type Err = BadSites;

    fn from_str(text: &str) -> Result<Self, BadSites> {
        let (service, stage) = text.split_once('/').ok_or(BadSites)?;
        Ok(Self { service: any_or(service)?, stage: any_or(stage)? })
    }
}

fn any_or<T: FromStr>(text: &str) -> Result<Option<T>, BadSites> {
    if text == "*" { Ok(None) } else { text.parse().map(Some).map_err(|_| BadSites) }
}

impl fmt::Display for Sites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = self.service.as_ref().map_or("*", ServiceName::as_str);
        let stage = self.stage.as_ref().map_or("*", StageName::as_str);
        write!(f, "{service}/{stage}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_and_nothing_else_is() {
        let includes = |sites: &str, site: &str| sites.parse::<Sites>().unwrap().include(&site.parse().unwrap());
        for (sites, expected) in [
            ("shop/production", [true, false, false]),
            ("shop/*", [true, true, false]),
            ("*/production", [true, false, true]),
            ("*/*", [true, true, true]),
        ] {
            let included = ["shop/production", "shop/staging", "blog/production"].map(|site| includes(sites, site));
            assert_eq!(included, expected, "{sites}");
            assert_eq!(sites.parse::<Sites>().unwrap().to_string(), sites);
        }
        for bad in ["", "*", "shop", "sh*/production", "shop/", "shop/production/x", "Shop/*"] {
            assert_eq!(bad.parse::<Sites>(), Err(BadSites), "{bad}");
        }
    }
}
