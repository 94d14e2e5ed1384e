//! The table `[chat.slack]`.

use std::fmt;
use std::net::SocketAddr;

use serde::Deserialize;

use crate::config::secret::Secret;

/// Where the Web API is, unless a test or a proxy stands before it.
const API_URL: &str = "https://slack.com/api";

/// The table `[chat.slack]`: one app in one workspace.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The workspace; what comes from another is refused.
    pub team: SlackId,
    /// The app; what was meant for another is refused.
    pub app: SlackId,
    /// Where cards are shown.
    pub channel: SlackId,
    /// The token of the app's bot user: `xoxb-…`.
    pub bot_token: Secret,
    /// How what people say comes in: by a connection that this machine opens …
    pub socket: Option<Socket>,
    /// … or by requests to this machine.
    pub http: Option<Http>,
    #[serde(default = "api_url")]
    pub api_url: String,
}

/// The table `[chat.slack.socket]`: Socket Mode, for machines that nobody can reach.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Socket {
    /// The app's own token, with the scope `connections:write`: `xapp-…`.
    pub app_token: Secret,
}

/// The table `[chat.slack.http]`: requests from Slack, behind something that speaks TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub listen: SocketAddr,
    /// What every request is signed with.
    pub signing_secret: Secret,
}

/// How what people say comes in.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    Socket(&'a Socket),
    Http(&'a Http),
}

fn api_url() -> String {
    API_URL.to_owned()
}

/// An id that Slack gave to something, never a name: `T0123ABC`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct SlackId(String);

/// A text that Slack would not use for an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no id of Slack: a capital letter, then capital letters and digits, such as T0123ABC")]
pub struct BadSlackId(String);

impl SlackId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn begins(&self, letters: &str) -> bool {
        self.0.starts_with(|c| letters.contains(c))
    }
}

impl TryFrom<String> for SlackId {
    type Error = BadSlackId;

    fn try_from(text: String) -> Result<Self, BadSlackId> {
        let is_plain = text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        if is_plain && text.starts_with(|c: char| c.is_ascii_uppercase()) && (2..=24).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(BadSlackId(text))
        }
    }
}

impl fmt::Display for SlackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Settings {
    /// What can be seen to be wrong without asking Slack.
    pub fn check(&self) -> Result<(), String> {
        let ids = [(&self.team, "team", "TE"), (&self.app, "app", "A"), (&self.channel, "channel", "CG")];
        if let Some((id, key, letters)) = ids.into_iter().find(|(id, _, letters)| !id.begins(letters)) {
            let first = letters.chars().next().unwrap_or_default();
            return Err(format!(
                "{key} is the id that Slack gave to it, such as {first}0123ABC, and {id} is another's"
            ));
        }
        if !self.is_api_url_safe() {
            return Err("api_url must be https://, or http:// on this machine: tokens are sent there".to_owned());
        }
        let secret = match self.way()? {
            Way::Socket(socket) => &socket.app_token,
            Way::Http(http) => &http.signing_secret,
        };
        [&self.bot_token, secret].into_iter().try_for_each(|it| it.resolve().map(drop).map_err(|it| it.to_string()))
    }

    /// The one way that is chosen; otherwise, what to write. Slack itself knows one way at a time.
    pub fn way(&self) -> Result<Way<'_>, &'static str> {
        match (&self.socket, &self.http) {
            (Some(socket), None) => Ok(Way::Socket(socket)),
            (None, Some(http)) => Ok(Way::Http(http)),
            (None, None) => Err("how do messages come in? write [chat.slack.socket] or [chat.slack.http]"),
            (Some(_), Some(_)) => Err("messages come in by [chat.slack.socket] or by [chat.slack.http], not by both"),
        }
    }

    /// Tokens must not be read on the way.
    fn is_api_url_safe(&self) -> bool {
        let Ok(url) = reqwest::Url::parse(&self.api_url) else { return false };
        match (url.scheme(), url.host_str()) {
            ("https", Some(_)) => true,
            ("http", Some(host)) => ["127.0.0.1", "[::1]", "localhost"].contains(&host),
            (_, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
team = "T01"
app = "A01"
channel = "C01"
bot_token = { env = "PATH" }
[http]
listen = "127.0.0.1:8300"
signing_secret = { env = "PATH" }
"#;

    fn wrong(from: &str, to: &str) -> String {
        let settings: Settings = toml::from_str(&WHOLE.replace(from, to)).unwrap();
        settings.check().unwrap_err()
    }

    #[test]
    fn settings_that_could_work_are_good() {
        let settings: Settings = toml::from_str(WHOLE).unwrap();
        settings.check().unwrap();
        assert_eq!(settings.api_url, "https://slack.com/api");
    }

    #[test]
    fn an_id_is_what_slack_gave_and_never_a_name() {
        for bad in ["", "T", "general", "#general", "t01", "T 1", "T01/U02"] {
            assert!(SlackId::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert!(wrong("C01", "U01").contains("channel is the id that Slack gave to it, such as C0123ABC"));
    }

    #[test]
    fn there_is_one_way_in() {
        assert!(
            wrong("[http]\nlisten = \"127.0.0.1:8300\"\nsigning_secret = { env = \"PATH\" }", "").contains("how do")
        );
        assert!(wrong("[http]", "[socket]\napp_token = { env = \"PATH\" }\n[http]").contains("not by both"));
    }

    #[test]
    fn tokens_are_sent_nowhere_in_the_open() {
        for (url, is_good) in [
            ("https://proxy.shop.example/slack", true),
            ("http://127.0.0.1:9000/api", true),
            ("http://[::1]:9000/api", true),
            ("http://slack.com/api", false),
            ("http://127.0.0.1.shop.example/api", false),
            ("ftp://127.0.0.1/", false),
            ("slack.com", false),
        ] {
            let settings: Settings = toml::from_str(&format!("api_url = \"{url}\"{WHOLE}")).unwrap();
            assert_eq!(settings.check().is_ok(), is_good, "{url}");
        }
    }

    #[test]
    fn a_secret_that_is_not_there_is_named() {
        let told = wrong("signing_secret = { env = \"PATH\" }", "signing_secret = { env = \"NO_SUCH_SECRET\" }");
        assert!(told.contains("NO_SUCH_SECRET is not set"), "{told}");
    }
}
