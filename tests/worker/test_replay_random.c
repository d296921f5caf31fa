/* SPDX-License-Identifier: MIT */
/*
 * What workflow code draws is history for ever: these numbers were drawn by the first release and are drawn by all
 * later ones (worker-protocol: seeding). Whoever changes them breaks every running workflow that branched on one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/replay_fixture.h"

static enum tl_status draws(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    unsigned long long number = tl_random(wf);
    unsigned long long below = tl_random_below(wf, 1000);
    double unit = tl_random_unit(wf);

    return tl_result_text(wf, result, "\"%llx %llu %.12f %s\"", number, below, unit, tl_uuid(wf));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Draws", draws);
}

static int open_fixture(void **state)
{
    return replay_fixture_open(state, register_all);
}

/* A run whose start names these as its own and as its original run; what it returned. */
static enum tl_status drew(struct replay_fixture *fixture, const char *original, const char *first, const char *result)
{
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Draws", NULL);
    Pb__WorkflowExecutionStartedEventAttributes *started =
        builder_history(builder).events[0]->workflow_execution_started_event_attributes;
    started->original_execution_run_id = arena_strdup(&builder->arena, original);
    started->first_execution_run_id = arena_strdup(&builder->arena, first);
    builder_task(builder);
    builder_completed(builder, result);
    return replay_fixture_replay_with(fixture, (struct tl_replayer_options){.strict = 1});
}

#define ORIGINAL "7d9f4c6a-8b5e-4d3c-9f2a-1b6e8c7d5a40"
#define OTHER    "0c1d2e3f-4a5b-4c6d-8e7f-9a0b1c2d3e4f"
#define DRAWN    "\"634f686b95b769ab 320 0.009701429275 be72ad2b-c00b-4570-9524-3db398a8cdcf\""

static void what_is_drawn_never_changes(void **state)
{
    struct replay_fixture *fixture = *state;

    if (drew(fixture, ORIGINAL, ORIGINAL, DRAWN) != TL_OK) {
        fail_msg("%s", fixture->error.message);
    }
}

/* A reset gives a new run id, and a chain has a first run of its own: neither changes what was drawn before. */
static void the_original_run_alone_counts(void **state)
{
    assert_int_equal(drew(*state, ORIGINAL, OTHER, DRAWN), TL_OK);
}

static void another_original_run_draws_otherwise(void **state)
{
    assert_int_equal(drew(*state, OTHER, ORIGINAL, DRAWN), TL_NONDETERMINISM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, replay_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_drawn_never_changes),
        TEST(the_original_run_alone_counts),
        TEST(another_original_run_draws_otherwise),
    };

    return cmocka_run_group_tests_name("replayed draws", tests, NULL, NULL);
}
