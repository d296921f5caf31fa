/* SPDX-License-Identifier: MIT */
/* Coroutines, conditions and shields against histories written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/replay_fixture.h"

static const struct tl_activity_options ten_seconds = {.start_to_close = TL_SECONDS(10)};

/* ---- A chain of conditions, each met by what the one before did ---- */

struct chain {
    int reached;
    int asked; /* how often the last link's condition was */
};

static int is_one(void *user)
{
    return ((struct chain *)user)->reached == 1;
}

static int is_two(void *user)
{
    return ((struct chain *)user)->reached == 2;
}

static int is_three(void *user)
{
    return ((struct chain *)user)->reached == 3;
}

static int never(void *user)
{
    ((struct chain *)user)->asked++;
    return 0;
}

static enum tl_status second_link(struct tl_workflow *wf, void *user)
{
    struct chain *chain = user;
    enum tl_status status = tl_wait_until(wf, is_two, chain, 0);

    chain->reached = 3;
    return status;
}

/* Waits again at once: what it did meanwhile is seen by those who were asked before it. */
static enum tl_status first_link(struct tl_workflow *wf, void *user)
{
    struct chain *chain = user;

    TL_IGNORE(tl_wait_until(wf, is_one, chain, 0));
    chain->reached = 2;
    return tl_wait_until(wf, never, chain, 0);
}

static enum tl_status chains(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct chain *chain = tl_alloc(wf, sizeof *chain);

    (void)input;
    (void)result;
    (void)tl_spawn(wf, "second", second_link, chain);
    (void)tl_spawn(wf, "first", first_link, chain);
    TL_IGNORE(tl_signal_wait(wf, "go", 0, NULL));
    chain->reached = 1;
    return tl_wait_until(wf, is_three, chain, 0);
}

/* ---- A coroutine woken by one whose condition held, and which waits again at once ---- */

struct parties {
    struct chain chain;
    struct tl_future *timer;
};

static enum tl_status waits_for_go(struct tl_workflow *wf, void *user)
{
    enum tl_status status = tl_signal_wait(wf, "go", 0, NULL);

    ((struct parties *)user)->chain.reached = 1;
    return status;
}

static enum tl_status cancels_the_timer(struct tl_workflow *wf, void *user)
{
    struct parties *parties = user;

    TL_IGNORE(tl_wait_until(wf, is_one, &parties->chain, 0));
    tl_future_cancel(parties->timer);
    return tl_wait_until(wf, never, &parties->chain, 0);
}

static enum tl_status wakes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct parties *parties = tl_alloc(wf, sizeof *parties);

    (void)input;
    (void)result;
    parties->timer = tl_timer_start(wf, TL_DAYS(1));
    (void)tl_spawn(wf, "signal", waits_for_go, parties);
    (void)tl_spawn(wf, "cancel", cancels_the_timer, parties);
    return tl_future_wait(parties->timer, NULL) == TL_CANCELED ? TL_OK : tl_fail(wf, "NotCanceled", "it should be");
}

/* ---- Two that wait for one, and one that waits for the same twice ---- */

static enum tl_status waits_for_it(struct tl_workflow *wf, void *user)
{
    (void)wf;
    return tl_future_wait(user, NULL);
}

static enum tl_status shares(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timer = tl_timer_start(wf, TL_DAYS(1));
    struct tl_future *waiters[] = {
        tl_spawn(wf, "one", waits_for_it, timer), tl_spawn(wf, "two", waits_for_it, timer), timer, timer};
    size_t first = tl_wait_any(waiters, 4);
    enum tl_status status = tl_wait_all(waiters, 4);

    (void)input;
    return tl_result_text(wf, result, "[%zu, \"%s\"]", first, tl_status_name(status));
}

/* ---- What is started in a shield stays shielded ---- */

static enum tl_status starts_and_leaves(struct tl_workflow *wf, void *user)
{
    struct tl_future **future = user;

    *future = tl_activity_start(wf, "Refund", NULL, &ten_seconds);
    return TL_OK;
}

static enum tl_status shields(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *refund = NULL;

    (void)input;
    TL_IGNORE(tl_shielded(wf, starts_and_leaves, &refund));
    enum tl_status status = tl_future_wait(refund, NULL);
    return tl_result_text(wf, result, "[\"%s\", %d]", tl_status_name(status), tl_is_canceled(wf));
}

/* ---- Ends while others are at work ---- */

static enum tl_status starts_a_timer(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_sleep(wf, TL_DAYS(1));
}

static enum tl_status leaves(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    (void)tl_spawn(wf, "left behind", starts_a_timer, NULL);
    TL_IGNORE(tl_signal_wait(wf, "go", 0, NULL));
    (void)tl_spawn(wf, "never runs", starts_a_timer, NULL);
    (void)tl_activity_start(wf, "Refund", NULL, &ten_seconds);
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Chains", chains);
    tl_register_workflow(registry, "Wakes", wakes);
    tl_register_workflow(registry, "Shares", shares);
    tl_register_workflow(registry, "Shields", shields);
    tl_register_workflow(registry, "Leaves", leaves);
}

static int setup(void **state)
{
    return replay_fixture_open(state, register_all);
}

/* The run's last task completed it. */
static void completes_with(struct replay_fixture *fixture, const char *json)
{
    builder_completed(&fixture->builder, json);
    enum tl_status status = replay_fixture_replay(fixture);
    if (status != TL_OK) {
        print_error("%s: %s\n", fixture->error.field, fixture->error.message);
    }
    assert_int_equal(status, TL_OK);
}

static void a_condition_is_asked_again_after_any_other_was_met(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Chains", NULL);
    builder_task(&fixture->builder);
    builder_signaled(&fixture->builder, "go", NULL);
    builder_task(&fixture->builder);
    completes_with(fixture, NULL);
}

static void what_a_met_condition_wakes_runs(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Wakes", NULL);
    builder_task(builder);
    int64_t timer = builder_timer_started(builder, "1", TL_DAYS(1));
    builder_signaled(builder, "go", NULL);
    builder_task(builder);
    builder_timer_canceled(builder, "1", timer);
    completes_with(fixture, NULL);
}

static void one_future_may_be_waited_for_often(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Shares", NULL);
    builder_task(builder);
    int64_t timer = builder_timer_started(builder, "1", TL_DAYS(1));
    builder_timer_fired(builder, "1", timer);
    builder_task(builder);
    completes_with(fixture, "[2, \"ok\"]");
}

static void what_was_started_in_a_shield_stays_shielded(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Shields", NULL);
    builder_task(builder);
    int64_t scheduled = builder_activity_scheduled(builder, "1", "Refund");
    builder_cancel_requested(builder);
    builder_task(builder);
    int64_t started = builder_activity_started(builder, scheduled);
    builder_activity_completed(builder, scheduled, started, NULL);
    builder_task(builder);
    completes_with(fixture, "[\"ok\", 1]");
}

static void what_was_asked_for_before_the_end_is_sent(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Leaves", NULL);
    builder_task(builder);
    builder_timer_started(builder, "1", TL_DAYS(1));
    builder_signaled(builder, "go", NULL);
    builder_task(builder);
    builder_activity_scheduled(builder, "1", "Refund");
    completes_with(fixture, NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, replay_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_condition_is_asked_again_after_any_other_was_met),
        TEST(what_a_met_condition_wakes_runs),
        TEST(one_future_may_be_waited_for_often),
        TEST(what_was_started_in_a_shield_stays_shielded),
        TEST(what_was_asked_for_before_the_end_is_sent),
    };
    return cmocka_run_group_tests_name("replayed coroutines", tests, NULL, NULL);
}
