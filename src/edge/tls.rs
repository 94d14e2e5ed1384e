//! The certificate that clients see, taken up anew when its files change.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::edge::settings;
use crate::edge::watched::Watched;

/// The certificate and its key.
pub(super) struct Certificates(Watched<ServerConfig>);

impl Certificates {
    /// Reads both files; an error is a sentence.
    pub(super) fn open(settings: &settings::Tls) -> Result<Self, String> {
        Watched::open(vec![settings.certificate.clone(), settings.key.clone()], read).map(Self)
    }

    /// Reads both files again if they have changed. Blocks.
    pub(super) fn look(&self) {
        self.0.look();
    }

    /// What the next connection is greeted with.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.current())
    }
}

fn read(files: &[PathBuf]) -> Result<ServerConfig, String> {
    let [certificate, key] = files else { return Err("a certificate and a key are two files".to_owned()) };
    let about = |file: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| about(certificate, &error))?;
    if chain.is_empty() {
        return Err(about(certificate, &"no certificate is in it"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| about(key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| about(key, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
