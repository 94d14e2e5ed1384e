//! Tables that there may be several of: `[[site]]`, `[[site.check]]`. Single brackets are the usual slip.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, de};

/// Every `[[site]]`.
pub(super) fn sites<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer
        .deserialize_any(Tables("each site is a table of its own: write [[site]], in double brackets", PhantomData))
}

/// Every `[[role]]`.
pub(super) fn roles<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer
        .deserialize_any(Tables("each role is a table of its own: write [[role]], in double brackets", PhantomData))
}

/// Every `[[site.approval]]`.
pub(super) fn approvals<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let said = "each rule is a table of its own: write [[site.approval]], in double brackets";
    deserializer.deserialize_any(Tables(said, PhantomData))
}

/// Every `[[site.quiet]]`.
pub(super) fn quiet<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let said = "quiet hours are tables of their own: write [[site.quiet]], in double brackets";
    deserializer.deserialize_any(Tables(said, PhantomData))
}

/// Every `[[site.check]]`.
pub(super) fn checks<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let said = "each check is a table of its own: write [[site.check]], in double brackets, and below it \
                [site.check.http] or [site.check.command]";
    deserializer.deserialize_any(Tables(said, PhantomData))
}

/// Reads a list; of one table alone, says what to write instead.
struct Tables<T>(&'static str, PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Tables<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tables")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut tables = Vec::new();
        while let Some(table) = list.next_element()? {
            tables.push(table);
        }
        Ok(tables)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, _: A) -> Result<Vec<T>, A::Error> {
        Err(de::Error::custom(self.0))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    /// The example with its first check only.
    fn first_check(text: &str) -> String {
        text.split_inclusive("[[site.check]]").take(1).collect::<String>()
            + "\n[site.check.http]\nname = \"health\"\npath = \"/\"\n"
    }

    #[test]
    fn single_brackets_where_double_ones_belong_are_told() {
        let example = include_str!("../../examples/single-server.toml");
        let told = |change: &dyn Fn(&str) -> String| {
            Config::understand(Path::new("changeover.toml"), &change(example)).unwrap_err().to_string()
        };
        let checks = told(&|text| first_check(text).replace("[[site.check]]\n", ""));
        assert!(checks.contains("write [[site.check]], in double brackets"), "{checks}");
        let sites = told(&|text| text.replace("[[site]]", "[site]"));
        assert!(sites.contains("write [[site]], in double brackets"), "{sites}");
        let hooks = told(&|text| {
            text.split("[[site.delivery.command.hooks]]")
                .take(2)
                .collect::<Vec<_>>()
                .join("[site.delivery.command.hooks]")
        });
        assert!(hooks.contains("in double brackets"), "{hooks}");
    }
}
