//! Which test stands against which mistake. The compiler sees to it that none is left out.

use changeover::mutants::Mistake;

use crate::suites::Test;

/// The suites that the tests are in, besides those in `src/`.
pub(crate) const SUITES: [&str; 3] = ["check", "log", "story"];

/// The test that must fail when the mistake is made.
pub(crate) fn killer(mistake: Mistake) -> Test {
    use Mistake as M;
    match mistake {
        M::AskBeforeLog | M::WayBackAfterAsk => {
            story("rules::log_first::nothing_is_asked_for_before_its_beginning_is_in_the_log")
        }
        M::WayBackNotRecorded => story("rules::log_first::what_was_begun_is_undone_wherever_it_is_aborted"),

        M::AnswerBelieved => story("rules::answers::what_was_accepted_and_never_done_is_asked_for_again"),
        M::UndoBelieved => story("rules::answers::a_way_back_that_was_accepted_and_never_done_is_asked_for_again"),
        M::KeyPerAttempt => story("rules::answers::what_is_asked_for_twice_carries_one_key_and_is_done_once"),
        M::UnknownRepeated => story("rules::answers::what_may_not_happen_twice_is_left_to_a_person_who_is_called"),
        M::StopStopsNothing => story("rules::answers::a_delivery_is_ended_before_it_is_undone"),
        M::SettlingNotWaited => story("rules::answers::what_may_still_show_is_waited_for_before_it_is_undone"),
        M::UnsettledAskedAgain => story("rules::answers::what_may_still_show_is_not_asked_for_again"),
        M::UndoForwards => story("rules::back::what_was_begun_last_is_undone_first"),
        M::DeliveryDecidedTwice => story("rules::answers::one_delivery_of_an_order_is_decided_once"),
        M::PinForgotten => story("rules::answers::a_release_means_what_it_meant_when_it_was_decided"),

        M::RemoveBeforeAdd => story("rules::users::nobody_leaves_the_balancer_before_the_others_have_come"),
        M::SkipDrain => story("rules::users::the_old_color_is_there_until_everybody_has_left_it"),
        M::SkipHealthWait => story("rules::users::nobody_is_sent_to_what_became_sick_since_it_was_ready"),
        M::ShareBeforeAttach => story("rules::users::nobody_is_sent_to_what_the_balancer_does_not_know"),
        M::CanaryJumps | M::BakeSkipped => story("rules::users::a_canary_rises_share_by_share_and_each_is_watched"),
        M::BakeUnwatched => story("rules::users::a_bake_that_nobody_watched_brings_nobody_further"),
        M::EntranceUnchecked => {
            story("rules::users::what_does_not_answer_through_the_balancer_is_turned_back_at_the_last_moment")
        }
        M::NoEvidencePasses => story("rules::gates::no_evidence_is_no_pass"),
        M::OneRoundIsEnough => story("rules::gates::one_good_round_is_not_two"),
        M::BadRoundForgotten => story("rules::gates::two_good_rounds_with_a_bad_one_between_them_are_not_two_in_a_row"),
        M::OneMachineChecked => story("rules::gates::every_machine_is_checked"),
        M::ReleaseNotAsserted => story("rules::gates::the_release_that_answers_must_be_the_one_that_was_meant"),
        M::DeployOntoLive => story("rules::users::a_release_goes_where_no_users_are"),
        M::CutoverOntoUnready => story("rules::users::users_are_not_brought_to_where_nothing_is_ready"),
        M::DriftOverwritten | M::DriftBetweenStepsMissed => {
            story("rules::answers::shares_that_somebody_moved_are_never_overwritten")
        }

        M::ProofAlwaysPasses => story("rules::proof::an_environment_that_gets_requests_is_not_destroyed"),
        M::StrangersOverlooked => story("rules::proof::a_machine_that_nobody_recorded_is_not_destroyed"),
        M::QuietNotWaited => story("rules::proof::an_environment_that_was_used_just_now_is_not_destroyed"),
        M::ClockJumpOverlooked => story("rules::proof::nothing_is_destroyed_by_a_clock_that_jumped"),
        M::UnverifiedLogTrusted => story("rules::proof::nothing_is_destroyed_before_the_log_was_verified"),
        M::DestroyBeforeDetach | M::LiveDestroyed => {
            story("rules::proof::what_is_proven_is_let_go_by_the_balancer_and_then_destroyed")
        }
        M::WindowClosesAtOnce => story("rules::slots::the_way_back_is_there_as_long_as_it_was_promised"),
        M::SlotIgnored => story("rules::slots::the_decommission_comes_in_a_slot_of_the_schedule"),
        M::SlotNotWaited => story("rules::slots::what_was_announced_is_waited_for"),
        M::LateSlotTaken => story("rules::slots::a_slot_that_nobody_was_there_for_is_not_made_up_for"),
        M::AnnouncementSkipped => story("rules::slots::nothing_is_decommissioned_that_was_not_announced"),
        M::LockedDecommissioned => story("rules::slots::a_locked_site_is_not_decommissioned"),
        M::HoldForgotten => story("rules::slots::a_way_back_that_is_kept_stays"),

        M::DeployOntoWayBack => story("rules::back::a_release_goes_onto_the_way_back_only_when_it_is_given_up"),
        M::LossNotTold => story("rules::back::a_way_back_that_is_lost_is_told_within_two_proofs"),

        M::BusyTakesSecond => story("rules::one_at_a_time::a_site_that_is_busy_takes_no_second_run"),
        M::LockIgnored => story("rules::one_at_a_time::a_lock_closes_a_site"),
        M::LockBlocksRollback => story("rules::back::a_lock_never_stands_in_the_way_of_a_rollback"),
        M::RollbackDoesNotLock => story("rules::back::a_rollback_closes_the_site_until_somebody_has_looked"),
        M::VersionUnchecked => story("rules::one_at_a_time::what_was_seen_before_somebody_spoke_is_looked_at_again"),
        M::FencingDropped => log("books::a_bot_whose_log_was_taken_over_writes_nothing_more"),
        M::SecondBotLetIn => log("opening::a_second_bot_is_refused_by_whatever_name_it_calls_the_file"),

        M::ScheduleMayEverything => story("rules::one_at_a_time::the_schedule_may_not_deploy"),
        M::GuardSkipped => story("rules::gates::nobody_skips_a_guard"),

        M::SecretsShown => Test { suite: "check", name: "command::a_secret_is_given_and_never_shown" },

        M::ChainNotLinked => log("appending::what_was_appended_is_what_is_read_by_position_and_by_stream"),
        M::UpdateAllowed => log("attacks::no_statement_changes_history"),
        M::DamageOverlooked => log("damage::a_flipped_byte_on_disk_is_found_by_the_chain_and_by_nothing_else"),
        M::RefusalNotRecorded => story("rules::log_first::what_was_refused_is_in_the_log"),

        M::DeadlineIgnored => story("rules::waiting::what_can_not_be_read_until_its_deadline_is_turned_back"),
        M::RetriesForEver => story("rules::waiting::a_world_that_always_refuses_is_asked_as_often_as_was_agreed"),
        M::PassingFaultLasts => story("rules::waiting::a_fault_that_passes_is_waited_for"),
        M::AbortPastReturn => {
            story("rules::waiting::behind_the_point_of_no_return_an_abort_is_answered_and_changes_nothing")
        }
        M::StuckGoesOn => story("rules::answers::what_waits_for_a_person_never_goes_on_by_itself"),
        M::PeopleNotCalled => story("rules::answers::what_may_not_happen_twice_is_left_to_a_person_who_is_called"),
        M::FullDiskIgnored => {
            story("rules::log_first::no_step_begins_on_a_full_disk_and_the_run_goes_on_when_there_is_space")
        }

        M::ParkedGoesOn => story("rules::one_at_a_time::an_event_that_nobody_understands_parks_its_site"),
    }
}

fn story(name: &'static str) -> Test {
    Test { suite: "story", name }
}

fn log(name: &'static str) -> Test {
    Test { suite: "log", name }
}
