/* SPDX-License-Identifier: MIT */
/* What one task tells at once, of limits, signals and cancellation: which of them the code sees first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/replay_fixture.h"

static const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

static void add(char *order, char seen)
{
    size_t len = strlen(order);

    order[len] = seen;
    order[len + 1] = '\0';
}

static enum tl_status notes(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)wf;
    (void)name;
    (void)input;
    add(user, 'h');
    return TL_OK;
}

/* Handles signals, sleeps, and tells in which order things were seen. */
static enum tl_status handles(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    char *order = tl_alloc(wf, 16);

    (void)input;
    tl_signal_handle(wf, "go", NULL, notes, order);
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    add(order, 'm');
    return tl_result_text(wf, result, "\"%s\"", order);
}

static enum tl_status works(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_activity_run(wf, "Work", NULL, &options, NULL);
}

static enum tl_status limits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_scope_options limited = {.limit = TL_MINUTES(1)};
    struct tl_scope *scope = tl_scope_new(wf, &limited);

    (void)input;
    enum tl_status status = tl_scope_run(scope, works, NULL);
    return tl_result_text(wf, result, "[\"%s\", %d]", tl_status_name(status), tl_scope_is_canceled(scope));
}

/* Both at once: the limit was over first. */
static enum tl_status
limits_and_tells(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_scope_options limited = {.limit = TL_MINUTES(1)};

    (void)input;
    (void)result;
    enum tl_status status = tl_scope_run(tl_scope_new(wf, &limited), works, NULL);
    return status == TL_TIMED_OUT ? tl_fail(wf, "TooLate", "%s", tl_cancel_reason(wf)) : TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Handles", handles);
    tl_register_workflow(registry, "Limits", limits);
    tl_register_workflow(registry, "LimitsAndTells", limits_and_tells);
}

static int setup(void **state)
{
    return replay_fixture_open(state, register_all);
}

/* Strictly: the result is compared with what the code says today. */
static void assert_replays(struct replay_fixture *fixture)
{
    enum tl_status status = replay_fixture_replay(fixture);

    if (status != TL_OK) {
        fail_msg("%s: %s", fixture->error.field, fixture->error.message);
    }
}

static void a_signal_is_handled_before_the_code_that_its_task_wakes(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Handles", NULL);
    builder_task(builder);
    int64_t timer = builder_timer_started(builder, "1", TL_HOURS(1));
    builder_timer_fired(builder, "1", timer);
    builder_signaled(builder, "go", NULL);
    builder_task(builder);
    builder_completed(builder, "\"hm\"");
    assert_replays(fixture);
}

static void a_signal_before_the_handler_is_handled_before_the_end(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Handles", NULL);
    builder_signaled(builder, "go", NULL);
    builder_signaled(builder, "go", NULL);
    builder_task(builder);
    int64_t timer = builder_timer_started(builder, "1", TL_HOURS(1));
    builder_timer_fired(builder, "1", timer);
    builder_task(builder);
    builder_completed(builder, "\"hhm\"");
    assert_replays(fixture);
}

/* The limit's timer fired first, but the work has ended too: nothing is asked of an activity that is over. */
static void work_that_ended_with_its_limit_has_ended(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Limits", NULL);
    builder_task(builder);
    int64_t timer = builder_timer_started(builder, "1", TL_MINUTES(1));
    int64_t scheduled = builder_activity_scheduled(builder, "1", "Work");
    int64_t started = builder_activity_started(builder, scheduled);
    builder_timer_fired(builder, "1", timer);
    builder_activity_completed(builder, scheduled, started, NULL);
    builder_task(builder);
    builder_completed(builder, "[\"ok\", 1]");
    assert_replays(fixture);
}

/* The workflow's cancellation is told last: what the limit ended was over before. */
static void a_limit_and_a_cancellation_count_as_the_limit(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "LimitsAndTells", NULL);
    builder_task(builder);
    int64_t timer = builder_timer_started(builder, "1", TL_MINUTES(1));
    int64_t scheduled = builder_activity_scheduled(builder, "1", "Work");
    builder_cancel_requested(builder);
    builder_timer_fired(builder, "1", timer);
    builder_task(builder);
    builder_activity_cancel_requested(builder, scheduled);
    builder_failed(builder, "TooLate");
    assert_int_equal(replay_fixture_replay_with(fixture, (struct tl_replayer_options){0}), TL_OK);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, replay_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_signal_is_handled_before_the_code_that_its_task_wakes),
        TEST(a_signal_before_the_handler_is_handled_before_the_end),
        TEST(work_that_ended_with_its_limit_has_ended),
        TEST(a_limit_and_a_cancellation_count_as_the_limit),
    };
    return cmocka_run_group_tests_name("waits", tests, NULL, NULL);
}
