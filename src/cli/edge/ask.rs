//! The commands that ask a running balancer.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use events::color::Color;
use events::machine::Member;
use events::weights::Weights;

use crate::config::duration;
use crate::edge::control::{Answer, Request, Status};
use crate::edge::state::{OnExpiry, PauseStanding};

/// How long a balancer may take to answer.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
struct Target {
    /// The control socket of the balancer.
    #[arg(long, value_name = "PATH")]
    socket: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    target: Target,
    /// Sentences for people, or JSON for programs.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, clap::Args)]
pub(super) struct WeightsArgs {
    /// `COLOR=PERCENT`, once or for both colors; they add up to 100.
    #[arg(required = true, num_args = 1..=2, value_parser = share, value_name = "COLOR=PERCENT")]
    shares: Vec<(Color, u8)>,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
pub(super) struct MembersArgs {
    /// The color whose members these are.
    color: Color,
    /// `MACHINE=HOST:PORT`, one or more.
    #[arg(required_unless_present = "none", value_parser = member, value_name = "MACHINE=ADDRESS")]
    members: Vec<Member>,
    /// Take every member away.
    #[arg(long, conflicts_with = "members")]
    none: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
pub(super) struct PauseArgs {
    /// When the pause ends by itself.
    #[arg(long, default_value = "10s", value_parser = duration::parse, value_name = "DURATION")]
    budget: Duration,
    /// What becomes of requests then: `release` lets them go on, `reject` answers 503 until somebody resumes.
    #[arg(long, value_parser = on_expiry, default_value = "release")]
    on_expiry: OnExpiry,
    /// A word by which this pause is known; asked for again, it is not repeated.
    #[arg(long)]
    key: String,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    /// Only if the pause is known by this word.
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
pub(super) struct StopArgs {
    #[command(flatten)]
    target: Target,
}

pub(super) fn status(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    let status = match ask(&args.target, &Request::Status {})? {
        Answer::Status(status) => status,
        other @ (Answer::Done {} | Answer::Error { .. } | Answer::Failed { .. }) => return done(other),
    };
    match args.format {
        Format::Text => print(&in_words(&status)),
        Format::Json => print(&serde_json::to_string_pretty(&status)?),
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn weights(args: &WeightsArgs) -> anyhow::Result<ExitCode> {
    let weights = match args.shares.as_slice() {
        [(color, percent)] => Weights::percent_to(*color, *percent),
        [(color, percent), (other, rest)] if color != other && percent.saturating_add(*rest) == 100 => {
            Weights::percent_to(*color, *percent)
        }
        _ => bail!("weights are of two colors and add up to 100, such as blue=0 green=100"),
    };
    done(ask(&args.target, &Request::Weights { weights, key: None })?)
}

pub(super) fn members(args: MembersArgs) -> anyhow::Result<ExitCode> {
    let request = Request::Members { color: args.color, members: args.members, key: None };
    done(ask(&args.target, &request)?)
}

pub(super) fn pause(args: &PauseArgs) -> anyhow::Result<ExitCode> {
    let budget_ms = u64::try_from(args.budget.as_millis()).context("the budget is too long")?;
    let request = Request::Pause { budget_ms, on_expiry: args.on_expiry, key: args.key.clone(), instead_of: None };
    done(ask(&args.target, &request)?)
}

pub(super) fn resume(args: &ResumeArgs) -> anyhow::Result<ExitCode> {
    done(ask(&args.target, &Request::Resume { key: args.key.clone() })?)
}

pub(super) fn stop(args: &StopArgs) -> anyhow::Result<ExitCode> {
    done(ask(&args.target, &Request::Stop {})?)
}

fn ask(target: &Target, request: &Request) -> anyhow::Result<Answer> {
    crate::cli::block_on(async { Ok(crate::control::ask(&target.socket, request, LIMIT).await?) })
}

fn done(answer: Answer) -> anyhow::Result<ExitCode> {
    match answer {
        Answer::Done {} => Ok(ExitCode::SUCCESS),
        Answer::Error { sentence } | Answer::Failed { sentence } => bail!(sentence),
        Answer::Status(_) => bail!("the balancer answered something else"),
    }
}

fn in_words(status: &Status) -> String {
    let mut lines = vec![format!("weights: {}", status.weights)];
    for color in Color::BOTH {
        let (users, previews) = (status.users.get(color), status.previews.get(color));
        lines.push(format!(
            "{color}: {} in flight, {} begun; previews: {} in flight, {} begun",
            users.in_flight, users.begun, previews.in_flight, previews.begun
        ));
        for it in status.members.get(color) {
            let health = if it.is_healthy { "healthy" } else { "NOT healthy" };
            lines.push(format!("  {} at {}: {health} ({})", it.member.machine, it.member.address, it.note));
        }
        if status.members.get(color).is_empty() {
            lines.push("  no members".to_owned());
        }
    }
    if let Some(pause) = &status.pause {
        lines.push(match pause.standing {
            PauseStanding::Holding => {
                format!("paused by {} until {}: {} requests wait", pause.key, pause.until, status.waiting)
            }
            PauseStanding::Rejecting => format!("the pause of {} is over: requests are answered with 503", pause.key),
            PauseStanding::Released => format!("the pause of {} is over: requests flow", pause.key),
            PauseStanding::Resumed => format!("the pause of {} was ended: requests flow", pause.key),
        });
    }
    let addresses = status.listening.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    lines.push(format!("answered with an error by the balancer itself: {}", status.refused));
    lines.push(format!(
        "process {}, start {} on its state, listens on {addresses}",
        status.process.pid, status.generation
    ));
    lines.join("\n")
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn print(text: &str) {
    println!("{text}");
}

fn share(text: &str) -> Result<(Color, u8), String> {
    let (color, percent) = text.split_once('=').ok_or("write COLOR=PERCENT, such as green=100")?;
    let color = color.parse().map_err(|error| format!("{error}"))?;
    match percent.trim_end_matches('%').parse() {
        Ok(percent) if percent <= 100 => Ok((color, percent)),
        Ok(_) | Err(_) => Err(format!("{percent} is not a whole percentage from 0 to 100")),
    }
}

fn member(text: &str) -> Result<Member, String> {
    let (machine, address) = text.split_once('=').ok_or("write MACHINE=HOST:PORT, such as web-1=10.0.0.5:8000")?;
    Ok(Member { machine: machine.parse().map_err(|error| format!("{error}"))?, address: address.to_owned() })
}

fn on_expiry(text: &str) -> Result<OnExpiry, String> {
    match text {
        "release" => Ok(OnExpiry::Release),
        "reject" => Ok(OnExpiry::Reject),
        _ => Err("write release or reject".to_owned()),
    }
}
