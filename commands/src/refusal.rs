//! A person may not: one sentence that says what to do instead.

use events::actor::Actor;
use events::color::Color;
use events::fact::RunKind;
use events::name::RoleName;
use events::number::{RunNumber, Ticket};
use events::release::ReleaseName;
use jiff::Timestamp;

use crate::sentence::time;

/// Why an order changed nothing. Holds no text that was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("you may not say `{verb}` here: {}", who_may(.roles))]
    NotAllowed { verb: &'static str, roles: Vec<RoleName> },
    #[error(
        "the log of this site holds an event that this bot cannot understand ({why}); nothing is done here until a bot that can takes over"
    )]
    Parked { why: String },
    #[error("this site is not known yet: look at it first with `adopt`")]
    NotAdopted,
    #[error("run #{run} ({kind}) is open: wait for it, {}or `abort` it", or_queue(*.can_wait))]
    Busy { run: RunNumber, kind: RunKind, can_wait: bool },
    #[error("{limit} orders wait here already: say it later, or take one out with `unqueue`")]
    QueueFull { limit: usize },
    #[error("that waits already, as number {ticket}: `unqueue` takes it out")]
    QueuedAlready { ticket: Ticket },
    #[error("what gives up the way back does not wait in a queue: say it when the site is free, and confirm it")]
    NotQueued,
    #[error("nothing like that waits here; `status` shows the queue")]
    NothingQueued,
    #[error("{color} has {found}, and this was meant for {meant}: look, and say `cutover` if you mean that")]
    OtherRelease { color: Color, found: String, meant: ReleaseName },
    #[error("the site is locked by {owner} since {}: \"{reason}\"; {}", time(*.since), before_unlock(.owner))]
    Locked { owner: Actor, since: Timestamp, reason: String },
    #[error(
        "{owner} holds the lock since {}: \"{reason}\"; ask them, or take it over with `--steal`", time(*.since)
    )]
    LockHeld { owner: Actor, since: Timestamp, reason: String },
    #[error(
        "these are quiet hours, until {}: say it after that, or `--at` a time after that{}", time(*.until), excepted(.roles)
    )]
    QuietHours { until: Timestamp, roles: Vec<RoleName> },
    #[error("the release could not be pinned: {why}")]
    NoRelease { why: String },
    #[error("a release goes to {}, which serves nobody: leave {color} out", .color.other())]
    ColorIsLive { color: Color },
    #[error(
        "{color} is the way back until {until}: `keep` it, `rollback` to it, or say `--give-up-way-back` to deploy onto it all the same"
    )]
    WayBackInUse { color: Color, until: String },
    #[error("{color} is not ready: `deploy` a release first")]
    NothingReady { color: Color },
    #[error("{color} is the way back, not a new release: say `rollback`")]
    ThatIsTheWayBack { color: Color },
    #[error("there is no way back: {why}; {}", instead(.ready.as_ref()))]
    NoWayBack { why: String, ready: Option<(Color, String)> },
    #[error("there is no old environment to {verb}: no window is open")]
    NoWindow { verb: &'static str },
    #[error("the window is open until {until}: say why it may end early with --reason")]
    WindowIsOpen { until: String },
    #[error("it is not time: {why}")]
    NotDue { why: String },
    #[error("run #{run} does not wait for approval; `status` shows what it does")]
    NothingToApprove { run: RunNumber },
    #[error("run #{run} is open, and its plan is {plan}: look at it with `plan`, then approve that one")]
    OtherPlan { run: RunNumber, plan: String },
    #[error("you asked for run #{run}, so somebody else must approve it")]
    OwnRequest { run: RunNumber },
    #[error("that is for {role} to say: ask one of them")]
    NotOfRole { role: RoleName },
    #[error("you have approved run #{run} already; somebody else is needed, or `withdraw` it")]
    ApprovedAlready { run: RunNumber },
    #[error("you have not approved run #{run}; to end it, say `reject` or `abort`")]
    NotApproved { run: RunNumber },
    #[error("only an emergency role may break the glass: ask for approval of run #{run}, or `abort` it")]
    NoEmergency { run: RunNumber },
    #[error("there is nothing to confirm any more: say it again, and confirm it within a minute")]
    NothingToConfirm,
    #[error("that was said by {by}, who alone confirms it")]
    NotYourOrder { by: Actor },
    #[error("that is not the code of what you said last; look at the answer again")]
    WrongCode,
    #[error("what would be done now is not what you were shown: say it again, and look")]
    PlanChanged,
    #[error("there is no open run to {verb}")]
    NoOpenRun { verb: &'static str },
    #[error("run #{run} is turning back already; `status` shows how far it is")]
    TurningBack { run: RunNumber },
    #[error("run #{run} is behind its point of no return and will be finished; `status` shows how far it is")]
    PastNoReturn { run: RunNumber },
    #[error("run #{run} is not waiting for a retry; `status` shows what it does")]
    NothingToRetry { run: RunNumber },
    #[error("step {step} of run #{run} is a guard, and guards can't be skipped: mend what it found, or `abort`")]
    StepIsGuard { run: RunNumber, step: u16 },
    #[error("step {step} of run #{run} changes the world and can't be skipped: wait for it, or `abort`")]
    StepIsChange { run: RunNumber, step: u16 },
    #[error("nothing is being waited for in run #{run} that could be skipped")]
    NothingToSkip { run: RunNumber },
    #[error("the site is not locked")]
    NotLocked,
    #[error("the balancer shares requests between both colors: move them to one first, then `adopt`")]
    TrafficIsShared,
    #[error("the world could not be read: {why}; try again when it answers")]
    WorldUnreadable { why: String },
    #[error("nothing to adopt: the world is as the log says")]
    NothingChanged,
    #[error("the shares of a canary must rise and lie between 1 and 99")]
    BadCanary,
    #[error("nobody is live yet to share requests with: say `cutover` without --canary")]
    NobodyToShareWith,
    #[error(
        "the database of {color} takes no writes before it crosses, so a share of the users could not write there: say `cutover` without --canary"
    )]
    CanaryCantWrite { color: Color },
    #[error(
        "run #{run} has brought users and database over and can't be turned back: say `rollback` to bring them back"
    )]
    HasCrossed { run: RunNumber },
    #[error("a rollback would lose writes: {why}; {}", despite(.missing.as_ref()))]
    NotLossless { why: String, missing: Option<u64> },
    #[error("that button is out of date, and nothing was done: {now}")]
    Stale { now: String },
    #[error("the plan would have more than {limit} steps: name fewer canary shares")]
    PlanTooLong { limit: usize },
}

fn who_may(roles: &[RoleName]) -> String {
    let names: Vec<&str> = roles.iter().map(RoleName::as_str).collect();
    match names.as_slice() {
        [] => "nobody in any role may; ask the people who run this bot".to_owned(),
        [role] => format!("{role} may, ask one of them"),
        [roles @ .., last] => format!("{} and {last} may, ask one of them", roles.join(", ")),
    }
}

fn excepted(roles: &[RoleName]) -> String {
    if roles.is_empty() { String::new() } else { format!("; {}", who_may(roles)) }
}

fn or_queue(can_wait: bool) -> &'static str {
    if can_wait { "say it with `--queue`, " } else { "" }
}

fn before_unlock(owner: &Actor) -> &'static str {
    if owner.is_system() { "see that the reason is gone, then `unlock` it" } else { "ask them, or `unlock` it" }
}

fn instead(ready: Option<&(Color, String)>) -> String {
    match ready {
        Some((color, release)) => format!("`cutover` goes to {release}, which is ready on {color}"),
        None => "`deploy` the release that you want back".to_owned(),
    }
}

fn despite(missing: Option<&u64>) -> String {
    match missing {
        Some(missing) => format!(
            "mend that, or say `rollback --accept-loss` to leave {missing} transactions behind, which are written to a file first"
        ),
        None => "what would be left behind can't be counted now: mend that first".to_owned(),
    }
}

impl Refusal {
    /// A stable word for the log.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "not_allowed",
            Self::Parked { .. } => "parked",
            Self::NotAdopted => "not_adopted",
            Self::Busy { .. } => "busy",
            Self::QueueFull { .. } => "queue_full",
            Self::QueuedAlready { .. } => "queued_already",
            Self::NotQueued => "not_queued",
            Self::NothingQueued => "nothing_queued",
            Self::OtherRelease { .. } => "other_release",
            Self::Locked { .. } => "locked",
            Self::LockHeld { .. } => "lock_held",
            Self::QuietHours { .. } => "quiet_hours",
            Self::NoRelease { .. } => "no_release",
            Self::ColorIsLive { .. } => "color_is_live",
            Self::WayBackInUse { .. } => "way_back_in_use",
            Self::NothingReady { .. } => "nothing_ready",
            Self::ThatIsTheWayBack { .. } => "that_is_the_way_back",
            Self::NoWayBack { .. } => "no_way_back",
            Self::NoWindow { .. } => "no_window",
            Self::WindowIsOpen { .. } => "window_is_open",
            Self::NotDue { .. } => "not_due",
            Self::NothingToApprove { .. } => "nothing_to_approve",
            Self::OtherPlan { .. } => "other_plan",
            Self::OwnRequest { .. } => "own_request",
            Self::NotOfRole { .. } => "not_of_role",
            Self::ApprovedAlready { .. } => "approved_already",
            Self::NotApproved { .. } => "not_approved",
            Self::NoEmergency { .. } => "no_emergency",
            Self::NothingToConfirm => "nothing_to_confirm",
            Self::NotYourOrder { .. } => "not_your_order",
            Self::WrongCode => "wrong_code",
            Self::PlanChanged => "plan_changed",
            Self::NoOpenRun { .. } => "no_open_run",
            Self::TurningBack { .. } => "turning_back",
            Self::PastNoReturn { .. } => "past_no_return",
            Self::NothingToRetry { .. } => "nothing_to_retry",
            Self::StepIsGuard { .. } => "step_is_guard",
            Self::StepIsChange { .. } => "step_is_change",
            Self::NothingToSkip { .. } => "nothing_to_skip",
            Self::NotLocked => "not_locked",
            Self::TrafficIsShared => "traffic_is_shared",
            Self::WorldUnreadable { .. } => "world_unreadable",
            Self::NothingChanged => "nothing_changed",
            Self::BadCanary => "bad_canary",
            Self::NobodyToShareWith => "nobody_to_share_with",
            Self::CanaryCantWrite { .. } => "canary_cant_write",
            Self::HasCrossed { .. } => "has_crossed",
            Self::NotLossless { .. } => "not_lossless",
            Self::Stale { .. } => "stale_button",
            Self::PlanTooLong { .. } => "plan_too_long",
        }
    }
}
