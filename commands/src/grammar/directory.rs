//! What can be named: the sites, and what else people call their stages.

use std::collections::{BTreeMap, BTreeSet};

use events::name::{ServiceName, SiteName, StageName};

use super::misread::Because;
use super::nearest::nearest;

/// What people call stages everywhere.
const USUAL_ALIASES: [(&str, &str); 4] =
    [("prod", "production"), ("prd", "production"), ("stg", "staging"), ("dev", "development")];

/// The sites that a line may name.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    sites: BTreeSet<SiteName>,
    /// Only aliases that are no stages themselves, for stages that exist.
    aliases: BTreeMap<String, StageName>,
}

/// A name of a site or of a part of it, in lower case, as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// `shop/production`.
    Site(String, String),
    /// `shop`, where only a service can stand.
    Service(String),
    /// `shop` or `production`.
    Either(String),
}

impl Directory {
    /// These sites, with `prod`, `prd`, `stg` and `dev` for stages of the long names.
    #[must_use]
    pub fn new(sites: impl IntoIterator<Item = SiteName>) -> Self {
        let directory = Self { sites: sites.into_iter().collect(), aliases: BTreeMap::new() };
        USUAL_ALIASES.into_iter().fold(directory, |directory, (alias, stage)| match (alias.parse(), stage.parse()) {
            (Ok(alias), Ok(stage)) => directory.with_alias(&alias, stage),
            (Err(_), _) | (_, Err(_)) => directory,
        })
    }

    /// Another word for a stage. Without effect if there is no such stage, or if the word is a stage itself.
    #[must_use]
    pub fn with_alias(mut self, alias: &StageName, stage: StageName) -> Self {
        let exists = |name: &StageName| self.sites.iter().any(|site| site.stage == *name);
        if exists(&stage) && !exists(alias) {
            self.aliases.insert(alias.to_string(), stage);
        }
        self
    }

    pub fn sites(&self) -> impl Iterator<Item = &SiteName> {
        self.sites.iter()
    }

    /// Every service once, in order.
    pub fn services(&self) -> impl Iterator<Item = &ServiceName> {
        self.sites.iter().map(|site| &site.service).collect::<BTreeSet<_>>().into_iter()
    }

    /// What `word` names; none if it is not one of our names.
    pub(super) fn name(&self, word: &str) -> Option<Named> {
        let word = word.to_ascii_lowercase();
        if let Some((service, stage)) = word.split_once('/') {
            let is_ours = self.has_service(service) && self.has_stage(stage);
            return is_ours.then(|| Named::Site(service.to_owned(), stage.to_owned()));
        }
        (self.has_service(&word) || self.has_stage(&word)).then_some(Named::Either(word))
    }

    /// What stands before an `@` or a `#` names; none if it is not one of our names.
    pub(super) fn service(&self, word: &str) -> Option<Named> {
        match self.name(word)? {
            Named::Either(word) => self.has_service(&word).then_some(Named::Service(word)),
            named @ (Named::Site(..) | Named::Service(_)) => Some(named),
        }
    }

    /// The one site that these names mean. Left out may be only what leaves no choice.
    pub(super) fn resolve(&self, names: &[Named]) -> Result<SiteName, Because> {
        if self.sites.is_empty() {
            return Err(Because::NoSites);
        }
        let possible: Vec<&SiteName> = self.sites.iter().filter(|site| self.fits(site, names)).collect();
        let ask = |what| Because::Which { what, choices: possible.iter().copied().cloned().collect() };
        match possible.as_slice() {
            [] if names.len() > 2 => Err(Because::TooMany { what: "site" }),
            [] => Err(Because::NoSuchSite { choices: self.sites_near(names) }),
            [site] if says_service(names, site) || self.services().count() == 1 => Ok((*site).clone()),
            [_] => Err(ask("service")),
            [first, others @ ..] => {
                Err(ask(if others.iter().all(|it| it.service == first.service) { "stage" } else { "service" }))
            }
        }
    }

    /// Whether every name can be said of `site`, no two of them of the same part.
    pub(super) fn fits(&self, site: &SiteName, names: &[Named]) -> bool {
        let is_service = |word: &str| site.service.as_str() == word;
        let is_stage = |word: &str| self.is_stage(site, word);
        match names {
            [] => true,
            [Named::Site(service, stage)] => is_service(service) && is_stage(stage),
            [Named::Service(word)] => is_service(word),
            [Named::Either(word)] => is_service(word) || is_stage(word),
            [Named::Service(service), Named::Either(stage)] | [Named::Either(stage), Named::Service(service)] => {
                is_service(service) && is_stage(stage)
            }
            [Named::Either(one), Named::Either(other)] => {
                (is_service(one) && is_stage(other)) || (is_service(other) && is_stage(one))
            }
            // More than that says something twice; `shop/production` beside its own parts does no harm.
            more => {
                let whole = more.iter().any(|named| matches!(named, Named::Site(..)));
                whole && more.iter().all(|named| self.fits(site, std::slice::from_ref(named)))
            }
        }
    }

    /// What to offer when no site fits: the sites of a service that was named, or all.
    fn sites_near(&self, names: &[Named]) -> Vec<SiteName> {
        let of_service: Vec<SiteName> = self.sites().filter(|site| says_service(names, site)).cloned().collect();
        if of_service.is_empty() { self.sites().cloned().collect() } else { of_service }
    }

    /// The name that was probably meant.
    pub(super) fn nearest(&self, word: &str) -> Option<String> {
        let parts = self.sites.iter().flat_map(|site| [site.service.to_string(), site.stage.to_string()]);
        let whole = self.sites.iter().map(ToString::to_string);
        nearest(word, parts.chain(whole).map(|name| (name.clone(), name)))
    }

    fn has_service(&self, word: &str) -> bool {
        self.sites.iter().any(|site| site.service.as_str() == word)
    }

    fn has_stage(&self, word: &str) -> bool {
        self.sites.iter().any(|site| self.is_stage(site, word))
    }

    fn is_stage(&self, site: &SiteName, word: &str) -> bool {
        site.stage.as_str() == word || self.aliases.get(word) == Some(&site.stage)
    }
}

fn says_service(names: &[Named], site: &SiteName) -> bool {
    names.iter().any(|named| match named {
        Named::Site(word, _) | Named::Service(word) | Named::Either(word) => site.service.as_str() == word,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(sites: &[&str], names: &[&str]) -> String {
        let directory = Directory::new(sites.iter().map(|site| site.parse().unwrap()));
        let names: Vec<Named> = names.iter().map(|word| directory.name(word).unwrap()).collect();
        match directory.resolve(&names) {
            Ok(site) => site.to_string(),
            Err(because) => because.to_string(),
        }
    }

    #[test]
    fn nothing_is_left_out_where_there_is_a_choice() {
        let shops = ["shop/production", "shop/staging", "blog/staging"];
        for (sites, names, expected) in [
            (&shops[..1], &[][..], "shop/production"),
            (&shops[..2], &[], "Say which stage: `shop/production`, `shop/staging`."),
            (&shops[..2], &["prod"], "shop/production"),
            (&shops, &[], "Say which service: `blog/staging`, `shop/production`, `shop/staging`."),
            (&shops, &["shop"], "Say which stage: `shop/production`, `shop/staging`."),
            (&shops, &["BLOG"], "blog/staging"),
            (&shops, &["production"], "Say which service: `shop/production`."),
            (&shops, &["stg", "shop"], "shop/staging"),
            (&shops, &["Shop/Prod", "shop"], "shop/production"),
            (&shops, &["blog", "production"], "There is no such site; say one of `blog/staging`."),
            (&shops, &["blog/prd"], "There is no such site; say one of `blog/staging`."),
            (
                &shops,
                &["shop", "blog"],
                "There is no such site; say one of `blog/staging`, `shop/production`, `shop/staging`.",
            ),
            (&[], &[], "No site is configured, so there is nothing to act on; add one to the configuration."),
        ] {
            assert_eq!(resolved(sites, names), expected, "{sites:?} {names:?}");
        }
    }

    #[test]
    fn a_stage_may_be_called_what_a_service_is_called() {
        let twins = ["shop/shop", "shop/blog", "blog/shop"];
        assert_eq!(resolved(&twins, &["shop", "shop"]), "shop/shop");
        assert_eq!(resolved(&twins, &["blog"]), "Say which service: `blog/shop`, `shop/blog`.");
        assert_eq!(resolved(&twins, &["blog", "shop"]), "Say which service: `blog/shop`, `shop/blog`.");
        assert_eq!(resolved(&twins, &["blog/shop"]), "blog/shop");
    }

    #[test]
    fn an_alias_gives_way_to_a_stage_of_that_name() {
        let both = ["shop/production", "shop/prod"];
        assert_eq!(resolved(&both, &["shop", "prod"]), "shop/prod");
        assert_eq!(resolved(&both, &["shop", "prd"]), "shop/production");
        assert!(Directory::new(["shop/live".parse().unwrap()]).name("prod").is_none());
        let live = Directory::new(["shop/live".parse().unwrap()])
            .with_alias(&"prod".parse().unwrap(), "live".parse().unwrap());
        assert_eq!(live.name("prod"), Some(Named::Either("prod".into())));
    }
}
