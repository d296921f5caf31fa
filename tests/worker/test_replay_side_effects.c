/* SPDX-License-Identifier: MIT */
/* Side effects against histories written by hand: values come from markers, functions are not called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/history_markers.h"
#include "tests/worker/replay_fixture.h"

static int calls;

/* ---- Workflows: they sleep as many seconds as the value says ---- */

static int64_t give_seven(void *user)
{
    (void)user;
    calls++;
    return 7;
}

static void give_json(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)wf;
    calls++;
    *value = tl_payload_json(user);
}

static int64_t number_of(const struct tl_payload *value)
{
    int64_t number = -1;

    assert_int_equal(tl_json_get_int(value, NULL, &number, NULL), TL_OK);
    return number;
}

static enum tl_status takes_one(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_SECONDS(tl_side_effect_int(wf, give_seven, NULL)));
}

static enum tl_status takes_two(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t first = tl_side_effect_int(wf, give_seven, NULL);
    int64_t second = tl_side_effect_int(wf, give_seven, NULL);

    (void)input;
    (void)result;
    return tl_sleep(wf, TL_SECONDS(10 * first + second));
}

static enum tl_status takes_none(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_SECONDS(7));
}

static enum tl_status wait_for_rate(struct tl_workflow *wf)
{
    struct tl_payload value;

    tl_mutable_side_effect(wf, "rate", give_json, NULL, (void *)(uintptr_t) "7", &value);
    return tl_sleep(wf, TL_SECONDS(number_of(&value)));
}

static enum tl_status watches(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (int i = 0; i < 3; i++) {
        if (wait_for_rate(wf) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

/* Three looks in one task. */
static enum tl_status
watches_at_once(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t seen = 0;

    (void)input;
    (void)result;
    for (int i = 0; i < 3; i++) {
        struct tl_payload value;
        tl_mutable_side_effect(wf, "rate", give_json, NULL, (void *)(uintptr_t) "7", &value);
        seen = 10 * seen + number_of(&value);
    }
    return tl_sleep(wf, TL_SECONDS(seen));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "TakesOne", takes_one);
    tl_register_workflow(registry, "TakesTwo", takes_two);
    tl_register_workflow(registry, "TakesNone", takes_none);
    tl_register_workflow(registry, "Watches", watches);
    tl_register_workflow(registry, "WatchesAtOnce", watches_at_once);
}

static int setup(void **state)
{
    calls = 0;
    return replay_fixture_open(state, register_all);
}

/* ---- Taken once ---- */

static void the_value_comes_from_its_marker(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "TakesOne");

    builder_side_effect(builder, "1", "42");
    replay_fixture_sleep_and_end(builder, TL_SECONDS(42));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
    assert_int_equal(calls, 0);
}

static void two_have_a_marker_each(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "TakesTwo");

    builder_side_effect(builder, "1", "3");
    builder_side_effect(builder, "2", "4");
    replay_fixture_sleep_and_end(builder, TL_SECONDS(34));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_side_effect_that_history_lacks_is_told(void **state)
{
    struct replay_fixture *fixture = *state;

    replay_fixture_sleep_and_end(replay_fixture_begin(fixture, "TakesOne"), TL_SECONDS(7));
    replay_fixture_differs(fixture, "takes the value of side effect 1, and history has none");
    assert_int_equal(calls, 0);
}

static void a_second_one_that_history_lacks_is_told(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "TakesTwo");

    builder_side_effect(builder, "1", "3");
    replay_fixture_sleep_and_end(builder, TL_SECONDS(3));
    replay_fixture_differs(fixture, "takes the value of side effect 2, and history has none");
}

static void side_effects_come_in_their_order(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "TakesTwo");

    builder_side_effect(builder, "2", "4");
    builder_side_effect(builder, "1", "3");
    replay_fixture_differs(fixture, "takes the value of side effect 1");
}

static void one_that_the_code_lost_is_told(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "TakesNone");

    builder_side_effect(builder, "1", "42");
    replay_fixture_sleep_and_end(builder, TL_SECONDS(7));
    replay_fixture_differs(fixture, "expected MarkerRecorded of side effect 1, found command StartTimer");
}

static void a_value_of_another_kind_is_told(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "TakesOne");

    builder_side_effect(builder, "1", "\"forty-two\"");
    replay_fixture_differs(fixture, "no whole number");
}

/* What nobody answered has no value yet: the code waits, and the function is not called. */
static void an_open_task_calls_nothing(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "TakesOne", NULL);
    builder_task_starts(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
    assert_int_equal(calls, 0);
}

static void a_marker_without_a_value_is_malformed(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "TakesNone");

    builder_marker_detail(builder, builder_marker(builder, "SideEffect"), "side-effect-id", "1");
    assert_int_equal(replay_fixture_replay(fixture), TL_MALFORMED);
    replay_fixture_says(fixture, "details[data] of marker SideEffect is missing");
}

/* ---- One that changes ---- */

static void sleeps(struct history_builder *builder, const char *timer, tl_duration duration)
{
    builder_timer_fired(builder, timer, builder_timer_started(builder, timer, duration));
    builder_task(builder);
}

/* "NQ==" is 5, "OQ==" is 9. */
static void the_last_value_recorded_holds(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "Watches");

    builder_mutable(builder, "\"rate\"", "1", "NQ==");
    sleeps(builder, "1", TL_SECONDS(5));
    sleeps(builder, "2", TL_SECONDS(5));
    builder_mutable(builder, "\"rate\"", "3", "OQ==");
    sleeps(builder, "3", TL_SECONDS(9));
    builder_completed(builder, NULL);
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
    assert_int_equal(calls, 0);
}

static void a_change_within_a_task_comes_at_its_call(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "WatchesAtOnce");

    builder_mutable(builder, "\"rate\"", "1", "NQ==");
    builder_mutable(builder, "\"rate\"", "3", "OQ==");
    replay_fixture_sleep_and_end(builder, TL_SECONDS(559));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_change_at_another_call_is_told(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "Watches");

    builder_mutable(builder, "\"rate\"", "1", "NQ==");
    sleeps(builder, "1", TL_SECONDS(5));
    builder_mutable(builder, "\"rate\"", "3", "OQ==");
    sleeps(builder, "2", TL_SECONDS(9));
    replay_fixture_differs(fixture, "MarkerRecorded of mutable side effect rate (call 3)");
}

static void the_first_value_must_be_there(void **state)
{
    struct replay_fixture *fixture = *state;

    sleeps(replay_fixture_begin(fixture, "Watches"), "1", TL_SECONDS(7));
    replay_fixture_differs(fixture, "takes the value of mutable side effect rate (call 1)");
}

static void a_value_that_is_no_payload_is_malformed(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = replay_fixture_begin(fixture, "TakesNone");

    builder_mutable(builder, "\"rate\"", "1", "\"}, {\"");
    assert_int_equal(replay_fixture_replay(fixture), TL_MALFORMED);
    replay_fixture_says(fixture, "details[data] of marker MutableSideEffect does not hold a value");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, replay_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_value_comes_from_its_marker),
        TEST(two_have_a_marker_each),
        TEST(a_side_effect_that_history_lacks_is_told),
        TEST(a_second_one_that_history_lacks_is_told),
        TEST(side_effects_come_in_their_order),
        TEST(one_that_the_code_lost_is_told),
        TEST(a_value_of_another_kind_is_told),
        TEST(an_open_task_calls_nothing),
        TEST(a_marker_without_a_value_is_malformed),
        TEST(the_last_value_recorded_holds),
        TEST(a_change_within_a_task_comes_at_its_call),
        TEST(a_change_at_another_call_is_told),
        TEST(the_first_value_must_be_there),
        TEST(a_value_that_is_no_payload_is_malformed),
    };
    return cmocka_run_group_tests_name("replay side effects", tests, NULL, NULL);
}
