/* SPDX-License-Identifier: MIT */
/* Random requests to a service whose limits are low, so that they are met everywhere: no oracle fires. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/service/run.h"
#include "tests/sim/random_requests.h"

#define STEPS 20000

/* How many runs were terminated for that reason. */
static size_t terminated_for(const struct random_requests *requests, const char *reason)
{
    size_t count = 0;

    for (size_t i = 0; i < requests->sim->run_count; i++) {
        const struct history *history = requests->sim->runs[i]->history;
        const Pb__HistoryEvent *last = history->events[history->count - 1];
        if (last->event_type == EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED &&
            strcmp(last->workflow_execution_terminated_event_attributes->reason, reason) == 0) {
            count++;
        }
    }
    return count;
}

static void run(const struct random_options *options, const char *reason)
{
    struct random_requests *requests = malloc(sizeof(*requests));

    assert_non_null(requests);
    random_requests_init(requests, options);
    for (int i = 0; i < STEPS; i++) {
        if (!random_requests_step(requests)) {
            fail_msg("the oracle fires at seed %d: %s", (int)options->seed, requests->fault);
        }
    }
    assert_true(terminated_for(requests, reason) > 100);
    random_requests_done(requests);
    free(requests);
}

static void few_events(void **state)
{
    (void)state;
    for (int64_t events = 3; events < 20; events += 4) {
        run(&(const struct random_options){.seed = (uint64_t)events, .limits = {.history_events = events}},
            "Workflow history count exceeds limit.");
    }
}

static void few_bytes(void **state)
{
    (void)state;
    run(&(const struct random_options){.seed = 1, .limits = {.history_bytes = 500}},
        "Workflow history size exceeds limit.");
    run(&(const struct random_options){.seed = 2, .limits = {.history_bytes = 2000}},
        "Workflow history size exceeds limit.");
}

static void little_state(void **state)
{
    (void)state;
    run(&(const struct random_options){.seed = 4, .limits = {.state_bytes = 40}},
        "Workflow mutable state size exceeds limit.");
}

static void few_of_everything(void **state)
{
    const struct tl_sim_limits limits = {
        .history_events = 25,
        .history_bytes = 4000,
        .suggest_events = 5,
        .suggest_bytes = 500,
        .pending_activities = 1,
        .signals = 1,
    };

    (void)state;
    run(&(const struct random_options){.seed = 3, .wire = true, .limits = limits},
        "Workflow history count exceeds limit.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_events),
        cmocka_unit_test(few_bytes),
        cmocka_unit_test(little_state),
        cmocka_unit_test(few_of_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
