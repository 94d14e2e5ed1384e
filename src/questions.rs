//! Questions, answered from the log: of a running bot, or of a file.

use std::fmt;

use commands::answer::{History, HistoryReport, PlanReport, Replay, ReplayReport, StatusReport, Why, WhyReport};
use commands::answer::{PreflightReport, StandingReport, plan, status};
use commands::sentence;
use events::envelope::{Recorded, Stream};
use events::fact::{Event, RunEvent};
use events::fold::State;
use events::history::Moment;
use events::name::SiteName;
use events::number::{Position, RunNumber, Version};
use events::wire;
use serde::Serialize;

use crate::ports::{LogReader, ReadError};

/// How many events one read takes.
const PAGE: usize = 512;

/// An answer: text for people, JSON for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Status(Vec<StatusReport>),
    History(HistoryReport),
    Why(WhyReport),
    Replay(Box<ReplayReport>),
    Plan(Option<PlanReport>),
    Preflight(PreflightReport),
    Standing(Box<StandingReport>),
    Text(String),
}

/// Where sites stood at `moment`; all that the log knows, or the one that is named.
pub async fn status_at(
    log: &dyn LogReader,
    site: Option<&SiteName>,
    moment: Option<Moment>,
) -> Result<Reply, ReadError> {
    Ok(status_of(&fold(log, moment).await?, site))
}

/// The state at `moment`, folded from the first event on.
pub async fn fold(log: &dyn LogReader, moment: Option<Moment>) -> Result<State, ReadError> {
    let mut state = State::default();
    scan(log, moment, |it| state.apply(it)).await?;
    Ok(state)
}

/// Where sites stand in `state`.
#[must_use]
pub fn status_of(state: &State, site: Option<&SiteName>) -> Reply {
    let named = site.map(|name| vec![status(name, &state.site(name))]);
    Reply::Status(named.unwrap_or_else(|| state.sites.iter().map(|(name, site)| status(name, site)).collect()))
}

/// The newest runs of a site.
pub async fn history(
    log: &dyn LogReader,
    site: &SiteName,
    limit: u16,
    moment: Option<Moment>,
) -> Result<Reply, ReadError> {
    let mut history = History::new(site, usize::from(limit));
    scan_site(log, site, moment, |it| history.take(it)).await?;
    Ok(Reply::History(history.report()))
}

/// What explains a run of a site: the newest one, if none is named.
pub async fn why(
    log: &dyn LogReader,
    site: &SiteName,
    run: Option<RunNumber>,
    moment: Option<Moment>,
) -> Result<Reply, ReadError> {
    let run = match run {
        Some(run) => Some(run),
        None => newest(log, site, moment).await?,
    };
    let mut why = Why::new(site, run);
    scan_site(log, site, moment, |it| why.take(it)).await?;
    Ok(Reply::Why(why.report()))
}

/// The events of a site (or one of its runs), told one by one.
pub async fn replay(
    log: &dyn LogReader,
    site: &SiteName,
    run: Option<RunNumber>,
    moment: Option<Moment>,
) -> Result<Reply, ReadError> {
    let mut replay = Replay::new(site, run);
    scan_site(log, site, moment, |it| replay.take(it)).await?;
    Ok(Reply::Replay(Box::new(replay.report())))
}

/// The plan of a run: the newest one, if none is named.
pub async fn plan_of(log: &dyn LogReader, site: &SiteName, run: Option<RunNumber>) -> Result<Reply, ReadError> {
    let mut found = None;
    scan_site(log, site, None, |recorded| {
        if let Some((number, report)) = planned(recorded)
            && run.is_none_or(|it| it == number)
        {
            found = Some(report);
        }
    })
    .await?;
    Ok(Reply::Plan(found))
}

async fn newest(log: &dyn LogReader, site: &SiteName, moment: Option<Moment>) -> Result<Option<RunNumber>, ReadError> {
    let mut newest = None;
    scan_site(log, site, moment, |it| newest = planned(it).map(|(run, _)| run).or(newest)).await?;
    Ok(newest)
}

fn planned(recorded: &Recorded) -> Option<(RunNumber, PlanReport)> {
    if recorded.kind != "RunRequested" {
        return None;
    }
    let Ok(Event::Run(RunEvent::Requested { run, kind, color, release, plan: steps, .. })) = wire::decode(recorded)
    else {
        return None;
    };
    Some((run, plan(sentence::headline(kind, color, release.as_ref()), &steps)))
}

/// Reads every event of the log up to `moment`, a page at a time.
async fn scan(log: &dyn LogReader, moment: Option<Moment>, mut take: impl FnMut(&Recorded)) -> Result<(), ReadError> {
    let mut position = Position(0);
    loop {
        let page = log.after(position, PAGE).await?;
        for it in &page {
            if moment.is_some_and(|moment| !moment.includes(it)) {
                return Ok(());
            }
            take(it);
        }
        match page.last() {
            Some(last) if page.len() == PAGE => position = last.position,
            Some(_) | None => return Ok(()),
        }
    }
}

/// The same for the events of one site.
async fn scan_site(
    log: &dyn LogReader,
    site: &SiteName,
    moment: Option<Moment>,
    mut take: impl FnMut(&Recorded),
) -> Result<(), ReadError> {
    let stream = Stream(site.to_string());
    let mut version = Version(0);
    loop {
        let page = log.stream_after(&stream, version, PAGE).await?;
        for it in &page {
            if moment.is_some_and(|moment| !moment.includes(it)) {
                return Ok(());
            }
            take(it);
        }
        match page.last() {
            Some(last) if page.len() == PAGE => version = last.version,
            Some(_) | None => return Ok(()),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(sites) if sites.is_empty() => f.write_str("the log knows no site yet"),
            Self::Status(sites) => {
                let texts: Vec<String> = sites.iter().map(ToString::to_string).collect();
                f.write_str(&texts.join("\n\n"))
            }
            Self::History(report) => report.fmt(f),
            Self::Why(report) => report.fmt(f),
            Self::Replay(report) => report.fmt(f),
            Self::Plan(Some(report)) => report.fmt(f),
            Self::Preflight(report) => report.fmt(f),
            Self::Standing(report) => report.fmt(f),
            Self::Plan(None) => f.write_str("there is no such run, so there is no plan; `history` lists the runs"),
            Self::Text(text) => f.write_str(text),
        }
    }
}
