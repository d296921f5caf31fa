/* SPDX-License-Identifier: MIT */
/* Random requests, most of them legal, with the oracles on: none fires, memory is flat, runs repeat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

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

static void the_same_seed_gives_the_same_replies_and_trace(void **state)
{
    const struct random_options options = {.seed = 3, .hashed = true, .steps_each = STEPS};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_oracle_fires),
        cmocka_unit_test(no_oracle_fires_over_the_wire),
        cmocka_unit_test(the_same_seed_gives_the_same_replies_and_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
