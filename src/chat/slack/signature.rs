//! Whether Slack itself has sent a request: its signature over the bytes as they came, just now.

use std::str;

use axum::http::HeaderMap;
use slack_morphism::SlackSigningSecret;
use slack_morphism::signature_verifier::SlackEventSignatureVerifier;
#[cfg(feature = "mutants")]
use slack_morphism::signature_verifier::SlackEventSignatureVerifierError as Bad;

use crate::config::secret::SecretValue;

/// Knows what Slack signs its requests with. The comparison takes the same time whatever is wrong, and a signature is good
/// for five minutes before and after its time.
pub struct Signature(SlackEventSignatureVerifier);

impl Signature {
    #[must_use]
    pub fn new(secret: &SecretValue) -> Self {
        Self(SlackEventSignatureVerifier::new(&SlackSigningSecret(secret.expose().to_owned())))
    }

    /// The body as text, if Slack has signed it. Nobody is told what is wrong otherwise.
    #[must_use]
    pub fn verified<'a>(&self, headers: &HeaderMap, body: &'a [u8]) -> Option<&'a str> {
        let header = |name| headers.get(name).and_then(|it| it.to_str().ok());
        let signature = header(SlackEventSignatureVerifier::SLACK_SIGNED_HASH_HEADER)?;
        let time = header(SlackEventSignatureVerifier::SLACK_SIGNED_TIMESTAMP)?;
        // Slack signs text only.
        let body = str::from_utf8(body).ok()?;
        // What is no time is refused before it is counted with.
        time.parse::<u32>().ok()?;
        let verified = self.0.verify(signature, body, time);
        // The signature is looked at first, so this one is good.
        #[cfg(feature = "mutants")]
        let verified = match verified {
            Err(Bad::IncorrectOrExpiredTimestampError(_)) if crate::mutants::counts_old() => Ok(()),
            verified => verified,
        };
        verified.ok().map(|()| body)
    }
}
