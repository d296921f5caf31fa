/* SPDX-License-Identifier: MIT */
/* What a run knows of itself: how it was started, what it goes on for, who signals it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static enum tl_status tells(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_workflow_info *info = tl_workflow_info(wf);

    (void)input;
    return tl_result_text(
        wf,
        result,
        "[\"%s\", %d, \"%s\", %.1f, %lld, %lld, %d, %d, \"%s\", %d, %d]",
        info->identity,
        (int)info->priority.key,
        info->priority.fairness_key,
        info->priority.fairness_weight,
        (long long)((info->run_deadline - info->started_at) / TL_HOURS(1)),
        (long long)((info->execution_deadline - info->started_at) / TL_HOURS(1)),
        (int)info->initiator,
        info->retry == NULL,
        info->continued_run_id,
        tl_last_result(wf) == NULL,
        tl_last_failure(wf) == NULL);
}

static enum tl_status
never_times_out(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_workflow_info *info = tl_workflow_info(wf);

    (void)input;
    return tl_result_text(
        wf,
        result,
        "[%d, %d, \"%s\", \"%s\"]",
        info->run_deadline == TL_NEVER,
        info->execution_deadline == TL_NEVER,
        info->cron_schedule,
        info->priority.fairness_key);
}

/* Fails twice, each time after a change of its memo that no other run has. */
static enum tl_status tries(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_workflow_info *info = tl_workflow_info(wf);
    const struct tl_failure *last = tl_last_failure(wf);
    const struct tl_field field = {"changed", tl_payload_json("1")};
    const struct tl_payload attempt = tl_payload_json(tl_format(wf, "%d", (int)info->attempt));
    const struct tl_fail_options options = {.details = &attempt, .details_count = 1};

    (void)input;
    if (tl_workflow_memo(wf, "changed") != NULL || (last == NULL) != (info->initiator == TL_INITIATOR_NONE)) {
        return tl_fail_with(wf, "Odd", "", &(struct tl_fail_options){.non_retryable = 1});
    }
    if (info->attempt < 3) {
        tl_upsert_memo(wf, &field, 1);
        return tl_fail_with(wf, "NotYet", "not yet", &options);
    }
    if (last == NULL) {
        return TL_FAILED;
    }
    return tl_result_text(
        wf,
        result,
        "[%d, %d, \"%s\", \"%s\", %.*s, %d, %d]",
        (int)info->attempt,
        (int)info->initiator,
        last->type,
        last->message,
        (int)last->details[0].data.len,
        (const char *)last->details[0].data.data,
        strcmp(info->continued_run_id, info->run_id) != 0,
        strcmp(info->first_run_id, info->run_id) != 0);
}

/* Takes signals of all runs of its chain: on as new after each but the last. */
static enum tl_status takes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payloads who;
    int64_t round = 0;

    if (input->count > 0 && tl_json_get_int(&input->items[0], NULL, &round, NULL) != TL_OK) {
        return tl_fail(wf, "NoNumber", "the input is no number");
    }
    if (tl_signal_wait(wf, "go", 0, &who) != TL_OK) {
        return TL_CANCELED;
    }
    const struct tl_payload *tenant = tl_signal_header(wf, "tenant");
    if (round < 2 && tl_signal_header(wf, "none") == NULL) {
        const struct tl_payload next = tl_payload_json(tl_format(wf, "%lld", (long long)round + 1));
        return tl_continue_as_new(wf, TL_ARGS(next), NULL);
    }
    return tl_result_text(
        wf,
        result,
        "[%lld, %d, %.*s]",
        (long long)round,
        (int)who.count,
        tenant == NULL ? 4 : (int)tenant->data.len,
        tenant == NULL ? "null" : (const char *)tenant->data.data);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Tells", tells);
    tl_register_workflow(registry, "NeverTimesOut", never_times_out);
    tl_register_workflow(registry, "Tries", tries);
    tl_register_workflow(registry, "Takes", takes);
}

static int setup(void **state)
{
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all, .tolerate_failed_tasks = 1});
}

/* ---- Starts ---- */

static void a_run_knows_how_it_was_started(void **state)
{
    const struct tl_start_options options = {
        .execution_timeout = TL_HOURS(30),
        .run_timeout = TL_HOURS(20),
        .start_delay = TL_HOURS(4),
        .priority = {.key = 2, .fairness_key = "t-1", .fairness_weight = 2.5},
    };
    struct tl_handle *run = tl_env_start(*state, "Tells", "w", NULL, &options);

    scenario_assert_result(*state, run, "[\"test\", 2, \"t-1\", 2.5, 24, 30, 0, 1, \"\", 1, 1]");
}

static void no_run_outlives_its_chain(void **state)
{
    const struct tl_start_options options = {
        .execution_timeout = TL_HOURS(22), .run_timeout = TL_HOURS(20), .start_delay = TL_HOURS(4)};
    struct tl_handle *run = tl_env_start(*state, "Tells", "w", NULL, &options);

    scenario_assert_result(*state, run, "[\"test\", 0, \"\", 0, 22, 22, 0, 1, \"\", 1, 1]");
}

static void what_has_no_limit_has_no_deadline(void **state)
{
    scenario_assert_result(*state, scenario_start(*state, "NeverTimesOut", NULL), "[1, 1, \"\", \"\"]");
}

static void people_see_the_words_of_a_start(void **state)
{
    const struct tl_start_options options = {.summary = "An order", .details = "of c-7"};
    struct tl_handle *run = tl_env_start(*state, "NeverTimesOut", "w", NULL, &options);

    tl_assert_completed(*state, run);
    assert_says(*state, run, "\"summary\"");
    assert_says(*state, run, "\"details\"");
}

/* ---- Retries ---- */

static void a_retried_run_knows_what_failed_before(void **state)
{
    static const struct tl_retry_policy retry = {.initial_interval = TL_MINUTES(1)};
    const struct tl_start_options options = {.retry = &retry};
    struct tl_handle *run = tl_env_start(*state, "Tries", "w", NULL, &options);

    scenario_assert_result(*state, run, "[3, 2, \"NotYet\", \"not yet\", 2, 1, 1]");
    assert_true(tl_env_elapsed(*state) >= TL_MINUTES(3));
}

/* ---- Determinism ---- */

struct trace {
    char text[64 * 1024];
    size_t len;
};

static void keep(void *user, const char *text, size_t len)
{
    struct trace *trace = user;

    assert_true(trace->len + len < sizeof trace->text);
    memcpy(trace->text + trace->len, text, len + 1);
    trace->len += len;
}

static void run_traced(struct trace *trace)
{
    static const struct tl_retry_policy retry = {.initial_interval = TL_MINUTES(1)};
    const struct tl_start_options options = {.retry = &retry};
    struct tl_env *env = tl_env_new(
        &(struct tl_env_options){.register_all = register_all, .seed = 7, .reporter = tl_cmocka_reporter()}, NULL);

    assert_non_null(env);
    trace->len = 0;
    tl_env_trace_to(env, keep, trace);
    struct tl_handle *takes = tl_env_signal_with_start(env, "Takes", "t", NULL, "go", "1", NULL);
    tl_assert_completed(env, tl_env_start(env, "Tries", "w", NULL, &options));
    tl_env_signal(env, takes, "go", NULL);
    tl_env_advance(env, TL_MINUTES(1));
    tl_env_signal(env, takes, "go", NULL);
    tl_assert_completed(env, takes);
    tl_env_free(env);
}

static void chains_give_the_same_trace_for_the_same_seed(void **state)
{
    static struct trace first;
    static struct trace again;

    (void)state;
    run_traced(&first);
    run_traced(&again);
    assert_true(first.len > 1000);
    assert_int_equal(first.len, again.len);
    assert_memory_equal(first.text, again.text, first.len);
}

/* ---- Signals ---- */

static void a_signal_starts_what_does_not_run(void **state)
{
    const struct tl_field header = {"tenant", tl_payload_json("\"t-1\"")};
    const struct tl_start_options options = {.headers = &header, .header_count = 1};
    struct tl_handle *run = tl_env_signal_with_start(*state, "Takes", "w", "2", "go", "1", &options);

    scenario_assert_result(*state, run, "[2, 1, \"t-1\"]");
    assert_events(*state, run, "WorkflowExecutionStarted WorkflowExecutionSignaled T WorkflowExecutionCompleted");
}

static void a_signal_reaches_what_runs(void **state)
{
    struct tl_handle *first = tl_env_start(*state, "Takes", "w", "2", NULL);

    tl_env_run_until_idle(*state);
    struct tl_handle *second = tl_env_signal_with_start(*state, "Takes", "w", "0", "go", NULL, NULL);
    assert_string_equal(tl_handle_run_id(first), tl_handle_run_id(second));
    scenario_assert_result(*state, first, "[2, 0, null]");
}

static void a_signal_s_headers_are_read_by_who_takes_it(void **state)
{
    const struct tl_field header = {"tenant", tl_payload_json("\"t-7\"")};
    const struct tl_signal_options options = {.headers = &header, .header_count = 1};
    struct tl_handle *run = tl_env_start(*state, "Takes", "w", "2", NULL);
    struct tl_error error;

    assert_int_equal(tl_handle_signal_with(run, "go", NULL, &options, &error), TL_OK);
    scenario_assert_result(*state, run, "[2, 0, \"t-7\"]");
}

static void a_handle_follows_its_workflow(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Takes", NULL);

    for (int i = 0; i < 3; i++) {
        tl_env_advance(*state, TL_SECONDS(10));
        tl_env_signal(*state, run, "go", NULL);
    }
    scenario_assert_result(*state, run, "[2, 0, null]");
}

static void a_workflow_that_went_on_can_be_canceled(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Takes", NULL);

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "go", NULL);
    tl_env_advance(*state, TL_SECONDS(10));
    tl_env_cancel(*state, run);
    tl_assert_canceled(*state, run);
    assert_int_equal(scenario_count_events(*state, run, "WorkflowExecutionContinuedAsNew"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_run_knows_how_it_was_started),
        SCENARIO(no_run_outlives_its_chain),
        SCENARIO(what_has_no_limit_has_no_deadline),
        SCENARIO(people_see_the_words_of_a_start),
        SCENARIO(a_retried_run_knows_what_failed_before),
        cmocka_unit_test(chains_give_the_same_trace_for_the_same_seed),
        SCENARIO(a_signal_starts_what_does_not_run),
        SCENARIO(a_signal_reaches_what_runs),
        SCENARIO(a_signal_s_headers_are_read_by_who_takes_it),
        SCENARIO(a_handle_follows_its_workflow),
        SCENARIO(a_workflow_that_went_on_can_be_canceled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
