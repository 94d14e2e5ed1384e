//! A bot that works for the fake's workspace.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use events::fact::{Event, LockEvent};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::fake::{APP, APP_TOKEN, BOT_TOKEN, CHANNEL, Fake, TEAM};
use crate::kit::{Shop, Terms, ports, until};
use crate::peer::Peer;
use crate::shim::library;

/// The way in by connections that the bot opens.
pub(crate) const SOCKET: &str = "[chat.slack.socket]\napp_token = { file = \"SECRETS/app\" }\n";

pub(crate) const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

pub(crate) struct Bed {
    pub(crate) fake: Fake,
    pub(crate) shop: Shop,
    /// Where it takes requests.
    pub(crate) endpoint: SocketAddr,
}

/// What a request was answered with.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Bed {
    /// One that takes requests.
    pub(crate) async fn http() -> Self {
        Self::http_on(None).await
    }

    /// The same, on a disk that takes so many milliseconds longer for each sync of the log.
    pub(crate) async fn http_on(slow: Option<u32>) -> Self {
        let way = "[chat.slack.http]\nlisten = \"ENDPOINT\"\nsigning_secret = { file = \"SECRETS/signing\" }\n";
        let bed = Self::started(way, slow).await;
        until("the endpoint", async || TcpStream::connect(bed.endpoint).await.ok()).await;
        bed
    }

    /// One that opens connections; they stand.
    pub(crate) async fn socket() -> Self {
        Self::socket_on(None).await
    }

    /// The same, on a disk that takes so many milliseconds longer for each sync of the log.
    pub(crate) async fn socket_on(slow: Option<u32>) -> Self {
        let bed = Self::started(SOCKET, slow).await;
        bed.fake.connected(2).await;
        bed
    }

    async fn started(way: &str, slow: Option<u32>) -> Self {
        let shop = Shop::closed(&Terms { sites: vec!["shop/demo", "shop/staging"], ..Terms::default() });
        let mut bed = Self::furnished(shop, way).await;
        if let Some(slow) = slow {
            let log = bed.shop.folder().canonicalize().unwrap().join("changeover.db");
            let slow = ("SHIM_SLOW", slow.to_string().into());
            bed.shop.environment = vec![("LD_PRELOAD", library().to_owned()), ("SHIM_FILES", log), slow];
        }
        bed.shop.start().await;
        bed
    }

    /// A shop whose bot does not run, with what its configuration says of the fake.
    pub(crate) async fn furnished(shop: Shop, way: &str) -> Self {
        let fake = Fake::start().await;
        fake.set_group(&[crate::fake::OTHER_USER]);
        let secrets = shop.folder().to_owned();
        for (name, secret) in [("bot", BOT_TOKEN), ("app", APP_TOKEN), ("signing", SECRET)] {
            std::fs::write(secrets.join(name), secret).unwrap();
        }
        let endpoint = SocketAddr::from((Ipv4Addr::LOCALHOST, ports()));
        let api_url = fake.api_url();
        let mut text = std::fs::read_to_string(shop.path("changeover.toml")).unwrap();
        write!(
            text,
            "\n{ROLES}\n[chat.slack]\nteam = \"{TEAM}\"\napp = \"{APP}\"\nchannel = \"{CHANNEL}\"\napi_url = \"{api_url}\"\n\
             bot_token = {{ file = \"SECRETS/bot\" }}\n{way}"
        )
        .unwrap();
        let text = text.replace("SECRETS", secrets.to_str().unwrap()).replace("ENDPOINT", &endpoint.to_string());
        std::fs::write(shop.path("changeover.toml"), text).unwrap();
        Self { fake, shop, endpoint }
    }

    /// Sends a body with these headers.
    pub(crate) async fn send(&self, headers: &[(&str, &str)], body: Vec<u8>) -> Answered {
        let mut request =
            changeover::client::client().unwrap().post(format!("http://{}/slack", self.endpoint)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        Answered { status: response.status().as_u16(), body: response.text().await.unwrap() }
    }

    /// Sends a body that Slack's own SDK has signed, so many seconds from now.
    pub(crate) async fn send_signed(&self, signer: &mut Signer, body: &[u8], offset: i64) -> Answered {
        let (signature, time) = signer.sign(SECRET, body, offset).await;
        let headers = [("x-slack-signature", signature.as_str()), ("x-slack-request-timestamp", &time)];
        self.send(&headers, body.to_owned()).await
    }

    /// How often the site was locked.
    pub(crate) async fn locks(&self) -> usize {
        let is_lock = |it: &&Event| matches!(it, Event::Lock(LockEvent::Taken { .. }));
        self.shop.facts().await.iter().filter(is_lock).count()
    }

    /// Waits until the site was locked so often.
    pub(crate) async fn locked(&self, count: usize) {
        until("the lock", async || (self.locks().await == count).then_some(())).await;
    }
}

/// Who may do what in these stories.
const ROLES: &str = r#"
[[role]]
name = "releasers"
members = ["slack:T01/U02", "slack:T01/S09"]
may = ["everything"]
on = ["*/*"]
"#;

/// Signs by Slack's own SDK.
pub(crate) struct Signer(Peer);

impl Signer {
    pub(crate) fn start() -> Self {
        Self(Peer::python("sign.py", None))
    }

    /// The signature of a body, so many seconds from now, and the time that it is of.
    pub(crate) async fn sign(&mut self, secret: &str, body: &[u8], offset: i64) -> (String, String) {
        use changeover::clock::{Clock as _, SystemClock};
        let time = (SystemClock::new().now().as_second() + offset).to_string();
        let asked = serde_json::json!({ "secret": secret, "timestamp": time, "body": hex::encode(body) });
        let signed: Value = serde_json::from_str(&self.0.asked(&asked.to_string()).await).unwrap();
        (signed["signature"].as_str().unwrap().to_owned(), time)
    }
}

/// A payload as the body of a request: a form of its fields, or of itself.
pub(crate) fn body(payload: &Value) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    if payload.get("type").is_some() {
        form.append_pair("payload", &payload.to_string());
    } else {
        for (name, value) in payload.as_object().unwrap() {
            form.append_pair(name, value.as_str().unwrap());
        }
    }
    form.finish().into_bytes()
}
