//! The list of mistakes, in the order of the invariants of ARCHITECTURE.md that they attack.

use clap::ValueEnum;

/// A mistake that can be planted: its name is the variant's in lower case with underscores, and its sentence says what
/// is so when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Mistake {
    // 1. Log first.
    /// The world is asked before the beginning of the step is on disk.
    AskBeforeLog,
    /// What was there is read, and the way back taken from it, after the world was asked.
    WayBackAfterAsk,
    /// A step is begun without the way back that it has.
    WayBackNotRecorded,

    // 2. Kill anywhere: the world is believed, not what was said to it, and whatever it did is done once.
    /// What the world accepted is taken for done, without a look.
    AnswerBelieved,
    /// A way back that the world accepted is taken for done, without a look.
    UndoBelieved,
    /// Each ask for one effect carries another key.
    KeyPerAttempt,
    /// A hook that may have happened, and may not happen twice, is run again.
    UnknownRepeated,
    /// What is underway is not ended before it is undone.
    StopStopsNothing,
    /// An ask that may still show is undone at once.
    SettlingNotWaited,
    /// What was accepted, and may still show, is asked for again at every look.
    UnsettledAskedAgain,
    /// The first step is undone first.
    UndoForwards,
    /// One delivery of an order is decided each time that it comes.
    DeliveryDecidedTwice,
    /// An order that has waited is begun, and waits on.
    QueuedTwice,
    /// A release is looked up again by its name when it is delivered.
    PinForgotten,
    /// What is said in chat is acknowledged, and not on disk.
    AckBeforeKept,
    /// A button is believed, whatever has happened since it was shown.
    StalePressAccepted,
    /// A message that may have been posted is posted again without looking for it.
    PostedWithoutLooking,
    /// A message is taken for posted that nobody has posted.
    PostedBeforePosting,
    /// A message does not come to show how it ended.
    EndNotShown,
    /// What was said in chat is acknowledged before it is kept.
    AcknowledgedUnkept,

    // 3. Never nobody.
    /// The old color leaves the balancer before the new one comes.
    RemoveBeforeAdd,
    /// The old color is destroyed as soon as the shares are set, whoever is still being answered there.
    SkipDrain,
    /// Nobody waits for the new color to be healthy.
    SkipHealthWait,
    /// Users are sent to the new color before it is a member.
    ShareBeforeAttach,
    /// The first share of a canary is everybody.
    CanaryJumps,
    /// No share of a canary is watched.
    BakeSkipped,
    /// A bake passes on its last reading, although nobody watched before.
    BakeUnwatched,
    /// Nobody checks through the balancer in the end.
    EntranceUnchecked,
    /// A reading without evidence is taken for a good one.
    NoEvidencePasses,
    /// One good round is enough, however many were asked for.
    OneRoundIsEnough,
    /// A bad round between good ones does not start the counting over.
    BadRoundForgotten,
    /// What a gate saw long ago is taken for what is, when the world is asked.
    OldGuardTrusted,
    /// Of the guards before a change only the last is looked at again.
    LastGuardEnough,
    /// Users are sent back to where nobody answers.
    UndoneToNobody,
    /// The checks are held against the first machine only.
    OneMachineChecked,
    /// It does not matter which release answers a check.
    ReleaseNotAsserted,
    /// A release goes to the environment that serves.
    DeployOntoLive,
    /// Users are brought to an environment where nothing is ready.
    CutoverOntoUnready,
    /// A cutover begins from whatever shares there are, also those that the log does not know.
    SharesUnchecked,
    /// What somebody else changed while a step was open is overwritten.
    DriftOverwritten,
    /// Shares that somebody else moved between two steps are taken for what was there.
    DriftBetweenStepsMissed,

    /// What works behind the requests goes on while users cross.
    WorkersGoOn,
    /// Nobody starts the workers where users are.
    WorkersLeftPaused,

    // 4. Never two writers.
    /// Requests go on while the databases cross.
    RequestsNotHeld,
    /// The old database takes writes while the new one is opened.
    FreezeSkipped,
    /// Both databases are taken for equal, whatever the wait for it says.
    EqualityBelieved,
    /// A crossing that turns back leaves the old database frozen.
    FrozenLeft,
    /// The new primary is opened, and nobody is pointed to it.
    RepointSkipped,
    /// Whichever server an environment uses is taken for the one that it should.
    PointingBelieved,
    /// What the databases ask for is taken for given.
    PreflightIgnored,
    /// A wait that ended is taken for a wait that was fulfilled.
    WaitBelieved,
    /// Nobody compares what both servers have executed.
    EqualitySkipped,
    /// Whoever was at a crossing before lives on beside whoever fences him.
    FenceKillsNobody,
    /// A freeze that waits behind somebody is not ended.
    WatchdogSleeps,
    /// A server is opened, whatever the other one is.
    OpenedUnread,
    /// An administrator may write to a server that is frozen.
    AdministratorsOverlooked,
    /// The lock of a session that has died is taken to hold.
    DeadLockTrusted,
    /// What an application may do by a role is not seen.
    RolesOverlooked,

    // 5. Never destroy what serves.
    /// The proof before a decommission always passes.
    ProofAlwaysPasses,
    /// The proof passes with machines that the log does not know.
    StrangersOverlooked,
    /// The proof passes at once, without anybody having been away for long.
    QuietNotWaited,
    /// The proof passes after the clock jumped.
    ClockJumpOverlooked,
    /// The proof passes while the log is not verified yet.
    UnverifiedLogTrusted,
    /// The machines are destroyed before the balancer has let go of them.
    DestroyBeforeDetach,
    /// A decommission destroys the environment that serves.
    LiveDestroyed,
    /// The window closes when it opens.
    WindowClosesAtOnce,
    /// The decommission comes when the window closes, not in the next slot.
    SlotIgnored,
    /// The decommission comes as soon as it was announced.
    SlotNotWaited,
    /// A slot that has long passed is taken all the same.
    LateSlotTaken,
    /// The decommission is not announced.
    AnnouncementSkipped,
    /// The schedule decommissions a site that somebody locked.
    LockedDecommissioned,
    /// That somebody keeps the way back is forgotten.
    HoldForgotten,

    // 6. The way back is real.
    /// A release goes onto the way back without a word.
    DeployOntoWayBack,
    /// Nobody is told that the way back would not work.
    LossNotTold,
    /// What a replica has before its source has counted it is taken for its own.
    SentTakenForErrant,

    // 8. One at a time.
    /// A site that is busy takes a second run.
    BusyTakesSecond,
    /// A lock does not close the site.
    LockIgnored,
    /// A lock stands in the way of a rollback.
    LockBlocksRollback,
    /// Whoever says `lock` gets the lock of somebody else.
    StolenByAnybody,
    /// A lock that is over still closes the site.
    LockForEver,
    /// Runs begin in quiet hours.
    QuietIgnored,
    /// An order whose turn came on a locked site begins when it is unlocked.
    QueueHeldByLock,
    /// A rollback leaves the site open.
    RollbackDoesNotLock,
    /// An append is written at whatever version there is.
    VersionUnchecked,
    /// A bot that was fenced goes on writing.
    FencingDropped,
    /// A second bot gets the log that the first one owns.
    SecondBotLetIn,

    // 9. Who may.
    /// The schedule may say what a person may.
    ScheduleMayEverything,
    /// Everybody in chat may say what the console may.
    RolesIgnored,
    /// Nobody is waited for who should approve.
    ApprovalSkipped,
    /// Who asked for a run approves it.
    OwnApproval,
    /// An approval of another plan counts.
    OtherPlanApproved,
    /// An approval counts for ever.
    LateApprovalCounts,
    /// What can't be taken back is begun when it is said once.
    UnconfirmedBegun,
    /// Whoever knows the code confirms what somebody else said.
    ConfirmedByAnother,
    /// A confirmation counts for ever.
    LateConfirmationCounts,
    /// What is confirmed is begun, although it is something else by then.
    ChangedPlanConfirmed,
    /// An order that has waited is begun by leave that was taken away meanwhile.
    QueuedLeaveKept,
    /// A guard can be skipped.
    GuardSkipped,
    /// What nobody has signed is heard.
    SignatureIgnored,
    /// What was meant for another app is heard.
    ForeignAppHeard,
    /// A signature counts whatever time it is of.
    OldSignatureCounts,
    /// The same of what Slack brings.
    OldDeliveryCounts,
    /// What nobody has signed is read.
    UnsignedRead,
    /// Another server than the bot's is heard.
    ForeignGuildHeard,

    // 10. No secrets.
    /// What a program prints is shown as it is.
    SecretsShown,

    // 11. History is final.
    /// An event does not carry the hash of the one before.
    ChainNotLinked,
    /// Events can be updated.
    UpdateAllowed,
    /// An event that was changed on disk is taken for whole.
    DamageOverlooked,
    /// That something was refused is not recorded.
    RefusalNotRecorded,

    // 12. Waiting has a name.
    /// Nothing is ever too late.
    DeadlineIgnored,
    /// The world is asked again for ever.
    RetriesForEver,
    /// A fault that may pass is taken for one that lasts.
    PassingFaultLasts,
    /// An abort behind the point of no return turns the run back.
    AbortPastReturn,
    /// A run that waits for a person goes on by itself.
    StuckGoesOn,
    /// Nobody is called when a run waits for a person.
    PeopleNotCalled,
    /// Steps begin on a disk that is full.
    FullDiskIgnored,

    // 13. One bad stream stops itself.
    /// A site goes on after an event that can't be.
    ParkedGoesOn,
}

impl Mistake {
    /// The number of the invariant that it attacks.
    #[must_use]
    pub fn invariant(self) -> u8 {
        let first = [
            (Self::AskBeforeLog, 1),
            (Self::AnswerBelieved, 2),
            (Self::RemoveBeforeAdd, 3),
            (Self::RequestsNotHeld, 4),
            (Self::ProofAlwaysPasses, 5),
            (Self::DeployOntoWayBack, 6),
            (Self::BusyTakesSecond, 8),
            (Self::ScheduleMayEverything, 9),
            (Self::SecretsShown, 10),
            (Self::ChainNotLinked, 11),
            (Self::DeadlineIgnored, 12),
            (Self::ParkedGoesOn, 13),
        ];
        first.into_iter().rev().find(|(mistake, _)| *mistake <= self).map_or(0, |(_, invariant)| invariant)
    }
}
