/* SPDX-License-Identifier: MIT */
/* Coroutines, futures and conditions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* What coroutines of a run share. */
struct shared {
    struct tl_workflow *wf;
    char order[16]; /* who did something, in order */
    int len;
    int count;
};

static struct shared *share(struct tl_workflow *wf)
{
    struct shared *shared = tl_alloc(wf, sizeof *shared);

    shared->wf = wf;
    return shared;
}

static void note(struct shared *shared, char who)
{
    shared->order[shared->len] = who;
    shared->len += 1;
}

static enum tl_status left(struct tl_workflow *wf, void *user)
{
    note(user, 'l');
    enum tl_status status = tl_sleep(wf, TL_MINUTES(2));
    note(user, 'L');
    return status;
}

static enum tl_status right(struct tl_workflow *wf, void *user)
{
    note(user, 'r');
    enum tl_status status = tl_sleep(wf, TL_MINUTES(1));
    note(user, 'R');
    return status;
}

/* A spawned coroutine first runs when its maker waits. */
static enum tl_status takes_turns(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct shared *shared = share(wf);
    struct tl_future *both[] = {tl_spawn(wf, "left", left, shared), tl_spawn(wf, "right", right, shared)};

    (void)input;
    note(shared, 'm');
    enum tl_status status = tl_wait_all(both, 2);
    note(shared, 'M');
    return status == TL_OK ? tl_result_text(wf, result, "\"%s\"", shared->order) : status;
}

static enum tl_status any_of_them(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct shared *shared = share(wf);
    struct tl_future *both[] = {tl_spawn(wf, "left", left, shared), tl_spawn(wf, "right", right, shared)};

    (void)input;
    size_t first = tl_wait_any(both, 2);
    int ready[] = {tl_future_ready(both[0]), tl_future_ready(both[1])};
    return tl_result_text(wf, result, "{\"first\": %zu, \"ready\": [%d, %d]}", first, ready[0], ready[1]);
}

static enum tl_status declines(struct tl_workflow *wf, void *user)
{
    (void)user;
    TL_IGNORE(tl_sleep(wf, TL_SECONDS(1)));
    return tl_fail(wf, "Declined", "by a coroutine");
}

static enum tl_status succeeds(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_sleep(wf, TL_SECONDS(2));
}

/* A coroutine's failure is its future's, and the workflow's when that passes it on. */
static enum tl_status
one_of_them_fails(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *both[] = {tl_spawn(wf, "good", succeeds, NULL), tl_spawn(wf, "bad", declines, NULL)};

    (void)input;
    (void)result;
    enum tl_status status = tl_wait_all(both, 2);
    if (!tl_failure_has_type(tl_future_failure(both[1]), "Declined") || tl_future_failure(both[0]) != NULL) {
        return tl_fail(wf, "WrongFailure", "the futures do not tell who failed");
    }
    return status;
}

static int two_came(void *user)
{
    return ((struct shared *)user)->count >= 2;
}

static enum tl_status comes(struct tl_workflow *wf, void *user)
{
    if (tl_signal_wait(wf, "come", 0, NULL) != TL_OK) {
        return TL_CANCELED;
    }
    ((struct shared *)user)->count += 1;
    return TL_OK;
}

/* A condition over what coroutines share. */
static enum tl_status waits_for_two(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct shared *shared = share(wf);

    (void)input;
    (void)tl_spawn(wf, "one", comes, shared);
    (void)tl_spawn(wf, "two", comes, shared);
    enum tl_status status = tl_wait_until(wf, two_came, shared, TL_HOURS(1));
    return tl_result_text(wf, result, "{\"status\": \"%s\", \"came\": %d}", tl_status_name(status), shared->count);
}

static enum tl_status inner(struct tl_workflow *wf, void *user)
{
    int *depth = user;

    *depth += 1;
    if (*depth == 20) {
        return tl_sleep(wf, TL_SECONDS(1));
    }
    return tl_future_wait(tl_spawn(wf, "inner", inner, depth), NULL);
}

static enum tl_status nests(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int *depth = tl_alloc(wf, sizeof *depth);
    enum tl_status status = inner(wf, depth);

    (void)input;
    return status == TL_OK ? tl_result_text(wf, result, "%d", *depth) : status;
}

/* What is not waited for ends with the run. */
static enum tl_status leaves_behind(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    (void)tl_spawn(wf, "left behind", comes, share(wf));
    return tl_sleep(wf, TL_SECONDS(1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "TakesTurns", takes_turns);
    tl_register_workflow(registry, "AnyOfThem", any_of_them);
    tl_register_workflow(registry, "OneOfThemFails", one_of_them_fails);
    tl_register_workflow(registry, "WaitsForTwo", waits_for_two);
    tl_register_workflow(registry, "Nests", nests);
    tl_register_workflow(registry, "LeavesBehind", leaves_behind);
}

SCENARIO_SETUP(setup, register_all)

static void coroutines_take_turns_in_the_order_of_their_start(void **state)
{
    tl_assert_result(*state, scenario_start(*state, "TakesTurns", NULL), "\"mlrRLM\"");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(2));
}

static void waiting_for_any_tells_which(void **state)
{
    tl_assert_result(*state, scenario_start(*state, "AnyOfThem", NULL), "{\"first\": 1, \"ready\": [0, 1]}");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(1));
}

static void waiting_for_all_waits_for_all(void **state)
{
    tl_assert_failed(*state, scenario_start(*state, "OneOfThemFails", NULL), "Declined");
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(2));
}

static void a_condition_is_met_by_what_others_do(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WaitsForTwo", NULL);

    tl_env_signal(*state, run, "come", NULL);
    tl_env_advance(*state, TL_MINUTES(1));
    tl_env_signal(*state, run, "come", NULL);
    tl_assert_result(*state, run, "{\"status\": \"ok\", \"came\": 2}");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(1));
}

static void a_condition_is_given_up_at_its_limit(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WaitsForTwo", NULL);

    tl_env_signal(*state, run, "come", NULL);
    tl_assert_result(*state, run, "{\"status\": \"timed out\", \"came\": 1}");
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(1));
}

static void coroutines_nest(void **state)
{
    tl_assert_result(*state, scenario_start(*state, "Nests", NULL), "20");
}

static void a_coroutine_left_behind_ends_with_its_run(void **state)
{
    struct tl_handle *run = scenario_start(*state, "LeavesBehind", NULL);

    tl_assert_completed(*state, run);
    assert_string_equal(tl_env_waits(*state), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(coroutines_take_turns_in_the_order_of_their_start),
        SCENARIO(waiting_for_any_tells_which),
        SCENARIO(waiting_for_all_waits_for_all),
        SCENARIO(a_condition_is_met_by_what_others_do),
        SCENARIO(a_condition_is_given_up_at_its_limit),
        SCENARIO(coroutines_nest),
        SCENARIO(a_coroutine_left_behind_ends_with_its_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
