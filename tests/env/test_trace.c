/* SPDX-License-Identifier: MIT */
/* The trace as text: what a line holds, and that it repeats byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

struct trace {
    char *text;
    size_t len;
};

static void keep(void *user, const char *text, size_t len)
{
    struct trace *trace = user;

    assert_int_equal(strlen(text), len);
    char *grown = realloc(trace->text, trace->len + len + 1);
    assert_non_null(grown);
    memcpy(grown + trace->len, text, len + 1);
    trace->text = grown;
    trace->len += len;
}

static enum tl_status naps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    tl_log(wf, "about to nap");
    if (tl_sleep(wf, TL_SECONDS(90)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_result_text(wf, result, "\"%s\"", tl_uuid(wf));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Naps", naps);
}

static struct trace trace_of(uint64_t seed)
{
    void *made;
    struct trace trace = {0};

    assert_int_equal(recorder_setup(&made, &(struct tl_env_options){.register_all = register_all, .seed = seed}), 0);
    struct recorder *recorder = made;
    tl_env_trace_to(recorder->env, keep, &trace);
    tl_assert_completed(recorder->env, tl_env_start(recorder->env, "Naps", "w", NULL, NULL));
    assert_quiet(recorder);
    (void)recorder_teardown(&made);
    return trace;
}

static void a_line_tells_when_what_and_whose(void **state)
{
    struct trace trace = trace_of(1);

    (void)state;
    assert_contains(trace.text, "+0s\tlog\tw\t");
    assert_contains(trace.text, "about to nap\n");
    assert_contains(trace.text, "+1m30s\tevent added\tw\t");
    assert_contains(trace.text, "TimerFired");
    free(trace.text);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    struct trace first = trace_of(42);
    struct trace second = trace_of(42);

    (void)state;
    assert_string_equal(first.text, second.text);
    free(first.text);
    free(second.text);
}

static void another_seed_gives_other_ids(void **state)
{
    struct trace first = trace_of(1);
    struct trace second = trace_of(2);

    (void)state;
    assert_string_not_equal(first.text, second.text);
    free(first.text);
    free(second.text);
}

static void a_trace_ends_when_its_writer_goes(void **state)
{
    struct trace trace = {0};
    void *made;

    (void)state;
    assert_int_equal(recorder_setup(&made, &(struct tl_env_options){.register_all = register_all}), 0);
    struct recorder *recorder = made;
    tl_env_trace_to(recorder->env, keep, &trace);
    tl_env_run_until_idle(recorder->env);
    tl_env_trace_to(recorder->env, NULL, NULL);
    size_t len = trace.len;
    tl_assert_completed(recorder->env, tl_env_start(recorder->env, "Naps", "w", NULL, NULL));
    assert_int_equal(trace.len, len);
    free(trace.text);
    (void)recorder_teardown(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_tells_when_what_and_whose),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(another_seed_gives_other_ids),
        cmocka_unit_test(a_trace_ends_when_its_writer_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
