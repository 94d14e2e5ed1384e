//! Which test stands against which mistakes.

use changeover::mutants::Mistake;

use crate::suites::Test;

/// The suites that the tests are in.
pub(crate) const SUITES: [&str; 6] = ["check", "database", "discord", "log", "slack", "story"];

/// Each test, and the mistakes that it must notice.
const KILLERS: &[(Test, &[Mistake])] = &[
    (
        story("rules::log_first::nothing_is_asked_for_before_its_beginning_is_in_the_log"),
        &[Mistake::AskBeforeLog, Mistake::WayBackAfterAsk],
    ),
    (story("rules::log_first::what_was_begun_is_undone_wherever_it_is_aborted"), &[Mistake::WayBackNotRecorded]),
    (story("rules::answers::what_was_accepted_and_never_done_is_asked_for_again"), &[Mistake::AnswerBelieved]),
    (story("rules::answers::a_way_back_that_was_accepted_and_never_done_is_asked_for_again"), &[Mistake::UndoBelieved]),
    (story("rules::answers::what_is_asked_for_twice_carries_one_key_and_is_done_once"), &[Mistake::KeyPerAttempt]),
    (
        story("rules::answers::what_may_not_happen_twice_is_left_to_a_person_who_is_called"),
        &[Mistake::UnknownRepeated, Mistake::PeopleNotCalled],
    ),
    (story("rules::answers::a_delivery_is_ended_before_it_is_undone"), &[Mistake::StopStopsNothing]),
    (story("rules::answers::what_may_still_show_is_waited_for_before_it_is_undone"), &[Mistake::SettlingNotWaited]),
    (story("rules::answers::what_may_still_show_is_not_asked_for_again"), &[Mistake::UnsettledAskedAgain]),
    (story("rules::back::what_was_begun_last_is_undone_first"), &[Mistake::UndoForwards]),
    (story("rules::answers::one_delivery_of_an_order_is_decided_once"), &[Mistake::DeliveryDecidedTwice]),
    (story("rules::answers::a_release_means_what_it_meant_when_it_was_decided"), &[Mistake::PinForgotten]),
    (story("rules::chat::what_was_acknowledged_is_decided_although_the_bot_died_at_once"), &[Mistake::AckBeforeKept]),
    (story("rules::chat::a_button_that_is_out_of_date_does_nothing_but_explain"), &[Mistake::StalePressAccepted]),
    (story("rules::chat::a_message_whose_post_nobody_heard_of_is_not_posted_twice"), &[Mistake::PostedWithoutLooking]),
    (
        story("rules::chat::what_happened_while_the_platform_was_down_is_shown_as_it_is_now"),
        &[Mistake::PostedBeforePosting],
    ),
    (story("rules::chat::what_is_said_in_chat_is_decided_answered_and_shown"), &[Mistake::EndNotShown]),
    (story("rules::users::nobody_leaves_the_balancer_before_the_others_have_come"), &[Mistake::RemoveBeforeAdd]),
    (story("rules::users::the_old_color_is_there_until_everybody_has_left_it"), &[Mistake::SkipDrain]),
    (story("rules::users::nobody_is_sent_to_what_became_sick_since_it_was_ready"), &[Mistake::SkipHealthWait]),
    (story("rules::users::nobody_is_sent_to_what_the_balancer_does_not_know"), &[Mistake::ShareBeforeAttach]),
    (
        story("rules::users::a_canary_rises_share_by_share_and_each_is_watched"),
        &[Mistake::CanaryJumps, Mistake::BakeSkipped],
    ),
    (story("rules::users::a_bake_that_nobody_watched_brings_nobody_further"), &[Mistake::BakeUnwatched]),
    (
        story("rules::users::what_does_not_answer_through_the_balancer_is_turned_back_at_the_last_moment"),
        &[Mistake::EntranceUnchecked],
    ),
    (story("rules::gates::no_evidence_is_no_pass"), &[Mistake::NoEvidencePasses]),
    (story("rules::gates::one_good_round_is_not_two"), &[Mistake::OneRoundIsEnough]),
    (
        story("rules::gates::two_good_rounds_with_a_bad_one_between_them_are_not_two_in_a_row"),
        &[Mistake::BadRoundForgotten],
    ),
    (story("rules::gates::what_a_guard_saw_before_the_bot_was_down_is_looked_at_again"), &[Mistake::OldGuardTrusted]),
    (
        story("rules::back::users_who_are_answered_are_not_sent_back_to_where_nobody_answers"),
        &[Mistake::UndoneToNobody],
    ),
    (story("rules::gates::every_machine_is_checked"), &[Mistake::OneMachineChecked]),
    (story("rules::gates::the_release_that_answers_must_be_the_one_that_was_meant"), &[Mistake::ReleaseNotAsserted]),
    (story("rules::users::a_release_goes_where_no_users_are"), &[Mistake::DeployOntoLive]),
    (story("rules::users::users_are_not_brought_to_where_nothing_is_ready"), &[Mistake::CutoverOntoUnready]),
    (
        story("rules::answers::shares_that_somebody_moved_are_never_overwritten"),
        &[Mistake::DriftOverwritten, Mistake::DriftBetweenStepsMissed],
    ),
    (
        story("rules::answers::shares_that_somebody_moved_before_it_began_are_never_overwritten"),
        &[Mistake::SharesUnchecked],
    ),
    (
        story("rules::workers::workers_rest_while_users_cross_and_go_on_where_they_are"),
        &[Mistake::WorkersGoOn, Mistake::WorkersLeftPaused],
    ),
    (
        story("rules::workers::workers_that_somebody_starts_before_users_go_keep_them_where_they_are"),
        &[Mistake::LastGuardEnough],
    ),
    (story("rules::crossing::requests_wait_while_nobody_takes_writes"), &[Mistake::RequestsNotHeld]),
    (
        story("rules::crossing::users_and_their_writes_go_over_together_and_come_back_together"),
        &[Mistake::FreezeSkipped],
    ),
    (story("rules::crossing::nothing_is_opened_before_both_are_equal"), &[Mistake::EqualityBelieved]),
    (
        story("rules::crossing::whoever_is_turned_back_in_the_middle_writes_again_where_they_did"),
        &[Mistake::FrozenLeft],
    ),
    (
        story("rules::crossing::both_environments_use_whichever_takes_writes_and_the_point_of_no_return_is_last"),
        &[Mistake::RepointSkipped],
    ),
    (
        story("rules::crossing::what_would_lose_writes_is_no_way_to_where_nobody_can_write"),
        &[Mistake::PointingBelieved],
    ),
    (story("rules::crossing::a_replica_that_somebody_wrote_to_is_never_opened"), &[Mistake::PreflightIgnored]),
    (database("guards::mysql::a_replica_that_is_delayed_or_behind_is_not_crossed_to"), &[Mistake::WaitBelieved]),
    (database("guards::mysql::a_transaction_that_only_the_replica_has_is_named"), &[Mistake::EqualitySkipped]),
    (database("faults::mysql::a_freeze_of_a_dead_executor_never_lands"), &[Mistake::FenceKillsNobody]),
    (database("faults::mysql::a_freeze_behind_a_write_is_given_up_and_nobody_waits"), &[Mistake::WatchdogSleeps]),
    (database("faults::mysql::two_open_servers_are_seen_and_none_is_opened"), &[Mistake::OpenedUnread]),
    (
        database("faults::mariadb::nobody_writes_to_a_frozen_server_not_even_an_administrator"),
        &[Mistake::AdministratorsOverlooked],
    ),
    (
        database("recovered::mariadb::a_server_that_a_dead_executor_froze_is_kept_from_administrators_too"),
        &[Mistake::DeadLockTrusted],
    ),
    (
        database("ahead::mysql::a_follower_that_is_ahead_of_its_source_for_a_moment_has_nothing_of_its_own"),
        &[Mistake::SentTakenForErrant],
    ),
    (database("guards::mysql::a_role_by_which_an_application_could_write_is_named"), &[Mistake::RolesOverlooked]),
    (story("rules::proof::an_environment_that_gets_requests_is_not_destroyed"), &[Mistake::ProofAlwaysPasses]),
    (story("rules::proof::a_machine_that_nobody_recorded_is_not_destroyed"), &[Mistake::StrangersOverlooked]),
    (story("rules::proof::an_environment_that_was_used_just_now_is_not_destroyed"), &[Mistake::QuietNotWaited]),
    (story("rules::proof::nothing_is_destroyed_by_a_clock_that_jumped"), &[Mistake::ClockJumpOverlooked]),
    (story("rules::proof::nothing_is_destroyed_before_the_log_was_verified"), &[Mistake::UnverifiedLogTrusted]),
    (
        story("rules::proof::what_is_proven_is_let_go_by_the_balancer_and_then_destroyed"),
        &[Mistake::DestroyBeforeDetach, Mistake::LiveDestroyed],
    ),
    (story("rules::slots::the_way_back_is_there_as_long_as_it_was_promised"), &[Mistake::WindowClosesAtOnce]),
    (story("rules::slots::the_decommission_comes_in_a_slot_of_the_schedule"), &[Mistake::SlotIgnored]),
    (story("rules::slots::what_was_announced_is_waited_for"), &[Mistake::SlotNotWaited]),
    (story("rules::slots::a_slot_that_nobody_was_there_for_is_not_made_up_for"), &[Mistake::LateSlotTaken]),
    (story("rules::slots::nothing_is_decommissioned_that_was_not_announced"), &[Mistake::AnnouncementSkipped]),
    (story("rules::slots::a_locked_site_is_not_decommissioned"), &[Mistake::LockedDecommissioned]),
    (story("rules::slots::a_way_back_that_is_kept_stays"), &[Mistake::HoldForgotten]),
    (story("rules::back::a_release_goes_onto_the_way_back_only_when_it_is_given_up"), &[Mistake::DeployOntoWayBack]),
    (story("rules::back::a_way_back_that_is_lost_is_told_within_two_proofs"), &[Mistake::LossNotTold]),
    (story("rules::one_at_a_time::a_site_that_is_busy_takes_no_second_run"), &[Mistake::BusyTakesSecond]),
    (story("rules::one_at_a_time::a_lock_closes_a_site"), &[Mistake::LockIgnored]),
    (story("rules::one_at_a_time::the_lock_of_somebody_else_is_not_taken_by_accident"), &[Mistake::StolenByAnybody]),
    (story("rules::one_at_a_time::a_lock_ends_when_its_time_is_over"), &[Mistake::LockForEver]),
    (story("rules::one_at_a_time::nothing_begins_in_quiet_hours"), &[Mistake::QuietIgnored]),
    (
        story("rules::one_at_a_time::what_is_refused_at_its_turn_does_not_begin_when_the_site_is_unlocked"),
        &[Mistake::QueueHeldByLock],
    ),
    (story("rules::one_at_a_time::what_waits_has_one_turn"), &[Mistake::QueuedTwice]),
    (story("rules::back::a_lock_never_stands_in_the_way_of_a_rollback"), &[Mistake::LockBlocksRollback]),
    (story("rules::back::a_rollback_closes_the_site_until_somebody_has_looked"), &[Mistake::RollbackDoesNotLock]),
    (
        story("rules::one_at_a_time::what_was_seen_before_somebody_spoke_is_looked_at_again"),
        &[Mistake::VersionUnchecked],
    ),
    (story("rules::one_at_a_time::the_schedule_may_not_deploy"), &[Mistake::ScheduleMayEverything]),
    (story("rules::who_may::whoever_is_in_no_role_may_ask_and_nothing_else"), &[Mistake::RolesIgnored]),
    (story("rules::who_may::nothing_is_begun_before_it_is_approved"), &[Mistake::ApprovalSkipped]),
    (story("rules::who_may::nobody_approves_what_they_asked_for"), &[Mistake::OwnApproval]),
    (story("rules::who_may::an_approval_of_another_plan_is_none_of_this"), &[Mistake::OtherPlanApproved]),
    (story("rules::who_may::what_is_not_approved_in_time_turns_back"), &[Mistake::LateApprovalCounts]),
    (
        story("rules::who_may::what_can_not_be_taken_back_is_said_twice_by_one_person_within_a_minute"),
        &[Mistake::UnconfirmedBegun, Mistake::ConfirmedByAnother, Mistake::LateConfirmationCounts],
    ),
    (story("rules::who_may::what_is_confirmed_is_what_was_shown"), &[Mistake::ChangedPlanConfirmed]),
    (story("rules::who_may::what_waits_is_begun_by_leave_of_then"), &[Mistake::QueuedLeaveKept]),
    (story("rules::gates::nobody_skips_a_guard"), &[Mistake::GuardSkipped]),
    (story("rules::log_first::what_was_refused_is_in_the_log"), &[Mistake::RefusalNotRecorded]),
    (story("rules::waiting::what_can_not_be_read_until_its_deadline_is_turned_back"), &[Mistake::DeadlineIgnored]),
    (story("rules::waiting::a_world_that_always_refuses_is_asked_as_often_as_was_agreed"), &[Mistake::RetriesForEver]),
    (story("rules::waiting::a_fault_that_passes_is_waited_for"), &[Mistake::PassingFaultLasts]),
    (
        story("rules::waiting::behind_the_point_of_no_return_an_abort_is_answered_and_changes_nothing"),
        &[Mistake::AbortPastReturn],
    ),
    (story("rules::answers::what_waits_for_a_person_never_goes_on_by_itself"), &[Mistake::StuckGoesOn]),
    (
        story("rules::log_first::no_step_begins_on_a_full_disk_and_the_run_goes_on_when_there_is_space"),
        &[Mistake::FullDiskIgnored],
    ),
    (story("rules::one_at_a_time::an_event_that_nobody_understands_parks_its_site"), &[Mistake::ParkedGoesOn]),
    (log("books::a_bot_whose_log_was_taken_over_writes_nothing_more"), &[Mistake::FencingDropped]),
    (log("opening::a_second_bot_is_refused_by_whatever_name_it_calls_the_file"), &[Mistake::SecondBotLetIn]),
    (log("appending::what_was_appended_is_what_is_read_by_position_and_by_stream"), &[Mistake::ChainNotLinked]),
    (log("attacks::no_statement_changes_history"), &[Mistake::UpdateAllowed]),
    (log("damage::a_flipped_byte_on_disk_is_found_by_the_chain_and_by_nothing_else"), &[Mistake::DamageOverlooked]),
    (
        slack("requests::what_slack_signed_just_now_is_heard_and_nothing_else_is"),
        &[Mistake::SignatureIgnored, Mistake::OldDeliveryCounts],
    ),
    (
        slack("requests::what_slack_would_not_send_is_refused_and_what_is_none_of_ours_changes_nothing"),
        &[Mistake::ForeignAppHeard],
    ),
    (slack("sockets::an_acknowledgement_waits_for_the_disk"), &[Mistake::AcknowledgedUnkept]),
    (
        discord("requests::what_discord_signed_just_now_is_heard_and_nothing_else_is"),
        &[Mistake::OldSignatureCounts, Mistake::UnsignedRead],
    ),
    (
        discord("requests::what_discord_would_not_send_is_refused_and_what_is_none_of_ours_changes_nothing"),
        &[Mistake::ForeignGuildHeard],
    ),
    (discord("requests::an_acknowledgement_waits_for_the_disk"), &[Mistake::AcknowledgedUnkept]),
    (check("command::a_secret_is_given_and_never_shown"), &[Mistake::SecretsShown]),
];

/// The test that must fail when the mistake is made, if there is one.
pub(crate) fn killer(mistake: Mistake) -> Option<Test> {
    KILLERS.iter().find(|(_, mistakes)| mistakes.contains(&mistake)).map(|(test, _)| *test)
}

const fn story(name: &'static str) -> Test {
    Test { suite: "story", name }
}

const fn database(name: &'static str) -> Test {
    Test { suite: "database", name }
}

const fn log(name: &'static str) -> Test {
    Test { suite: "log", name }
}

const fn slack(name: &'static str) -> Test {
    Test { suite: "slack", name }
}

const fn discord(name: &'static str) -> Test {
    Test { suite: "discord", name }
}

const fn check(name: &'static str) -> Test {
    Test { suite: "check", name }
}
