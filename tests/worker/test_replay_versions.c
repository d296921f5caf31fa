/* SPDX-License-Identifier: MIT */
/* Versions and patches against histories written by hand: what each release of code does with the other's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/history_changes.h"
#include "tests/lib/history_markers.h"
#include "tests/worker/replay_fixture.h"

#define A      "\"a\""
#define A_1    "[\"a-1\"]"
#define PATCH  "{\"id\":\"a\",\"deprecated\":false}"
#define OLD    "{\"id\":\"a\",\"deprecated\":true}"
#define LISTED "[\"a\"]"

/* ---- Workflows: the new code waits an hour, the old one a day ---- */

static enum tl_status wait_for(struct tl_workflow *wf, int is_new)
{
    return tl_sleep(wf, is_new ? TL_HOURS(1) : TL_DAYS(1));
}

static enum tl_status asks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return wait_for(wf, tl_get_version(wf, "a", TL_DEFAULT_VERSION, 1) == 1);
}

static enum tl_status wants_two(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return wait_for(wf, tl_get_version(wf, "a", 2, 3) > 0);
}

static enum tl_status knows_one(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return wait_for(wf, tl_get_version(wf, "a", TL_DEFAULT_VERSION, 1) > 0);
}

static enum tl_status asks_never(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return wait_for(wf, 1);
}

/* Whether it is there is asked behind another command of the same task. */
static enum tl_status asks_late(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timer = tl_timer_start(wf, TL_DAYS(30));

    (void)input;
    (void)result;
    enum tl_status status = wait_for(wf, tl_get_version(wf, "a", TL_DEFAULT_VERSION, 1) == 1);
    tl_future_cancel(timer);
    return status;
}

static enum tl_status asks_for_two(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    int a = tl_get_version(wf, "a", TL_DEFAULT_VERSION, 1);
    int b = tl_get_version(wf, "b", TL_DEFAULT_VERSION, 1);
    return wait_for(wf, a == 1 && b == 1);
}

/* A version that is asked for in each round, and first in a round that is over. */
static enum tl_status asks_in_rounds(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (int round = 0; round < 2; round++) {
        if (wait_for(wf, tl_get_version(wf, "a", TL_DEFAULT_VERSION, 1) == 1) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

static enum tl_status patches(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return wait_for(wf, tl_patched(wf, "a"));
}

static enum tl_status deprecates(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    tl_deprecate_patch(wf, "a");
    return wait_for(wf, 1);
}

static enum tl_status patches_b(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return wait_for(wf, tl_patched(wf, "b"));
}

static enum tl_status
asks_for_nothing(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return wait_for(wf, tl_get_version(wf, "a", 2, 1));
}

static enum tl_status
asks_without_a_name(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return wait_for(wf, tl_patched(wf, ""));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Asks", asks);
    tl_register_workflow(registry, "WantsTwo", wants_two);
    tl_register_workflow(registry, "KnowsOne", knows_one);
    tl_register_workflow(registry, "AsksNever", asks_never);
    tl_register_workflow(registry, "AsksLate", asks_late);
    tl_register_workflow(registry, "AsksForTwo", asks_for_two);
    tl_register_workflow(registry, "AsksInRounds", asks_in_rounds);
    tl_register_workflow(registry, "Patches", patches);
    tl_register_workflow(registry, "Deprecates", deprecates);
    tl_register_workflow(registry, "PatchesB", patches_b);
    tl_register_workflow(registry, "AsksForNothing", asks_for_nothing);
    tl_register_workflow(registry, "AsksWithoutAName", asks_without_a_name);
}

static int setup(void **state)
{
    return replay_fixture_open(state, register_all);
}

/* ---- Versions ---- */

static void a_marker_says_the_version(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "Asks");

    builder_version(builder, A, "1", A_1);
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void without_a_marker_it_is_the_default(void **state)
{
    struct replay_fixture *fixture = *state;

    replay_fixture_sleep_and_end(replay_fixture_begin(fixture, "Asks"), TL_DAYS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_marker_without_its_upsert_asks_for_none(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "Asks");

    builder_version(builder, A, "1", NULL);
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void what_else_the_attribute_lists_does_not_matter(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "Asks");

    builder_version(builder, A, "1", "[\"a-1\",\"gone\"]");
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

/* All markers of a chunk are known before its code runs, wherever they stand. */
static void a_marker_behind_other_commands_is_known(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksLate");
    int64_t thirty = builder_timer_started(builder, "1", TL_DAYS(30));

    builder_version(builder, A, "1", A_1);
    builder_timer_fired(builder, "2", builder_timer_started(builder, "2", TL_HOURS(1)));
    builder_task(builder);
    builder_timer_canceled(builder, "1", thirty);
    builder_completed(builder, NULL);
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_call_that_is_gone_is_told_with_its_id(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksNever");

    builder_version(builder, A, "1", A_1);
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    replay_fixture_differs(fixture, "MarkerRecorded of version a (1)");
    replay_fixture_says(fixture, "tl_get_version");
}

static void versions_come_in_their_order(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksForTwo");

    builder_version(builder, "\"b\"", "1", "[\"b-1\"]");
    builder_version(builder, A, "1", "[\"a-1\",\"b-1\"]");
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    replay_fixture_differs(
        fixture, "expected MarkerRecorded of version b (1), found command RecordMarker of version a (1)");
}

static void two_in_their_order_are_fine(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksForTwo");

    builder_version(builder, A, "1", A_1);
    builder_version(builder, "\"b\"", "1", "[\"a-1\",\"b-1\"]");
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

/* The first answer counts for the run: the marker of a later task is nobody's. */
static void the_first_answer_holds(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksInRounds");

    builder_timer_fired(builder, "1", builder_timer_started(builder, "1", TL_DAYS(1)));
    builder_task(builder);
    builder_version(builder, A, "1", A_1);
    builder_timer_started(builder, "2", TL_HOURS(1));
    replay_fixture_differs(fixture, "MarkerRecorded of version a (1)");
}

static void a_version_that_is_asked_for_again_has_one_marker(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksInRounds");

    builder_version(builder, A, "1", A_1);
    builder_timer_fired(builder, "1", builder_timer_started(builder, "1", TL_HOURS(1)));
    builder_task(builder);
    builder_timer_fired(builder, "2", builder_timer_started(builder, "2", TL_HOURS(1)));
    builder_task(builder);
    builder_completed(builder, NULL);
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void code_that_lost_support_is_told(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "WantsTwo");

    builder_version(builder, A, "1", A_1);
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    replay_fixture_differs(fixture, "the run goes by version 1 of change a, and its code supports 2 to 3");
}

static void code_that_is_too_old_is_told(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "KnowsOne");

    builder_version(builder, A, "2", "[\"a-2\"]");
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    replay_fixture_differs(fixture, "the run goes by version 2 of change a, and its code supports -1 to 1");
}

static void a_run_from_before_the_oldest_version_is_told(void **state)
{
    struct replay_fixture *fixture = *state;

    replay_fixture_sleep_and_end(replay_fixture_begin(fixture, "WantsTwo"), TL_DAYS(1));
    replay_fixture_differs(fixture, "the run goes by version -1 of change a");
}

static void a_marker_that_says_nothing_is_malformed(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "Asks");

    builder_marker_detail(builder, builder_marker(builder, "Version"), "change-id", A);
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_MALFORMED);
    replay_fixture_says(fixture, "details[version] of marker Version is missing");
}

static void a_range_of_nothing_is_refused(void **state)
{
    struct replay_fixture *fixture = *state;

    replay_fixture_begin(fixture, "AsksForNothing");
    assert_int_equal(replay_fixture_replay(fixture), TL_INVALID_ARGUMENT);
    assert_string_equal(fixture->error.field, "min_supported");
}

/* ---- Patches ---- */

static void a_patch_in_history_is_there(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "Patches");

    builder_patch(builder, PATCH, LISTED);
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_patch_that_history_lacks_is_not(void **state)
{
    struct replay_fixture *fixture = *state;

    replay_fixture_sleep_and_end(replay_fixture_begin(fixture, "Patches"), TL_DAYS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_deprecated_patch_is_there_for_those_who_ask(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "Patches");

    builder_patch(builder, OLD, LISTED);
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void deprecating_code_takes_either_marker_or_none(void **state)
{
    static const char *const markers[] = {PATCH, OLD, NULL};

    for (size_t i = 0; i < 3; i++) {
        struct replay_fixture *fixture = *state;
        struct history_builder *builder = replay_fixture_begin(fixture, "Deprecates");

        if (markers[i] != NULL) {
            builder_patch(builder, markers[i], LISTED);
        }
        replay_fixture_sleep_and_end(builder, TL_HOURS(1));
        assert_int_equal(replay_fixture_replay(fixture), TL_OK);
        replay_fixture_close(state);
        assert_int_equal(setup(state), 0);
    }
}

static void a_deprecated_marker_is_skipped_with_its_upsert(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksNever");

    builder_patch(builder, OLD, LISTED);
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_deprecated_marker_before_another_patch_is_skipped(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "PatchesB");

    builder_patch(builder, OLD, LISTED);
    builder_patch(builder, "{\"id\":\"b\",\"deprecated\":false}", "[\"a\",\"b\"]");
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_deprecated_marker_at_the_end_is_skipped(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksNever");

    builder_timer_started(builder, "1", TL_HOURS(1));
    builder_patch(builder, OLD, NULL);
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

/* Only the upsert right behind it is its own. */
static void an_upsert_of_its_own_is_not_skipped(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksNever");

    builder_patch(builder, OLD, LISTED);
    builder_search_attribute(builder, "TemporalChangeVersion", LISTED, "KeywordList");
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    replay_fixture_differs(fixture, "UpsertWorkflowSearchAttributes of TemporalChangeVersion");
}

static void a_patch_without_a_call_is_told_with_its_id(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksNever");

    builder_patch(builder, PATCH, LISTED);
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    replay_fixture_differs(fixture, "MarkerRecorded of patch a");
    replay_fixture_says(fixture, "tl_patched");
}

static void the_older_form_of_a_patch_is_read(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "Patches");
    Pb__HistoryEvent *event = builder_marker(builder, "core_patch");

    builder_marker_detail(builder, event, "patch_id", "a");
    builder_marker_detail(builder, event, "deprecated", "");
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_patch_without_a_name_is_refused(void **state)
{
    struct replay_fixture *fixture = *state;

    replay_fixture_begin(fixture, "AsksWithoutAName");
    assert_int_equal(replay_fixture_replay(fixture), TL_INVALID_ARGUMENT);
    assert_string_equal(fixture->error.field, "patch_id");
}

static void a_marker_of_another_kind_is_named(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "AsksNever");

    (void)builder_marker(builder, "LocalActivity");
    replay_fixture_sleep_and_end(builder, TL_HOURS(1));
    replay_fixture_differs(fixture, "MarkerRecorded of marker LocalActivity");
}

/* What nobody answered has no version yet: the code waits, and is not said to be too new. */
static void an_open_task_decides_nothing(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "WantsTwo", NULL);
    builder_task_starts(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, replay_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_marker_says_the_version),
        TEST(without_a_marker_it_is_the_default),
        TEST(a_marker_without_its_upsert_asks_for_none),
        TEST(what_else_the_attribute_lists_does_not_matter),
        TEST(a_marker_behind_other_commands_is_known),
        TEST(a_call_that_is_gone_is_told_with_its_id),
        TEST(versions_come_in_their_order),
        TEST(two_in_their_order_are_fine),
        TEST(the_first_answer_holds),
        TEST(a_version_that_is_asked_for_again_has_one_marker),
        TEST(code_that_lost_support_is_told),
        TEST(code_that_is_too_old_is_told),
        TEST(a_run_from_before_the_oldest_version_is_told),
        TEST(a_marker_that_says_nothing_is_malformed),
        TEST(a_range_of_nothing_is_refused),
        TEST(a_patch_in_history_is_there),
        TEST(a_patch_that_history_lacks_is_not),
        TEST(a_deprecated_patch_is_there_for_those_who_ask),
        TEST(deprecating_code_takes_either_marker_or_none),
        TEST(a_deprecated_marker_is_skipped_with_its_upsert),
        TEST(a_deprecated_marker_before_another_patch_is_skipped),
        TEST(a_deprecated_marker_at_the_end_is_skipped),
        TEST(an_upsert_of_its_own_is_not_skipped),
        TEST(a_patch_without_a_call_is_told_with_its_id),
        TEST(the_older_form_of_a_patch_is_read),
        TEST(a_patch_without_a_name_is_refused),
        TEST(a_marker_of_another_kind_is_named),
        TEST(an_open_task_decides_nothing),
    };
    return cmocka_run_group_tests_name("replay versions", tests, NULL, NULL);
}
