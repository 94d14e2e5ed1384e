//! How settings are spelled: what serde does not know by itself.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de};

use crate::config::duration;

/// One value, or a list with at least one.
pub(super) fn one_or_more<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(OneOrMore(PhantomData))
}

/// A duration of more than nothing.
pub(super) mod positive {
    use super::{Deserializer, Duration, Serializer, de, duration};

    pub(in crate::edge) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        duration::serialize(duration, serializer)
    }

    pub(in crate::edge) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let read = duration::deserialize(deserializer)?;
        if read.is_zero() { Err(de::Error::custom("a duration of more than 0 is needed here")) } else { Ok(read) }
    }
}

/// The name of a header.
pub(super) mod header {
    use hyper::header::HeaderName;

    use super::{Deserialize as _, Deserializer, Serializer, de};

    pub(in crate::edge) fn serialize<S: Serializer>(name: &HeaderName, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(name.as_str())
    }

    pub(in crate::edge) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderName, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom(format!("\"{text}\" is not the name of a header")))
    }
}

struct OneOrMore<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for OneOrMore<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text such as \"127.0.0.1:8080\", or a list of such texts")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        T::deserialize(de::value::StrDeserializer::new(text)).map(|value| vec![value])
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        if values.is_empty() { Err(de::Error::invalid_length(0, &self)) } else { Ok(values) }
    }
}
