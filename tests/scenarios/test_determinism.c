/* SPDX-License-Identifier: MIT */
/* Time, randomness and logs of a workflow: the same on every replay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* Draws before and after a wait; under the evict variant the code before it runs twice. */
static enum tl_status draws(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    uint64_t first = tl_random(wf);
    const char *id = tl_uuid(wf);
    uint64_t die = tl_random_below(wf, 6);
    double unit = tl_random_unit(wf);
    tl_time begun = tl_now(wf);

    (void)input;
    if (tl_sleep(wf, TL_MINUTES(1)) != TL_OK) {
        return TL_CANCELED;
    }
    if (die > 5 || unit < 0 || unit >= 1 || strlen(id) != 36 || id[14] != '4') {
        return tl_fail(wf, "OutOfRange", "%s", id);
    }
    return tl_result_text(
        wf,
        result,
        "{\"first\": %llu, \"id\": \"%s\", \"second\": %llu, \"slept\": %lld}",
        (unsigned long long)first,
        id,
        (unsigned long long)tl_random(wf),
        (long long)(tl_now(wf) - begun));
}

/* The activity's answer depends on what was drawn: a replay that draws otherwise is found. */
static enum tl_status acts_on_a_draw(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    assert_string_equal(tl_strdup(wf, NULL), "");
    for (int i = 0; i < 10; i++) {
        struct tl_payload number = tl_payload_json(tl_format(wf, "\"%s\"", tl_strdup(wf, tl_uuid(wf))));

        if (tl_activity_run(wf, "Step", TL_ARGS(number), &scenario_patient, NULL) != TL_OK ||
            tl_sleep(wf, (tl_duration)tl_random_below(wf, (uint64_t)TL_DAYS(1)) + 1) != TL_OK) {
            return TL_FAILED;
        }
    }
    return TL_OK;
}

static enum tl_status logs(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    tl_log(wf, "before %d", 1);
    if (tl_sleep(wf, TL_MINUTES(1)) != TL_OK) {
        return TL_CANCELED;
    }
    tl_log(wf, "after %d", 2);
    return TL_OK;
}

static enum tl_status tells_facts(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_workflow_info *info = tl_workflow_info(wf);

    (void)input;
    if (tl_sleep(wf, TL_MINUTES(1)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_result_text(
        wf,
        result,
        "[\"%s\", \"%s\", \"%s\", %d, %d, %lld, %d]",
        info->workflow_id,
        info->workflow_type,
        info->name_space,
        strcmp(info->run_id, info->first_run_id) == 0,
        (int)info->attempt,
        (long long)(info->execution_timeout / TL_HOURS(1)),
        info->history_length >= 7);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Draws", draws);
    tl_register_workflow(registry, "ActsOnADraw", acts_on_a_draw);
    tl_register_workflow(registry, "Logs", logs);
    tl_register_workflow(registry, "TellsFacts", tells_facts);
}

SCENARIO_SETUP(setup, register_all)

/* The result of "Draws" in a universe of its own; free it. */
static char *drawn(uint64_t seed)
{
    struct tl_env *env = tl_env_new(
        &(struct tl_env_options){.register_all = register_all, .seed = seed, .reporter = tl_cmocka_reporter()}, NULL);
    struct tl_payload result;

    assert_non_null(env);
    assert_int_equal(tl_env_result(env, scenario_start(env, "Draws", NULL), &result), TL_OK);
    char *copy = strndup((const char *)result.data.data, result.data.len);
    tl_env_free(env);
    return copy;
}

static void what_is_drawn_depends_on_the_seed_alone(void **state)
{
    char *first = drawn(7);
    char *again = drawn(7);
    char *other = drawn(8);

    (void)state;
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
    free(first);
    free(again);
    free(other);
}

static void time_stands_still_within_a_task(void **state)
{
    struct tl_payload result;

    assert_int_equal(tl_env_result(*state, scenario_start(*state, "Draws", NULL), &result), TL_OK);
    char *text = strndup((const char *)result.data.data, result.data.len);
    assert_non_null(strstr(text, "\"slept\": 60000000000"));
    free(text);
}

static void many_draws_replay_alike(void **state)
{
    tl_mock_returns(tl_mock_activity(*state, "Step"), TL_TIMES(10), NULL);
    tl_assert_completed(*state, scenario_start(*state, "ActsOnADraw", NULL));
}

static void a_workflow_knows_who_it_is(void **state)
{
    const struct tl_start_options options = {.execution_timeout = TL_HOURS(3)};
    struct tl_handle *run = tl_env_start(*state, "TellsFacts", "w", NULL, &options);

    tl_assert_result(*state, run, "[\"w\", \"TellsFacts\", \"default\", 1, 1, 3, 1]");
}

/* ---- Logs and traces ---- */

struct trace {
    char *text;
    size_t len;
    int logs;
};

static void keep(void *user, const char *text, size_t len)
{
    struct trace *trace = user;
    char *grown = realloc(trace->text, trace->len + len + 1);

    assert_non_null(grown);
    memcpy(grown + trace->len, text, len + 1);
    trace->text = grown;
    trace->len += len;
    trace->logs += strstr(text, "\tlog\t") != NULL;
}

static void every_line_is_logged_once_however_often_it_is_replayed(void **state)
{
    struct trace trace = {0};

    tl_env_trace_to(*state, keep, &trace);
    tl_assert_completed(*state, scenario_start(*state, "Logs", NULL));
    assert_int_equal(trace.logs, 2);
    assert_non_null(strstr(trace.text, "before 1"));
    assert_non_null(strstr(trace.text, "after 2"));
    tl_env_trace_to(*state, NULL, NULL);
    free(trace.text);
}

static struct trace traced(uint64_t seed)
{
    struct trace trace = {0};
    struct tl_env *env = tl_env_new(
        &(struct tl_env_options){.register_all = register_all, .seed = seed, .reporter = tl_cmocka_reporter()}, NULL);

    assert_non_null(env);
    tl_env_trace_to(env, keep, &trace);
    tl_mock_fails(tl_mock_activity(env, "Step"), TL_TIMES(5), "Busy");
    tl_mock_returns(tl_mock_activity(env, "Step"), TL_ALWAYS, NULL);
    (void)tl_env_start(env, "Draws", "other", NULL, NULL);
    tl_assert_completed(env, scenario_start(env, "ActsOnADraw", NULL));
    tl_env_free(env);
    return trace;
}

static void the_same_seed_gives_the_same_trace_byte_by_byte(void **state)
{
    struct trace first = traced(11);
    struct trace again = traced(11);

    (void)state;
    assert_true(first.len > 10000);
    assert_int_equal(first.len, again.len);
    assert_memory_equal(first.text, again.text, first.len);
    free(first.text);
    free(again.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(what_is_drawn_depends_on_the_seed_alone),
        SCENARIO(time_stands_still_within_a_task),
        SCENARIO(many_draws_replay_alike),
        SCENARIO(a_workflow_knows_who_it_is),
        SCENARIO(every_line_is_logged_once_however_often_it_is_replayed),
        SCENARIO(the_same_seed_gives_the_same_trace_byte_by_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
