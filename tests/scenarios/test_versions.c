/* SPDX-License-Identifier: MIT */
/* Code that changes while runs of it are open: versions, patches, and what the service lists of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* Which release of the code runs: what a deployment changes. */
static int release;

static void deploy(struct tl_env *env, int next)
{
    release = next;
    (void)tl_worker_evict(tl_env_worker(env), NULL);
}

/* What the run goes by, as the service lists it: "a-1 b-2". */
static const char *listed(struct tl_workflow *wf)
{
    const struct tl_search_attribute *attribute = tl_workflow_search_attribute(wf, "TemporalChangeVersion");
    const char *text = "";

    for (size_t i = 0; attribute != NULL && i < attribute->count; i++) {
        text = tl_format(wf, "%s%s%s", text, i == 0 ? "" : " ", attribute->items[i]);
    }
    return text;
}

/* ---- One workflow in its releases ---- */

/*
 * 1: two steps. 2: ships by air instead of by sea, for runs that have not shipped. 3: by air, or for new runs by
 * drone. 4: nobody goes by sea any more.
 */
static const char *carrier(struct tl_workflow *wf)
{
    static const char *const carriers[] = {"sea", "sea", "air", "drone"};
    int version = TL_DEFAULT_VERSION;

    if (release == 2) {
        version = tl_get_version(wf, "carrier", TL_DEFAULT_VERSION, 1);
    } else if (release == 3) {
        version = tl_get_version(wf, "carrier", TL_DEFAULT_VERSION, 2);
    } else if (release == 4) {
        version = tl_get_version(wf, "carrier", 1, 2);
    }
    return carriers[version + 1];
}

static enum tl_status ships(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    const char *first = carrier(wf);
    if (tl_sleep(wf, TL_DAYS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_result_text(wf, result, "\"%s, %s\"", first, carrier(wf));
}

/* 1: the old step. 2: the patch. 3: deprecated. 4: gone. */
static enum tl_status patches(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int is_new = 1;

    (void)input;
    if (release <= 2) {
        is_new = release == 2 && tl_patched(wf, "faster");
    } else if (release == 3) {
        tl_deprecate_patch(wf, "faster");
    }
    TL_IGNORE(tl_sleep(wf, is_new ? TL_HOURS(1) : TL_HOURS(8)));
    if (tl_sleep(wf, TL_DAYS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_result_text(wf, result, "%d", is_new);
}

/* ---- Others ---- */

static enum tl_status asks_for_all(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    int b = tl_get_version(wf, "b", TL_DEFAULT_VERSION, 7);
    int patch = tl_patched(wf, "p");
    int a = tl_get_version(wf, "a", 0, 0);
    return tl_result_text(wf, result, "\"%d %d %d: %s\"", a, b, patch, listed(wf));
}

/* In every round of a loop, with a change of the code at round two. */
static enum tl_status loops(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int sum = 0;

    (void)input;
    for (int round = 0; round < 4; round++) {
        if (release > 1) {
            sum = 10 * sum + tl_get_version(wf, "loop", TL_DEFAULT_VERSION, 1);
        }
        if (tl_sleep(wf, TL_HOURS(1)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return tl_result_text(wf, result, "%d", sum);
}

#define MANY 300

static enum tl_status has_many(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    for (int i = 0; i < MANY; i++) {
        if (tl_get_version(wf, tl_format(wf, "change %d", i), TL_DEFAULT_VERSION, 1) != 1) {
            return TL_FAILED;
        }
    }
    return tl_result_text(wf, result, "%zu", strlen(listed(wf)));
}

static int side_version;

static enum tl_status asks_beside(struct tl_workflow *wf, void *user)
{
    (void)user;
    side_version = tl_get_version(wf, "beside", TL_DEFAULT_VERSION, 3);
    return TL_OK;
}

static enum tl_status spawns(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *beside = tl_spawn(wf, "beside", asks_beside, NULL);

    (void)input;
    int own = tl_get_version(wf, "own", TL_DEFAULT_VERSION, 2);
    if (tl_future_wait(beside, NULL) != TL_OK || tl_sleep(wf, TL_HOURS(1)) != TL_OK) {
        return TL_FAILED;
    }
    return tl_result_text(wf, result, "%d", 10 * own + side_version);
}

static enum tl_status goes_on(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int version = tl_get_version(wf, "chain", TL_DEFAULT_VERSION, release);

    if (input->count == 0) {
        return tl_continue_as_new(wf, TL_ARGS(tl_payload_json("1")), NULL);
    }
    return tl_result_text(wf, result, "\"%d: %s\"", version, listed(wf));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Ships", ships);
    tl_register_workflow(registry, "Patches", patches);
    tl_register_workflow(registry, "AsksForAll", asks_for_all);
    tl_register_workflow(registry, "Loops", loops);
    tl_register_workflow(registry, "HasMany", has_many);
    tl_register_workflow(registry, "Spawns", spawns);
    tl_register_workflow(registry, "GoesOn", goes_on);
}

static int setup(void **state)
{
    release = 1;
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static int setup_tolerant(void **state)
{
    release = 1;
    return tl_cmocka_setup(
        state, &(struct tl_env_options){.register_all = register_all, .no_shadow = 1, .tolerate_failed_tasks = 1});
}

static struct tl_handle *start(struct tl_env *env, const char *type, const char *id)
{
    struct tl_handle *run = tl_env_start(env, type, id, NULL, NULL);

    tl_env_run_until_idle(env);
    return run;
}

/* ---- Versions ---- */

/* Each run goes by what it began with; each release serves all that are open. */
static void every_release_serves_the_runs_before_it(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *sea;
    struct tl_handle *air;
    struct tl_handle *drone;

    tl_env_hold(env);
    sea = start(env, "Ships", "first");
    deploy(env, 2);
    air = start(env, "Ships", "second");
    deploy(env, 3);
    drone = start(env, "Ships", "third");
    tl_env_release(env);
    scenario_assert_result(env, sea, "\"sea, sea\"");
    scenario_assert_result(env, air, "\"air, air\"");
    scenario_assert_result(env, drone, "\"drone, drone\"");
    assert_int_equal(scenario_count_events(env, sea, "MarkerRecorded"), 0);
    assert_events(
        env,
        air,
        "WorkflowExecutionStarted T MarkerRecorded UpsertWorkflowSearchAttributes TimerStarted TimerFired T "
        "WorkflowExecutionCompleted");
}

static void a_release_without_the_old_code_says_so(void **state)
{
    struct tl_env *env = *state;

    tl_env_hold(env);
    struct tl_handle *sea = start(env, "Ships", "first");
    deploy(env, 4);
    tl_env_release(env);
    tl_env_advance(env, TL_DAYS(2));
    assert_in_range(scenario_count_events(env, sea, "WorkflowTaskFailed"), 1, 2);
    assert_says(env, sea, "NON_DETERMINISTIC_ERROR");
    assert_says(env, sea, "the run goes by version -1 of change carrier, and its code supports 1 to 2");
    deploy(env, 3); /* rolled back: the run goes on */
    scenario_assert_result(env, sea, "\"sea, sea\"");
}

static void a_version_that_is_gone_is_told(void **state)
{
    struct tl_env *env = *state;

    release = 2;
    tl_env_hold(env);
    struct tl_handle *air = start(env, "Ships", "second");
    deploy(env, 1);
    tl_env_release(env);
    tl_env_advance(env, TL_DAYS(2));
    assert_says(env, air, "MarkerRecorded of version carrier (1)");
    deploy(env, 2);
    scenario_assert_result(env, air, "\"air, air\"");
}

static void a_loop_asks_once(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run;

    release = 2;
    run = scenario_start(env, "Loops", NULL);
    scenario_assert_result(env, run, "1111");
    assert_int_equal(scenario_count_events(env, run, "MarkerRecorded"), 1);
    assert_int_equal(scenario_count_events(env, run, "UpsertWorkflowSearchAttributes"), 1);
}

/* The first rounds were there before the call: they decide for those to come. */
static void a_loop_that_was_under_way_keeps_its_code(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = scenario_start(env, "Loops", NULL);

    tl_env_advance(env, TL_MINUTES(90));
    deploy(env, 2);
    scenario_assert_result(env, run, "%d", -1111);
    assert_int_equal(scenario_count_events(env, run, "MarkerRecorded"), 0);
}

static void coroutines_share_what_the_run_goes_by(void **state)
{
    scenario_assert_result(*state, scenario_start(*state, "Spawns", NULL), "23");
}

/* ---- Patches ---- */

static void a_patch_goes_away_in_three_releases(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *old = scenario_start(env, "Patches", NULL);

    tl_env_advance(env, TL_HOURS(9));
    deploy(env, 2);
    scenario_assert_result(env, old, "0");
    struct tl_handle *open = tl_env_start(env, "Patches", "open", NULL, NULL);
    tl_env_advance(env, TL_HOURS(2));
    deploy(env, 3);
    struct tl_handle *deprecated = tl_env_start(env, "Patches", "deprecated", NULL, NULL);
    tl_env_advance(env, TL_HOURS(2));
    scenario_assert_result(env, open, "1");
    deploy(env, 4);
    scenario_assert_result(env, deprecated, "1");
    assert_int_equal(scenario_count_events(env, deprecated, "MarkerRecorded"), 1);
}

static void a_patch_that_goes_too_early_is_told(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run;

    release = 2;
    run = scenario_start(env, "Patches", NULL);
    tl_env_advance(env, TL_HOURS(2));
    deploy(env, 4);
    tl_env_advance(env, TL_DAYS(2));
    assert_says(env, run, "MarkerRecorded of patch faster");
    deploy(env, 3);
    scenario_assert_result(env, run, "1");
}

/* ---- What the service lists ---- */

static void all_that_the_run_goes_by_is_listed_in_order(void **state)
{
    struct tl_handle *run = scenario_start(*state, "AsksForAll", NULL);

    scenario_assert_result(*state, run, "\"0 7 1: a-0 b-7 p\"");
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T MarkerRecorded UpsertWorkflowSearchAttributes MarkerRecorded "
        "UpsertWorkflowSearchAttributes MarkerRecorded UpsertWorkflowSearchAttributes WorkflowExecutionCompleted");
}

/* 2,048 bytes of JSON are too many: the list stays as it was, the markers go on. */
static void a_list_that_grows_too_long_is_not_sent(void **state)
{
    struct tl_handle *run = scenario_start(*state, "HasMany", NULL);

    tl_env_run_until_closed(*state, run);
    tl_assert_completed(*state, run);
    assert_int_equal(scenario_count_events(*state, run, "MarkerRecorded"), MANY);
    size_t upserts = scenario_count_events(*state, run, "UpsertWorkflowSearchAttributes");
    /* ["change 0-1",... with one digit 13 bytes each, with two 14, with three 15: 100 are 1,391, and 43 more. */
    assert_int_equal(upserts, 143);
    assert_says(*state, run, "version-search-attribute-updated");
}

static void a_run_that_goes_on_decides_anew(void **state)
{
    struct tl_env *env = *state;

    scenario_assert_result(env, scenario_start(env, "GoesOn", NULL), "\"1: chain-1\"");
}

#define TOLERANT(test) cmocka_unit_test_setup_teardown(test, setup_tolerant, tl_cmocka_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(every_release_serves_the_runs_before_it),
        TOLERANT(a_release_without_the_old_code_says_so),
        TOLERANT(a_version_that_is_gone_is_told),
        SCENARIO(a_loop_asks_once),
        SCENARIO(a_loop_that_was_under_way_keeps_its_code),
        SCENARIO(coroutines_share_what_the_run_goes_by),
        SCENARIO(a_patch_goes_away_in_three_releases),
        TOLERANT(a_patch_that_goes_too_early_is_told),
        SCENARIO(all_that_the_run_goes_by_is_listed_in_order),
        SCENARIO(a_list_that_grows_too_long_is_not_sent),
        SCENARIO(a_run_that_goes_on_decides_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
