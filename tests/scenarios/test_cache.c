/* SPDX-License-Identifier: MIT */
/* Eviction: a run goes on from its history as if nothing had happened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

#define ROUNDS 20

static int released;
static int changed;

static void count_release(void *user)
{
    (void)user;
    released += 1;
}

static enum tl_status rounds(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int *done = tl_alloc(wf, sizeof *done);

    (void)input;
    for (; *done < ROUNDS; *done += 1) {
        if (tl_activity_run(wf, "Step", NULL, &scenario_patient, NULL) != TL_OK ||
            tl_sleep(wf, TL_MINUTES(1)) != TL_OK) {
            return TL_FAILED;
        }
    }
    return tl_result_text(wf, result, "%d", *done);
}

static enum tl_status
holds_something(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    tl_defer(wf, count_release, NULL);
    return tl_signal_wait(wf, "go", 0, NULL);
}

/* Another command than history tells, once its code was changed. */
static enum tl_status swaps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    if (changed) {
        return tl_activity_run(wf, "Step", NULL, &scenario_patient, NULL);
    }
    return tl_sleep(wf, TL_HOURS(1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Rounds", rounds);
    tl_register_workflow(registry, "HoldsSomething", holds_something);
    tl_register_workflow(registry, "Swaps", swaps);
}

SCENARIO_SETUP(setup, register_all)

static int setup_changing(void **state)
{
    changed = 0;
    return tl_cmocka_setup(
        state, &(struct tl_env_options){.register_all = register_all, .no_shadow = 1, .tolerate_failed_tasks = 1});
}

static int evicts_always(struct tl_env *env)
{
    (void)scenario_start(env, "HoldsSomething", NULL);
    tl_env_run_until_idle(env);
    return tl_worker_cached(tl_env_worker(env)) == 0;
}

static void a_run_evicted_between_its_tasks_goes_on(void **state)
{
    struct tl_worker *worker = tl_env_worker(*state);

    tl_mock_returns(tl_mock_activity(*state, "Step"), TL_TIMES(ROUNDS), NULL);
    struct tl_handle *run = scenario_start(*state, "Rounds", NULL);
    for (int i = 0; i < ROUNDS; i++) {
        tl_env_advance(*state, TL_SECONDS(30));
        (void)tl_worker_evict(worker, NULL);
        assert_int_equal(tl_worker_cached(worker), 0);
        tl_env_advance(*state, TL_SECONDS(30));
    }
    scenario_assert_result(*state, run, "%d", ROUNDS);
}

static void what_was_deferred_happens_at_eviction(void **state)
{
    if (evicts_always(*state)) {
        skip(); /* this variant evicts by itself */
    }
    released = 0;
    assert_int_equal(tl_worker_evict(tl_env_worker(*state), NULL), 1);
    assert_int_equal(released, 1);
}

static void what_was_deferred_happens_at_the_end(void **state)
{
    struct tl_handle *run = scenario_start(*state, "HoldsSomething", NULL);

    tl_env_run_until_idle(*state);
    released = 0;
    tl_env_signal(*state, run, "go", NULL);
    tl_assert_completed(*state, run);
    assert_true(released >= 1);
}

static void one_run_is_evicted_and_the_other_kept(void **state)
{
    if (evicts_always(*state)) {
        skip();
    }
    struct tl_handle *other = tl_env_start(*state, "HoldsSomething", "other", NULL, NULL);

    tl_env_run_until_idle(*state);
    assert_int_equal(tl_worker_cached(tl_env_worker(*state)), 2);
    assert_int_equal(tl_worker_evict(tl_env_worker(*state), tl_handle_run_id(other)), 1);
    assert_int_equal(tl_worker_cached(tl_env_worker(*state)), 1);
    tl_env_signal(*state, other, "go", NULL);
    tl_assert_completed(*state, other);
}

/* ---- Changed code ---- */

static void changed_code_is_noticed_when_it_replays(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Swaps", NULL);

    tl_env_run_until_idle(*state);
    changed = 1;
    (void)tl_worker_evict(tl_env_worker(*state), NULL);
    tl_env_advance(*state, TL_HOURS(3));
    /* Once from the sticky queue, where there is one, and once from the normal queue. */
    assert_in_range(scenario_count_events(*state, run, "WorkflowTaskFailed"), 1, 2);
    changed = 0; /* rolled back: the run goes on */
    tl_assert_completed(*state, run);
}

#define CHANGING_SCENARIO(test) cmocka_unit_test_setup_teardown(test, setup_changing, tl_cmocka_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_run_evicted_between_its_tasks_goes_on),
        SCENARIO(what_was_deferred_happens_at_eviction),
        SCENARIO(what_was_deferred_happens_at_the_end),
        SCENARIO(one_run_is_evicted_and_the_other_kept),
        CHANGING_SCENARIO(changed_code_is_noticed_when_it_replays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
