/* SPDX-License-Identifier: MIT */
/* Each allocation of a replay failed in turn: no crash, no leak, and what workflows deferred is done once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/failing_allocator.h"
#include "tests/worker/replay_fixture.h"

static struct failing_allocator memory;
static int taken;    /* handles that workflow code holds */
static int order[8]; /* in which they were given back */
static int returned;

static void give_back(void *user)
{
    order[returned++ % 8] = *(const int *)user;
    taken--;
}

static void take(struct tl_workflow *wf, int number)
{
    int *handle = tl_alloc(wf, sizeof *handle);

    *handle = number;
    tl_defer(wf, give_back, handle);
    taken++;
}

static enum tl_status takes_too(struct tl_workflow *wf, void *user)
{
    (void)user;
    take(wf, 3);
    return tl_sleep(wf, TL_DAYS(1));
}

static enum tl_status holds(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    (void)input;
    take(wf, 1);
    take(wf, 2);
    struct tl_future *other = tl_spawn(wf, "other", takes_too, NULL);
    if (tl_activity_run(wf, "Charge", NULL, &options, result) != TL_OK) {
        return tl_fail_with(wf, "NotCharged", "", &(const struct tl_fail_options){.cause = tl_failure(wf)});
    }
    return tl_future_wait(other, NULL);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Holds", holds);
}

static int setup(void **state)
{
    struct replay_fixture *fixture;
    int result = replay_fixture_open(state, register_all);

    fixture = *state;
    taken = 0;
    returned = 0;
    builder_start(&fixture->builder, "Holds", "40");
    builder_task(&fixture->builder);
    int64_t scheduled = builder_activity_scheduled(&fixture->builder, "1", "Charge");
    int64_t timer = builder_timer_started(&fixture->builder, "1", TL_DAYS(1));
    int64_t started = builder_activity_started(&fixture->builder, scheduled);
    builder_activity_completed(&fixture->builder, scheduled, started, "\"receipt-1\"");
    builder_task(&fixture->builder);
    builder_timer_fired(&fixture->builder, "1", timer);
    builder_task(&fixture->builder);
    builder_completed(&fixture->builder, "\"receipt-1\"");
    return result;
}

static enum tl_status replay_twice(struct replay_fixture *fixture, int evict_every_task)
{
    struct tl_history history = builder_history(&fixture->builder);
    struct tl_replayer *replayer = tl_replayer_new(
        &(const struct tl_replayer_options){
            .allocator = &memory.allocator,
            .registry = fixture->registry,
            .strict = 1,
            .evict_every_task = evict_every_task},
        &fixture->error);

    if (replayer == NULL) {
        return fixture->error.status;
    }
    enum tl_status status = tl_replay(replayer, &history, &fixture->error);
    assert_int_equal(taken, 0);
    if (status == TL_NO_MEMORY) {
        assert_int_equal(fixture->error.status, TL_NO_MEMORY);
        assert_int_equal(tl_replay(replayer, &history, &fixture->error), TL_OK); /* memory is back */
        assert_int_equal(taken, 0);
    }
    tl_replayer_free(replayer);
    return status;
}

static void fail_each(struct replay_fixture *fixture, int evict_every_task)
{
    size_t nth = 0;

    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        enum tl_status status = replay_twice(fixture, evict_every_task);
        assert_int_equal(status, memory.failed > 0 ? TL_NO_MEMORY : TL_OK);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 10);
}

static void each_allocation_of_a_replay_may_fail(void **state)
{
    fail_each(*state, 0);
    fail_each(*state, 1);
}

static void what_was_deferred_is_done_last_first(void **state)
{
    static const int expected[] = {3, 2, 1};

    assert_int_equal(replay_fixture_replay_with(*state, (struct tl_replayer_options){0}), TL_OK);
    assert_int_equal(returned, 3);
    assert_memory_equal(order, expected, sizeof expected);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, replay_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_deferred_is_done_last_first),
        TEST(each_allocation_of_a_replay_may_fail),
    };
    return cmocka_run_group_tests_name("replay, memory", tests, NULL, NULL);
}
