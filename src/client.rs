//! The one HTTP client of the project.

use std::sync::Once;
use std::time::Duration;

/// How long a connection may take to be made.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

static PROVIDER: Once = Once::new();

/// A client that asks exactly whom it is told: no proxy from the environment, no redirect followed, no connection kept
/// for the next request (a check must not be answered by a process that is about to end). Callers set a time-out on
/// every request.
///
/// May be called any number of times from any thread. reqwest and rustls are built without a cryptography of their own
/// choice, and ask for the process-wide one; it is installed here, once, and one that the program installed before
/// stands. (A client of our own TLS configuration would need the system's certificates read by ourselves.)
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    PROVIDER.call_once(|| {
        // An error only says that somebody was faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    builder().build().or_else(|error| {
        // A machine without any certificate can still ask over plain HTTP; over TLS it trusts nobody.
        tracing::warn!(%error, "no certificate authority is known on this machine: every https request will fail");
        builder().tls_certs_only([]).build()
    })
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT_PATIENCE)
        .user_agent(concat!("changeover/", env!("CARGO_PKG_VERSION")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_client_can_be_made_again_and_again() {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| super::client().unwrap());
            }
        });
    }
}
