//! The one HTTP client of the project.

use std::sync::Once;
use std::time::Duration;

/// How long a connection may take to be made.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

static PROVIDER: Once = Once::new();

/// Installs the cryptography of every TLS connection of this process. Whoever asks rustls for it before finds none, or,
/// where a library brings another one, panics: so this is the first thing that the program does.
pub fn install_cryptography() {
    PROVIDER.call_once(|| {
        // An error only says that somebody was faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A client that asks exactly whom it is told: no proxy from the environment, no redirect followed, no connection kept
/// for the next request (a check must not be answered by a process that is about to end). Callers set a time-out on
/// every request.
///
/// May be called any number of times from any thread. reqwest and rustls are built without a cryptography of their own
/// choice, and ask for the process-wide one; it is installed here, once, and one that the program installed before
/// stands. (A client of our own TLS configuration would need the system's certificates read by ourselves.)
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    install_cryptography();
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
    fn tls_is_done_by_ring_and_nobody_else() {
        super::install_cryptography();
        let installed = rustls::crypto::CryptoProvider::get_default().unwrap();
        let ring = rustls::crypto::ring::default_provider();
        assert_eq!(format!("{:?}", installed.cipher_suites), format!("{:?}", ring.cipher_suites));
        assert_eq!(format!("{:?}", installed.secure_random), format!("{:?}", ring.secure_random));
    }

    #[test]
    fn a_client_can_be_made_again_and_again() {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| super::client().unwrap());
            }
        });
    }
}
