//! What a button says, as the short text that a platform keeps behind it and gives back when somebody presses it.

use std::fmt;

use events::chain::Hash;
use events::chat::{Shown, Standing};
use events::name::SiteName;
use events::number::RunNumber;
use jiff::Timestamp;

use crate::grammar;

/// The longest such text, in bytes: what Discord takes is 100, and ten are left for a platform's own marks.
pub const PRESS_LIMIT: usize = 90;
/// The longest plan hash in one, in digits.
const HASH_DIGITS: usize = 12;

/// What a button says, and what it takes for granted: if that is no longer so, the press is stale, and is answered with
/// the reason instead of being done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// A verb of the grammar's table.
    pub verb: String,
    pub site: SiteName,
    pub shown: Shown,
    /// What stands behind the verb beside the site: `24h`; at most 16 bytes.
    pub words: String,
}

/// A text that is no press of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPress {
    #[error("that button can't be read, and nothing was done; say it in words")]
    Unreadable,
    #[error("that button is about a site that this bot does not know, and nothing was done; `status` lists the sites")]
    Foreign,
}

impl Press {
    /// Reads one; the site must be one of these.
    pub fn read<'a>(text: &str, sites: impl IntoIterator<Item = &'a SiteName>) -> Result<Self, BadPress> {
        let mut parts = text.splitn(5, ' ');
        let mut part = || parts.next().filter(|it| !it.is_empty()).ok_or(BadPress::Unreadable);
        let (verb, site, run, standing) = (part()?, part()?, part()?, part()?);
        let words = parts.next().unwrap_or_default().to_owned();
        let is_known = grammar::verb(verb).is_some_and(|it| it.name == verb);
        let is_plain = words.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if text.len() > PRESS_LIMIT || !is_known || !is_plain {
            return Err(BadPress::Unreadable);
        }
        let run = match run {
            "-" => None,
            run => Some(RunNumber(digits(run.strip_prefix('#').ok_or(BadPress::Unreadable)?)?)),
        };
        let shown = Shown { run, standing: read_standing(standing)? };
        let found = sites.into_iter().find(|it| it.to_string() == site || short(it) == site);
        match found {
            Some(found) => Ok(Self { verb: verb.to_owned(), site: found.clone(), shown, words }),
            None if site.contains('/') || site.starts_with('~') => Err(BadPress::Foreign),
            None => Err(BadPress::Unreadable),
        }
    }

    /// The line that it stands for.
    #[must_use]
    pub fn line(&self, reason: Option<&str>) -> String {
        grammar::pressed(&self.verb, &self.site, &self.words, reason)
    }
}

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = self.shown.run.map_or_else(|| "-".to_owned(), |it| format!("#{it}"));
        let standing = self.shown.standing.as_ref().map_or_else(|| "-".to_owned(), spell_standing);
        let spelled =
            |site: String| format!("{} {site} {run} {standing} {}", self.verb, self.words).trim_end().to_owned();
        let text = spelled(self.site.to_string());
        // Long names are told by their hash.
        f.write_str(&if text.len() > PRESS_LIMIT { spelled(short(&self.site)) } else { text })
    }
}

/// The site by the beginning of its name's hash.
fn short(site: &SiteName) -> String {
    let hash = Hash::of(site.to_string().as_bytes()).to_string();
    format!("~{}", hash.get(..16).unwrap_or_default())
}

fn spell_standing(standing: &Standing) -> String {
    match standing {
        Standing::Step(step) => format!("s{step}"),
        Standing::Plan(hash) => format!("p{}", hash.get(..HASH_DIGITS).unwrap_or(hash)),
        Standing::Moment(moment) => format!("m{}", moment.as_second()),
    }
}

fn read_standing(text: &str) -> Result<Option<Standing>, BadPress> {
    if text == "-" {
        return Ok(None);
    }
    let (kind, value) = text.split_at_checked(1).ok_or(BadPress::Unreadable)?;
    let standing = match kind {
        "s" => Standing::Step(digits(value)?),
        "p" if (8..=HASH_DIGITS).contains(&value.len()) && value.chars().all(|c| c.is_ascii_hexdigit()) => {
            Standing::Plan(value.to_owned())
        }
        "m" => Standing::Moment(Timestamp::from_second(digits(value)?).map_err(|_| BadPress::Unreadable)?),
        _ => return Err(BadPress::Unreadable),
    };
    Ok(Some(standing))
}

/// A number as we write it: no sign, no zero before it.
fn digits<T: std::str::FromStr + ToString>(text: &str) -> Result<T, BadPress> {
    let number = T::from_str(text).map_err(|_| BadPress::Unreadable)?;
    if number.to_string() == text { Ok(number) } else { Err(BadPress::Unreadable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(site: &str, standing: Option<Standing>, words: &str) -> Press {
        let shown = Shown { run: Some(RunNumber(u32::MAX)), standing };
        Press { verb: "decommission".to_owned(), site: site.parse().unwrap(), shown, words: words.to_owned() }
    }

    #[test]
    fn whatever_a_button_says_fits_behind_it_and_reads_back_as_the_same() {
        let long = format!("{}/{}", "a".repeat(40), "b".repeat(40));
        let moment = Standing::Moment(Timestamp::from_second(253_402_200_000).unwrap());
        let standings = [None, Some(Standing::Step(64)), Some(Standing::Plan("9f3c1a0b4d5e".to_owned())), Some(moment)];
        for site in ["shop/production", &long] {
            for standing in &standings {
                for words in ["", "24h", "sixteen letters!"] {
                    let press = press(site, standing.clone(), words);
                    let text = press.to_string();
                    assert!(text.len() <= PRESS_LIMIT, "{text}");
                    assert_eq!(Press::read(&text, [&press.site]), Ok(press), "{text}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_button_of_ours_is_not_read() {
        let site = "shop/production".parse().unwrap();
        let read = |text: &str| Press::read(text, [&site]);
        assert!(read("abort shop/production #2 s3").is_ok());
        assert_eq!(read("abort blog/production #2 s3"), Err(BadPress::Foreign));
        assert_eq!(read("abort ~0123456789abcdef #2 s3"), Err(BadPress::Foreign));
        for text in [
            "",
            "abort",
            "abort shop/production",
            "abort shop/production #2",
            "explode shop/production #2 s3",
            "/abort shop/production #2 s3",
            "abort shop #2 s3",
            "abort shop/production 2 s3",
            "abort shop/production #02 s3",
            "abort shop/production #2 s-3",
            "abort shop/production #2 px",
            "abort shop/production #2 p",
            "abort shop/production #2 m99999999999999999",
            "abort  shop/production #2 s3",
            "keep shop/production #2 s3 24h\u{7}",
            &format!("keep shop/production #2 s3 {}", "9".repeat(99)),
        ] {
            assert_eq!(read(text), Err(BadPress::Unreadable), "{text:?}");
        }
    }

    #[test]
    fn a_reason_is_a_reason_whatever_it_holds() {
        let press = press("shop/production", None, "");
        let line = press.line(Some("why\nnot\" --break-glass \\ \"<@U1>"));
        let directory = grammar::Directory::new([press.site.clone()]);
        let Ok(crate::order::Command::Order { order, .. }) = grammar::parse(&line, &directory) else {
            panic!("{line}")
        };
        let reason = Some("why not\" --break-glass \\ \"<@U1>".to_owned());
        assert_eq!(order, crate::order::Order::Decommission { reason });
        assert_eq!(press.line(Some(" \n ")), "decommission shop/production");
    }
}
