/* SPDX-License-Identifier: MIT */
/* Values from outside of workflow code: taken once, kept by history. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* What is outside, and how often it was looked at. */
static int64_t outside;
static int looks;

static int64_t look(void *user)
{
    (void)user;
    looks++;
    return outside++;
}

static const char *name_it(void *user)
{
    looks++;
    return user;
}

/* The value is on the function's stack, and partly in the run's memory. */
static void give_bytes(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    static const uint8_t bytes[] = {0, 1, 2, 0xff};

    assert_ptr_equal(user, &outside);
    assert_string_equal(tl_workflow_info(wf)->workflow_id, "w");
    assert_true(tl_now(wf) > 0);
    looks++;
    *value = tl_payload_binary((struct tl_bytes){memcpy(tl_alloc(wf, sizeof bytes), bytes, sizeof bytes), 4});
}

static void give_nothing(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)wf;
    (void)user;
    (void)value;
}

/* ---- Workflows ---- */

static enum tl_status takes_some(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payload bytes;
    struct tl_payload nothing;

    (void)input;
    int64_t first = tl_side_effect_int(wf, look, NULL);
    const char *name = tl_side_effect_text(wf, name_it, (void *)(uintptr_t) "caf\xc3\xa9 \"7\"\n");
    tl_side_effect(wf, give_bytes, &outside, &bytes);
    tl_side_effect(wf, give_nothing, NULL, &nothing);
    tl_side_effect(wf, give_nothing, NULL, NULL);
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    int64_t second = tl_side_effect_int(wf, look, NULL);
    return tl_result_text(
        wf,
        result,
        "[%lld, %lld, %zu, %zu, %d]",
        (long long)first,
        (long long)second,
        strlen(name),
        bytes.data.len,
        tl_payload_is(&nothing, "binary/null"));
}

/* The setting is watched; only what is a change of ten or more counts. */
static int about_the_same(const struct tl_payload *old_value, const struct tl_payload *new_value)
{
    int64_t before = 0;
    int64_t after = 0;

    assert_int_equal(tl_json_get_int(old_value, NULL, &before, NULL), TL_OK);
    assert_int_equal(tl_json_get_int(new_value, NULL, &after, NULL), TL_OK);
    return after - before < 10 && before - after < 10;
}

static void give_setting(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)user;
    looks++;
    *value = tl_payload_json(tl_format(wf, "%lld", (long long)outside));
}

static enum tl_status watches(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    tl_value_equals_fn *equals = input->count > 0 ? about_the_same : NULL;
    const char *seen = "";

    for (int hour = 0; hour < 5; hour++) {
        struct tl_payload value;
        tl_mutable_side_effect(wf, "setting", give_setting, equals, NULL, &value);
        seen =
            tl_format(wf, "%s%s%.*s", seen, hour == 0 ? "" : ", ", (int)value.data.len, (const char *)value.data.data);
        if (tl_sleep(wf, TL_HOURS(1)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return tl_result_text(wf, result, "[%s]", seen);
}

static enum tl_status watches_two(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payload a;
    struct tl_payload b;

    (void)input;
    for (int i = 0; i < 3; i++) {
        tl_mutable_side_effect(wf, "a", give_setting, NULL, NULL, &a);
        outside++;
        tl_mutable_side_effect(wf, "b", give_setting, NULL, NULL, &b);
        tl_mutable_side_effect(wf, "b", give_setting, NULL, NULL, NULL);
    }
    return tl_result_text(wf, result, "[%.1s, %.1s]", (const char *)a.data.data, (const char *)b.data.data);
}

static enum tl_status takes_beside(struct tl_workflow *wf, void *user)
{
    *(int64_t *)user = tl_side_effect_int(wf, look, NULL);
    return TL_OK;
}

static enum tl_status spawns(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t *beside = tl_alloc(wf, sizeof *beside);
    struct tl_future *future = tl_spawn(wf, "beside", takes_beside, beside);

    (void)input;
    int64_t own = tl_side_effect_int(wf, look, NULL);
    if (tl_future_wait(future, NULL) != TL_OK || tl_sleep(wf, TL_HOURS(1)) != TL_OK) {
        return TL_FAILED;
    }
    return tl_result_text(wf, result, "[%lld, %lld]", (long long)own, (long long)*beside);
}

/* ---- What a function may not do ---- */

static void start_a_timer(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)user;
    (void)value;
    (void)tl_timer_start(wf, TL_SECONDS(1));
}

static void draw(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)user;
    (void)value;
    (void)tl_random(wf);
}

static void take_a_signal(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)user;
    (void)value;
    TL_IGNORE(tl_signal_wait(wf, "go", 0, NULL));
}

static void take_another(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)user;
    (void)value;
    (void)tl_side_effect_int(wf, look, NULL);
}

static void ask_for_a_version(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)user;
    (void)value;
    (void)tl_patched(wf, "x");
}

static void wait_for_any(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)wf;
    (void)value;
    (void)tl_wait_any(user, 1);
}

static void fail_early(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)user;
    (void)value;
    (void)tl_fail(wf, "Early", "inside");
}

static void give_a_bad_key(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    struct tl_metadata *metadata = tl_alloc(wf, sizeof *metadata);

    (void)user;
    metadata->key = "\xff";
    *value = (struct tl_payload){.metadata = metadata, .metadata_count = 1};
}

static const struct {
    const char *said;
    tl_side_effect_fn *give;
} misuses[] = {
    {"tl_timer_start may not be called by a function that tl_side_effect calls", start_a_timer},
    {"tl_random may not be called", draw},
    {"tl_signal_wait may not be called", take_a_signal},
    {"tl_side_effect may not be called", take_another},
    {"tl_patched may not be called", ask_for_a_version},
    {"tl_wait_any may not be called", wait_for_any},
    {"tl_fail may not be called", fail_early},
    {"tl_side_effect: metadata", give_a_bad_key},
};

#define MISUSES (sizeof misuses / sizeof misuses[0])

static enum tl_status misbehaves(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timer = tl_timer_start(wf, TL_SECONDS(1));
    int64_t which = 0;

    (void)result;
    assert_int_equal(tl_json_get_int(&input->items[0], NULL, &which, NULL), TL_OK);
    tl_side_effect(wf, misuses[which].give, &timer, NULL);
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "TakesSome", takes_some);
    tl_register_workflow(registry, "Watches", watches);
    tl_register_workflow(registry, "WatchesTwo", watches_two);
    tl_register_workflow(registry, "Spawns", spawns);
    tl_register_workflow(registry, "Misbehaves", misbehaves);
}

static int setup(void **state)
{
    outside = 1;
    looks = 0;
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static int setup_tolerant(void **state)
{
    return tl_cmocka_setup(
        state, &(struct tl_env_options){.register_all = register_all, .no_shadow = 1, .tolerate_failed_tasks = 1});
}

/* ---- Taken once ---- */

static void values_of_all_kinds_are_kept(void **state)
{
    struct tl_handle *run = scenario_start(*state, "TakesSome", NULL);

    scenario_assert_result(*state, run, "[1, 2, 10, 4, 1]");
    assert_int_equal(looks, 4); /* shadow replays and evictions look at nothing */
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T MarkerRecorded MarkerRecorded MarkerRecorded MarkerRecorded MarkerRecorded "
        "TimerStarted TimerFired T MarkerRecorded WorkflowExecutionCompleted");
}

static void coroutines_take_theirs_in_turn(void **state)
{
    scenario_assert_result(*state, scenario_start(*state, "Spawns", NULL), "[1, 2]");
    assert_int_equal(looks, 2);
}

/* ---- One that changes ---- */

static void only_changes_are_recorded(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Watches", NULL);

    tl_env_advance(*state, TL_MINUTES(150)); /* three looks */
    outside = 5;
    scenario_assert_result(*state, run, "[1, 1, 1, 5, 5]");
    assert_int_equal(looks, 5);
    assert_int_equal(scenario_count_events(*state, run, "MarkerRecorded"), 2);
}

static void what_is_the_same_is_for_the_code_to_say(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Watches", "true");

    tl_env_advance(*state, TL_MINUTES(90)); /* two looks */
    outside = 9;
    tl_env_advance(*state, TL_MINUTES(60));
    outside = 15;
    scenario_assert_result(*state, run, "[1, 1, 1, 15, 15]");
    assert_int_equal(scenario_count_events(*state, run, "MarkerRecorded"), 2);
}

/* The code itself changes what is outside, as no real one may: each look is at something new. */
static void two_ids_are_two_values(void **state)
{
    struct tl_handle *run = tl_env_start(*state, "WatchesTwo", "w", NULL, NULL);

    tl_env_run_until_closed(*state, run);
    tl_assert_completed(*state, run);
    assert_int_equal(scenario_count_events(*state, run, "MarkerRecorded"), 6);
}

/* ---- Misuse ---- */

static void a_function_may_only_look(void **state)
{
    for (size_t i = 0; i < MISUSES; i++) {
        char id[8];
        char input[8];

        (void)snprintf(id, sizeof id, "%zu", i);
        (void)snprintf(input, sizeof input, "%zu", i);
        struct tl_handle *run = tl_env_start(*state, "Misbehaves", id, input, NULL);
        tl_env_advance(*state, TL_SECONDS(1));
        assert_says(*state, run, misuses[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(values_of_all_kinds_are_kept),
        SCENARIO(coroutines_take_theirs_in_turn),
        SCENARIO(only_changes_are_recorded),
        SCENARIO(what_is_the_same_is_for_the_code_to_say),
        SCENARIO(two_ids_are_two_values),
        cmocka_unit_test_setup_teardown(a_function_may_only_look, setup_tolerant, tl_cmocka_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
