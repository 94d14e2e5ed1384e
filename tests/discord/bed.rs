//! A bot that works for the fake's server.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use changeover::clock::{Clock as _, SystemClock};
use events::fact::{Event, LockEvent};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::fake::{APPLICATION, CHANNEL, Fake, GUILD, RELEASERS, TOKEN};
use crate::kit::{Shop, Terms, until};
use crate::peer::Peer;

/// The key that belongs to the one of `peers/sign.py`.
pub(crate) const PUBLIC_KEY: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";

/// The way in by requests; the words in capitals are filled in.
pub(crate) const ENDPOINT: &str = "[chat.discord.endpoint]\nlisten = \"ENDPOINT\"\npublic_key = \"PUBLIC\"\n";

/// The way in by a connection that the bot opens.
pub(crate) const GATEWAY: &str = "[chat.discord.gateway]\n";

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
    pub(crate) body: Value,
}

impl Bed {
    /// One that takes requests.
    pub(crate) async fn endpoint() -> Self {
        let mut bed = Self::closed(ENDPOINT).await;
        bed.start().await;
        bed
    }

    /// Starts the bot, and waits until it takes requests.
    pub(crate) async fn start(&mut self) {
        self.shop.start().await;
        until("the endpoint is open", async || TcpStream::connect(self.endpoint).await.ok()).await;
    }

    /// One that has opened a connection.
    pub(crate) async fn gateway() -> Self {
        let mut bed = Self::closed(GATEWAY).await;
        bed.shop.start().await;
        bed.fake.connected().await;
        bed
    }

    /// One that is not started yet.
    pub(crate) async fn closed(way: &str) -> Self {
        Self::furnished(Shop::closed(&Terms { sites: vec!["shop/demo", "shop/staging"], ..Terms::default() }), way)
            .await
    }

    /// A shop whose bot does not run, with what its configuration says of the fake.
    pub(crate) async fn furnished(shop: Shop, way: &str) -> Self {
        let fake = Fake::start().await;
        std::fs::write(shop.path("token"), TOKEN).unwrap();
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let endpoint = free.local_addr().unwrap();
        drop(free);
        let mut text = std::fs::read_to_string(shop.path("changeover.toml")).unwrap();
        write!(
            text,
            "\n[[role]]\nname = \"releasers\"\nmembers = [\"discord:{GUILD}/{RELEASERS}\"]\n\
             may = [\"everything\"]\non = [\"shop/*\"]\n\
             [chat.discord]\napplication = \"{APPLICATION}\"\nguild = \"{GUILD}\"\nchannel = \"{CHANNEL}\"\n\
             api_url = \"{}\"\ntoken = {{ file = \"{}\" }}\n{way}",
            fake.api_url(),
            shop.path("token").display(),
        )
        .unwrap();
        let text = text.replace("ENDPOINT", &endpoint.to_string()).replace("PUBLIC", PUBLIC_KEY);
        std::fs::write(shop.path("changeover.toml"), text).unwrap();
        Self { fake, shop, endpoint }
    }

    /// Sends a body with these headers.
    pub(crate) async fn send(&self, headers: &[(&str, &str)], body: Vec<u8>) -> Answered {
        let client = changeover::client::client().unwrap();
        let mut request = client.post(format!("http://{}/discord", self.endpoint)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        Answered { status, body: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default() }
    }

    /// Sends a body that `PyNaCl` has signed, with a time that is so many seconds from now.
    pub(crate) async fn send_signed(&self, signer: &mut Signer, body: &[u8], offset_s: i64) -> Answered {
        let time = time(offset_s);
        let signature = signer.sign(body, &time).await;
        let headers = [("x-signature-ed25519", signature.as_str()), ("x-signature-timestamp", time.as_str())];
        self.send(&headers, body.to_owned()).await
    }

    /// Brings an interaction by HTTPS, and gives the answer to Discord.
    pub(crate) async fn bring(&self, signer: &mut Signer, interaction: &Value) -> Value {
        let answered = self.send_signed(signer, interaction.to_string().as_bytes(), 0).await;
        assert_eq!(answered.status, 200, "{interaction}");
        self.fake.answered(interaction, &answered.body);
        answered.body
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

    /// Waits for what only the one who asked sees, after the first answer.
    pub(crate) async fn follow_up(&self, interaction: &Value) -> Value {
        until("what came of it", async || self.fake.taken(interaction).follow_ups.first().cloned()).await
    }
}

/// Seconds since 1970, so many from now.
pub(crate) fn time(offset_s: i64) -> String {
    (SystemClock::new().now().as_second() + offset_s).to_string()
}

/// Signs by `PyNaCl`, and knows what discord-interactions thinks of a signature.
pub(crate) struct Signer(Peer);

impl Signer {
    pub(crate) fn start() -> Self {
        Self(Peer::python("sign.py"))
    }

    pub(crate) async fn sign(&mut self, body: &[u8], time: &str) -> String {
        let asked = json!({ "time": time, "body": hex::encode(body) });
        let signed: Value = serde_json::from_str(&self.0.asked(&asked).await).unwrap();
        assert_eq!(signed["public"], PUBLIC_KEY);
        signed["signature"].as_str().unwrap().to_owned()
    }

    /// Whether discord-interactions takes it.
    pub(crate) async fn verifies(&mut self, body: &[u8], signature: &str, time: &str) -> bool {
        let asked = json!({ "time": time, "body": hex::encode(body), "signature": signature });
        self.0.asked(&asked).await.contains("true")
    }
}

/// Presses a button with this id.
pub(crate) fn press(fake: &Fake, id: &str) -> Value {
    let mut press = fake.interaction(3, &json!({ "custom_id": id, "component_type": 2, "id": 1 }));
    press["message"] = json!({ "id": "5", "channel_id": CHANNEL, "content": "" });
    press
}
