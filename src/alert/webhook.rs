//! A webhook that takes calls.

use std::time::Duration;

use async_trait::async_trait;
use events::fault::Fault;

use crate::config::secret::SecretValue;
use crate::ports::{Call, Pager};

/// How long one call may take.
const CALL: Duration = Duration::from_secs(10);

/// Posts calls as JSON to an address that is a secret.
pub struct Webhook {
    pub client: reqwest::Client,
    pub url: SecretValue,
}

#[async_trait]
impl Pager for Webhook {
    async fn call(&self, call: &Call) -> Result<(), Fault> {
        let sent = self.client.post(self.url.expose()).timeout(CALL).json(call).send().await;
        match sent.and_then(reqwest::Response::error_for_status) {
            Ok(_) => Ok(()),
            // The address is a secret: an error may name it.
            Err(error) => Err(Fault::passing(error.without_url().to_string())),
        }
    }
}
