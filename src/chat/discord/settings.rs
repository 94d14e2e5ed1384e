//! What the bot is told of Discord.

use std::fmt;
use std::net::SocketAddr;

use reqwest::Url;
use serde::{Deserialize, Serialize};
use serenity::interactions_endpoint::Verifier;

use crate::config::secret::Secret;

/// The table `[chat.discord]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub application: Snowflake,
    /// The one server that is listened to.
    pub guild: Snowflake,
    /// The bot's token.
    pub token: Secret,
    /// Where cards are shown.
    pub channel: Snowflake,
    /// What people say comes in by HTTPS, which something in front of the bot ends.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
    /// What people say comes in by a connection that the bot opens.
    #[serde(default)]
    pub gateway: Option<Gateway>,
    /// Another address of Discord's API, for tests.
    #[serde(default)]
    pub api_url: ApiUrl,
}

/// The table `[chat.discord.endpoint]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub listen: SocketAddr,
    pub public_key: PublicKey,
}

/// The table `[chat.discord.gateway]`, which has no keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {}

/// How what people say comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    Endpoint(Endpoint),
    Gateway,
}

impl Settings {
    /// What can be seen to be wrong without asking Discord.
    pub fn check(&self) -> Result<(), String> {
        self.way()?;
        self.token.resolve().map(drop).map_err(|error| error.to_string())
    }

    /// The one way that is chosen; otherwise, what to write. Discord itself knows one way at a time.
    pub fn way(&self) -> Result<Way, &'static str> {
        match (&self.endpoint, &self.gateway) {
            (Some(endpoint), None) => Ok(Way::Endpoint(endpoint.clone())),
            (None, Some(Gateway {})) => Ok(Way::Gateway),
            (None, None) => Err("how do messages come in? write [chat.discord.endpoint] or [chat.discord.gateway]"),
            (Some(_), Some(_)) => {
                Err("messages come in by [chat.discord.endpoint] or by [chat.discord.gateway], not by both")
            }
        }
    }
}

/// An id of Discord's: a positive number of 64 bits, written as a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Snowflake(String);

impl Snowflake {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Snowflake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Snowflake {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_plain = text.bytes().all(|it| it.is_ascii_digit()) && !text.starts_with('0');
        if is_plain && text.parse::<u64>().is_ok() {
            Ok(Self(text))
        } else {
            Err("an id of Discord is a number in quotes: turn on the developer mode, and copy it".to_owned())
        }
    }
}

impl From<Snowflake> for String {
    fn from(id: Snowflake) -> Self {
        id.0
    }
}

/// What Discord signs its requests with; 64 hexadecimal digits that make a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// What tells Discord's requests from others.
    pub fn verifier(&self) -> Result<Verifier, String> {
        Verifier::try_new(self.0).map_err(|error| error.to_string())
    }
}

impl TryFrom<String> for PublicKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes)
            .map_err(|_| "the public key is 64 hexadecimal digits, beside the application's id".to_owned())?;
        let key = Self(bytes);
        key.verifier()?;
        Ok(key)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        hex::encode(key.0)
    }
}

/// Where Discord's API is; elsewhere only on this machine or by https, since the token goes there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApiUrl(String);

impl ApiUrl {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ApiUrl {
    fn default() -> Self {
        Self("https://discord.com/api/v10".to_owned())
    }
}

impl TryFrom<String> for ApiUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let url = Url::parse(&text).map_err(|error| error.to_string())?;
        if is_private(&url, "https", "http") {
            Ok(Self(text.trim_end_matches('/').to_owned()))
        } else {
            Err("the API is asked by https, or over loopback".to_owned())
        }
    }
}

impl From<ApiUrl> for String {
    fn from(url: ApiUrl) -> Self {
        url.0
    }
}

/// Whether a token may be sent there: encrypted, or never off this machine.
pub(super) fn is_private(url: &Url, encrypted: &str, plain: &str) -> bool {
    let is_loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    url.scheme() == encrypted || (url.scheme() == plain && is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "67c6bd767ca099e79efac9fcce4d2022a63bf7dea780e7f3d813f694c1597089";

    fn read(rest: &str) -> Result<Settings, toml::de::Error> {
        let ids = "application = \"11\"\nguild = \"22\"\nchannel = \"33\"\ntoken = { env = \"DISCORD_TOKEN\" }\n";
        toml::from_str(&format!("{ids}{rest}"))
    }

    #[test]
    fn one_way_in_is_chosen_by_its_table() {
        let endpoint = format!("[endpoint]\nlisten = \"127.0.0.1:8443\"\npublic_key = \"{KEY}\"\n");
        assert!(matches!(read(&endpoint).unwrap().way(), Ok(Way::Endpoint(_))));
        assert_eq!(read("[gateway]\n").unwrap().way(), Ok(Way::Gateway));
        assert!(read("").unwrap().check().unwrap_err().contains("how do messages come in?"));
        assert!(read(&format!("{endpoint}[gateway]\n")).unwrap().check().unwrap_err().contains("not by both"));
        assert!(read("[gateway]\nlisten = 1\n").is_err());
    }

    #[test]
    fn a_secret_that_is_not_there_is_named() {
        let told = read("[gateway]\n").unwrap().check().unwrap_err();
        assert!(told.contains("DISCORD_TOKEN is not set"), "{told}");
    }

    #[test]
    fn ids_and_keys_that_are_none_are_told() {
        for id in ["", "0", "012", "abc", "-1", "1.5", "99999999999999999999999"] {
            let error = Snowflake::try_from(id.to_owned()).unwrap_err();
            assert!(error.contains("a number in quotes"), "{id}");
        }
        for key in ["", "67c6", &"zz".repeat(32), &"67".repeat(33)] {
            assert!(PublicKey::try_from(key.to_owned()).is_err(), "{key}");
        }
    }

    #[test]
    fn the_token_goes_nowhere_in_the_clear() {
        for good in ["https://discord.example/api/v10", "http://127.0.0.1:8080", "http://[::1]:1/api/"] {
            assert!(ApiUrl::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in
            ["http://discord.com/api/v10", "http://127.0.0.1.example", "ftp://127.0.0.1", "discord.com", "file:///x"]
        {
            assert!(ApiUrl::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
