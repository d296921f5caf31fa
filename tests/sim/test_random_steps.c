/* SPDX-License-Identifier: MIT */
/* Random requests, most of them legal, with the oracles on: none fires, memory is flat, runs repeat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/pool.h"
#include "sim/service/run.h"
#include "tests/sim/random_requests.h"

#define STEPS 20000

/* TIMELAPSE_RANDOM_STEPS in the environment: as many instead. */
static uint64_t step_count(void)
{
    const char *text = getenv("TIMELAPSE_RANDOM_STEPS");

    return text == NULL ? STEPS : strtoull(text, NULL, 10);
}

static void run(struct random_requests *requests, const struct random_options *options, uint64_t steps)
{
    random_requests_init(requests, options);
    for (uint64_t i = 0; i < steps; i++) {
        if (!random_requests_step(requests)) {
            fail_msg("the oracle fires at seed %d: %s", (int)options->seed, requests->fault);
        }
    }
    random_requests_done(requests);
}

static struct random_requests *new_requests(void)
{
    struct random_requests *requests = malloc(sizeof(*requests));

    assert_non_null(requests);
    return requests;
}

static void no_oracle_fires(void **state)
{
    struct random_requests *requests = new_requests();

    (void)state;
    run(requests, &(const struct random_options){.seed = 1, .steps_each = STEPS}, step_count());
    free(requests);
}

static void no_oracle_fires_over_the_wire(void **state)
{
    struct random_requests *requests = new_requests();

    (void)state;
    run(requests, &(const struct random_options){.seed = 2, .wire = true, .steps_each = STEPS}, STEPS);
    free(requests);
}

static void no_oracle_fires_in_any_order(void **state)
{
    struct random_requests *requests = new_requests();

    (void)state;
    run(requests, &(const struct random_options){.seed = 7, .shuffled = true, .steps_each = STEPS}, step_count());
    free(requests);
}

static void the_same_seed_gives_the_same_replies_and_trace(void **state)
{
    const struct random_options options = {.seed = 3, .shuffled = true, .hashed = true, .steps_each = STEPS};
    struct random_requests *once = new_requests();
    struct random_requests *again = new_requests();

    (void)state;
    run(once, &options, step_count());
    run(again, &options, step_count());

    assert_true(once->hash == again->hash);
    assert_int_equal(once->tally.peak, again->tally.peak);
    free(once);
    free(again);
}

/* ---- What is asked ---- */

static bool is_served(struct random_requests *requests, unsigned rpc)
{
    struct arena arena;
    uint64_t unsupported = requests->tally.unsupported;

    arena_init(&arena, requests->scratch.pool);
    random_send(requests, rpc, pb_new(&arena, rpc_table[rpc].request));
    random_run(requests, SIZE_MAX);
    arena_done(&arena);
    return requests->tally.unsupported == unsupported;
}

/* What comes to be served later must be asked too. */
static void all_that_is_served_is_asked_and_taken(void **state)
{
    struct random_requests *requests = new_requests();

    (void)state;
    random_requests_init(requests, &(const struct random_options){.seed = 4, .steps_each = STEPS});
    for (uint64_t i = 0; i < 5 * (uint64_t)STEPS; i++) {
        assert_true(random_requests_step(requests));
    }
    for (unsigned rpc = 0; rpc < RPC_COUNT; rpc++) {
        if (requests->tally.taken[rpc] == 0 && is_served(requests, rpc)) {
            fail_msg("%s is served, and never taken", rpc_table[rpc].name);
        }
    }
    random_requests_done(requests);
    free(requests);
}

/* ---- Memory ---- */

/* Bytes that the histories of all runs hold. */
static size_t history_bytes(const struct random_requests *requests)
{
    size_t bytes = 0;

    for (size_t i = 0; i < requests->sim->run_count; i++) {
        bytes += arena_held(&requests->sim->runs[i]->history->arena);
    }
    return bytes;
}

#define RUN_BYTES   4096              /* of a closed run, without its history */
#define OTHER_BYTES ((size_t)4 << 20) /* of all that does not grow: calls, queues, what is pending */

/* Closed runs are kept for ever: beside them, nothing grows. */
static void a_closed_run_costs_its_history(void **state)
{
    struct random_requests *requests = new_requests();

    (void)state;
    random_requests_init(requests, &(const struct random_options){.seed = 5});
    for (uint64_t i = 1; i <= 10 * (uint64_t)STEPS; i++) {
        assert_true(random_requests_step(requests));
        if (i % STEPS == 0) {
            size_t held = pool_held(tl_driver_pool(requests->driver));
            assert_in_range(held - history_bytes(requests), 0, OTHER_BYTES + requests->sim->run_count * RUN_BYTES);
        }
    }
    random_requests_done(requests);
    free(requests);
}

/* Universe after universe of the same length: the largest of many is hardly larger than the largest of few. */
static void memory_is_flat_over_universes(void **state)
{
    const struct random_options options = {.seed = 6, .steps_each = 1000};
    struct random_requests *requests = new_requests();
    size_t early = 0;

    (void)state;
    random_requests_init(requests, &options);
    for (uint64_t i = 1; i <= 100000; i++) {
        assert_true(random_requests_step(requests));
        early = i == 20000 ? requests->tally.peak : early;
    }
    random_requests_done(requests);
    assert_in_range(requests->tally.peak, early, early + early / 2);
    free(requests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_oracle_fires),
        cmocka_unit_test(no_oracle_fires_over_the_wire),
        cmocka_unit_test(no_oracle_fires_in_any_order),
        cmocka_unit_test(the_same_seed_gives_the_same_replies_and_trace),
        cmocka_unit_test(all_that_is_served_is_asked_and_taken),
        cmocka_unit_test(a_closed_run_costs_its_history),
        cmocka_unit_test(memory_is_flat_over_universes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
