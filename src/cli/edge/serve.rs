//! `changeover edge serve`.

use std::net::SocketAddr;
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::builder::TypedValueParser as _;
use events::color::Color;
use hyper::header::HeaderName;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::duration;
use crate::edge::network::Network;
use crate::edge::settings::{Health, Preview, ProbePath, Settings, Tls};
use crate::edge::{self, Files};

/// Each flag that is left out has the default of the configuration file.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The Unix socket to be controlled over; the process id is written beside it.
    #[arg(long, value_name = "PATH")]
    socket: PathBuf,
    /// The file that weights and members are kept in.
    #[arg(long, value_name = "PATH")]
    state: PathBuf,
    /// The color that gets every request if there is no state file yet.
    #[arg(long, default_value = "blue", value_name = "COLOR")]
    initial: Color,
    /// Where plain HTTP comes in; may be repeated.
    #[arg(long, required = true, value_name = "ADDRESS")]
    listen: Vec<SocketAddr>,
    /// Where TLS comes in; may be repeated.
    #[arg(long, requires_all = ["tls_certificate", "tls_key"], value_name = "ADDRESS")]
    tls_listen: Vec<SocketAddr>,
    /// The certificate chain in PEM; read again when it changes.
    #[arg(long, requires = "tls_listen", value_name = "PATH")]
    tls_certificate: Option<PathBuf>,
    /// Its key in PEM; read again when it changes.
    #[arg(long, requires = "tls_listen", value_name = "PATH")]
    tls_key: Option<PathBuf>,
    /// The path that members are asked for; only status 200 passes [default: /health].
    #[arg(long, value_name = "PATH")]
    health_path: Option<ProbePath>,
    /// How often members are asked [default: 2s].
    #[arg(long, value_parser = positive(), value_name = "DURATION")]
    health_interval: Option<Duration>,
    /// How long a member may take to answer [default: 2s].
    #[arg(long, value_parser = positive(), value_name = "DURATION")]
    health_timeout: Option<Duration>,
    /// How many passes in a row make a member healthy [default: 2].
    #[arg(long, value_name = "COUNT")]
    healthy: Option<NonZeroU8>,
    /// How many failures in a row make it unhealthy [default: 3].
    #[arg(long, value_name = "COUNT")]
    unhealthy: Option<NonZeroU8>,
    /// The header by which a request chooses its color [default: x-changeover-preview].
    #[arg(long, value_name = "NAME")]
    preview_header: Option<HeaderName>,
    /// A file with the token that must follow the color in that header.
    #[arg(long, value_name = "PATH")]
    preview_token_file: Option<PathBuf>,
    /// No request chooses its color.
    #[arg(long)]
    no_preview: bool,
    /// A proxy, or a range of them, whose X-Forwarded-* headers are believed; may be repeated.
    #[arg(long, value_name = "NETWORK")]
    trusted_proxy: Vec<Network>,
    /// How long opening a connection to a member may take [default: 2s].
    #[arg(long, value_parser = positive(), value_name = "DURATION")]
    connect_timeout: Option<Duration>,
    /// The longest silence of a member, before its answer and within it [default: 60s].
    #[arg(long, value_parser = positive(), value_name = "DURATION")]
    answer_timeout: Option<Duration>,
    /// How many requests may wait during a pause [default: 10000].
    #[arg(long, value_name = "COUNT")]
    waiting_limit: Option<u32>,
    /// How long requests in flight may take once the balancer stops [default: 30s].
    #[arg(long, value_parser = duration::parse, value_name = "DURATION")]
    grace: Option<Duration>,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_target(false).init();
    let files = Files { socket: args.socket.clone(), state: args.state.clone() };
    let initial = args.initial;
    let settings = settings(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let stop = asked_to_stop().context("signals cannot be handled")?;
        edge::run(settings, files, initial, stop).await.context("the balancer did not start")
    });
    // Whatever still runs was given its time.
    runtime.shutdown_background();
    served.map(|()| ExitCode::SUCCESS)
}

/// Ends at SIGTERM or Ctrl-C. SIGHUP, which a closing terminal sends, changes nothing.
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let _ignored = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn settings(args: Args) -> anyhow::Result<Settings> {
    let tls = match (args.tls_certificate, args.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls { listen: args.tls_listen, certificate, key }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => anyhow::bail!("--tls-certificate and --tls-key belong together"),
    };
    let usual = Health::default();
    let health = Health {
        path: args.health_path.unwrap_or(usual.path),
        interval: args.health_interval.unwrap_or(usual.interval),
        timeout: args.health_timeout.unwrap_or(usual.timeout),
        healthy: args.healthy.unwrap_or(usual.healthy),
        unhealthy: args.unhealthy.unwrap_or(usual.unhealthy),
    };
    let preview = Preview {
        enabled: !args.no_preview,
        header: args.preview_header.unwrap_or(Preview::default().header),
        token_file: args.preview_token_file,
    };
    let usual = Settings::usual(args.listen);
    Ok(Settings {
        tls,
        health,
        preview,
        trusted_proxies: args.trusted_proxy,
        connect_timeout: args.connect_timeout.unwrap_or(usual.connect_timeout),
        answer_timeout: args.answer_timeout.unwrap_or(usual.answer_timeout),
        waiting_limit: args.waiting_limit.unwrap_or(usual.waiting_limit),
        grace: args.grace.unwrap_or(usual.grace),
        ..usual
    })
}

fn positive() -> impl clap::builder::TypedValueParser<Value = Duration> {
    clap::builder::NonEmptyStringValueParser::new().try_map(|text| match duration::parse(&text) {
        Ok(read) if read.is_zero() => Err("it must be more than 0".to_owned()),
        Ok(read) => Ok(read),
        Err(error) => Err(error.to_string()),
    })
}
