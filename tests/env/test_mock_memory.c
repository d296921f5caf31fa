/* SPDX-License-Identifier: MIT */
/*
 * Out of memory while mocks are made, narrowed, followed and looked at: each allocation fails in turn, once or for
 * good. Nothing crashes, nothing leaks, and a test that could not run says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/lib/failing_allocator.h"

#define MOST_ALLOCATIONS 20000

static const struct tl_activity_options options = {
    .schedule_to_start = TL_MINUTES(1), .start_to_close = TL_SECONDS(10), .heartbeat = TL_SECONDS(5)};
static const struct tl_activity_options slow = {.start_to_close = TL_DAYS(1)};

static enum tl_status flow(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *later = tl_activity_start(wf, "Later", input, &slow);
    struct tl_future *lost = tl_activity_start(wf, "Lost", input, &options);

    TL_IGNORE(tl_future_wait(lost, NULL));
    if (tl_activity_run(wf, "Step", input, &options, result) != TL_OK) {
        return TL_FAILED;
    }
    return tl_future_wait(later, result);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Flow", flow);
}

/* What one run of the test came to. */
struct outcome {
    int failures;
    int completed;
    char text[4096];
};

static void keep_failure(void *user, const char *file, int line, const char *text)
{
    struct outcome *outcome = user;

    (void)file;
    (void)line;
    outcome->failures += 1;
    strncpy(outcome->text, text, sizeof outcome->text - 1);
}

static int is_anything(void *user, const struct tl_payloads *input)
{
    (void)user;
    return input->count == 1;
}

static void script(struct tl_env *env, struct tl_mock *later)
{
    static const struct tl_match match = {.path = "n", .equals = "1", .matches = is_anything, .workflow_id = "w"};
    const struct tl_failure cause = {.kind = TL_FAILURE_APPLICATION, .type = "Socket"};
    const struct tl_payload details = tl_payload_json("1");
    const struct tl_fail_options failure = {.details = &details, .details_count = 1, .cause = &cause};
    struct tl_mock *step = tl_mock_per_activity(tl_mock_when(tl_mock_activity(env, "Step"), &match));
    struct tl_mock *lost = tl_mock_activity(env, "Lost");

    tl_mock_times_out(lost, TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    tl_mock_answers(
        step,
        TL_ONCE,
        &(const struct tl_mock_answer){
            .kind = TL_MOCK_FAILS, .failure_type = "Busy", .failure = &failure, .heartbeat = "1"});
    tl_mock_answers(step, TL_ONCE, &(const struct tl_mock_answer){.payload = &details, .after = TL_SECONDS(1)});
    tl_mock_never(tl_mock_with(step, "n", "2"));
    tl_mock_completes_later(later, TL_AT_LEAST(1));
    tl_mock_in_order(lost, step);
}

/* A test of a user, from the first call to the last. */
static void use_mocks(struct tl_env *env, struct outcome *outcome)
{
    struct tl_mock *later = tl_mock_activity(env, "Later");

    script(env, later);
    struct tl_handle *run = tl_env_start(env, "Flow", "w", "{\"n\": 1}", NULL);
    tl_env_advance(env, TL_MINUTES(2));
    if (tl_mock_pending(later) > 0) {
        tl_mock_complete(later, "\"done\"");
    }
    tl_assert_result(env, run, "\"done\"");
    tl_assert_called(env, tl_mock_with(tl_mock_activity(env, "Step"), "n", "1"), 2);
    outcome->completed = tl_env_finish(env) == TL_OK;
}

/* 1 when the environment could not be made. */
static int run_once(struct failing_allocator *memory, struct outcome *outcome)
{
    const struct tl_reporter reporter = {.fail = keep_failure, .user = outcome};
    const struct tl_env_options env_options = {
        .register_all = register_all, .reporter = &reporter, .allocator = &memory->allocator};
    struct tl_error error = {.status = TL_OK};
    struct tl_env *env = tl_env_new(&env_options, &error);

    if (env == NULL) {
        assert_int_equal(error.status, TL_NO_MEMORY);
        return 1;
    }
    use_mocks(env, outcome);
    tl_env_free(env);
    return 0;
}

static void assert_nothing_held(struct failing_allocator *memory, size_t nth)
{
    const char *complaint = failing_allocator_complaint(memory);

    if (complaint != NULL) {
        fail_msg("after allocation %zu failed: %s", nth, complaint);
    }
}

static void fail_each(enum fail_mode mode)
{
    struct failing_allocator memory;
    size_t told = 0;
    size_t nth = 0;

    do {
        struct outcome outcome = {0};

        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, mode);
        int unmade = run_once(&memory, &outcome);
        assert_nothing_held(&memory, nth);
        assert_true(outcome.failures <= 1);
        if (outcome.failures == 1 && strstr(outcome.text, "memory") == NULL) {
            fail_msg("after allocation %zu failed the verdict is another: %s", nth, outcome.text);
        }
        if (!unmade && outcome.failures == 0 && !outcome.completed) {
            fail_msg("after allocation %zu failed the test neither passed nor failed", nth);
        }
        told += (size_t)(unmade + outcome.failures);
    } while (memory.failed > 0 && nth < MOST_ALLOCATIONS);
    assert_true(nth > 20);
    assert_true(nth < MOST_ALLOCATIONS);
    assert_true(told > nth / 2);
}

static void a_test_without_failures_gives_everything_back(void **state)
{
    struct failing_allocator memory;
    struct outcome outcome = {0};

    (void)state;
    failing_allocator_init(&memory);
    assert_int_equal(run_once(&memory, &outcome), 0);
    assert_string_equal(outcome.text, "");
    assert_true(outcome.completed);
    assert_nothing_held(&memory, 0);
}

static void each_allocation_may_fail_once(void **state)
{
    (void)state;
    fail_each(FAIL_ONCE);
}

static void memory_may_run_out_for_good_at_any_moment(void **state)
{
    (void)state;
    fail_each(FAIL_FROM_NOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_test_without_failures_gives_everything_back),
        cmocka_unit_test(each_allocation_may_fail_once),
        cmocka_unit_test(memory_may_run_out_for_good_at_any_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
