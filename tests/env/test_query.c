/* SPDX-License-Identifier: MIT */
/* Queries that a test asks: what it is told when they do not go well, and what stands between it and the handler. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/converter.h>
#include <timelapse/fault.h>
#include <timelapse/interceptor.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

/* ---- A run that answers with what it is asked with ---- */

static enum tl_status
echo(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    (void)user;
    if (input->count == 0) {
        return tl_fail(wf, "NothingToSay", "an argument is wanted");
    }
    *result = tl_payload_dup(wf, &input->items[0]);
    return TL_OK;
}

static enum tl_status
tell_bytes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    (void)wf;
    (void)input;
    (void)user;
    *result = tl_payload_binary(tl_bytes_of("bytes"));
    return TL_OK;
}

static enum tl_status
complain(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    (void)wf;
    (void)input;
    (void)result;
    tl_env_fail(*(struct tl_env **)user, "handler.c", 7, "the handler found something wrong");
    return TL_OK;
}

static volatile int *volatile nowhere;

static enum tl_status
crash(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    (void)wf;
    (void)input;
    (void)result;
    (void)user;
    *nowhere = 1;
    return TL_OK;
}

static struct tl_env *complained_to;

static enum tl_status parrot(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    tl_query_handle(wf, "echo", NULL, echo, NULL);
    tl_query_handle(wf, "bytes", NULL, tell_bytes, NULL);
    tl_query_handle(wf, "complain", NULL, complain, &complained_to);
    tl_query_handle(wf, "crash", NULL, crash, NULL);
    return tl_signal_wait(wf, "go", 0, NULL);
}

static void register_parrot(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Parrot", parrot);
}

static int setup(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_parrot});
}

static struct tl_handle *start(const struct recorder *recorder)
{
    complained_to = recorder->env;
    return tl_env_start(recorder->env, "Parrot", "w", NULL, NULL);
}

/* ---- Answers ---- */

static void the_answer_is_json_text(void **state)
{
    struct recorder *recorder = *state;

    assert_string_equal(tl_env_query(recorder->env, start(recorder), "echo", "{\"a\": [1]}"), "{\"a\": [1]}");
    assert_int_equal(tl_env_elapsed(recorder->env), 0);
    assert_quiet(recorder);
}

static void equal_values_are_equal(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = start(recorder);

    tl_assert_query(recorder->env, run, "echo", "{\"a\": 1, \"b\": 2.0}", "{\"b\": 2, \"a\": 1}");
    tl_assert_query_failed(recorder->env, run, "echo", NULL, "NothingToSay");
    assert_quiet(recorder);
}

/* ---- Verdicts ---- */

static void another_answer_is_told(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = start(recorder);

    tl_assert_query(recorder->env, run, "echo", "1", "2");
    assert_reported(
        recorder, "query echo to w did not end as expected\nexpected: completed with 2\n   found: completed with 1\n");
    assert_true(recorder->line > 0);
    assert_non_null(strstr(recorder->file, "test_query.c"));
}

static void a_failure_is_told_with_its_words(void **state)
{
    struct recorder *recorder = *state;

    assert_null(tl_env_query(recorder->env, start(recorder), "echo", NULL));
    assert_reported(recorder, "query echo to w: failed: NothingToSay: an argument is wanted\n");
}

static void an_answer_where_a_failure_is_expected_is_told(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_query_failed(recorder->env, start(recorder), "echo", "1", "NothingToSay");
    assert_reported(recorder, "expected: failed with NothingToSay\n   found: completed with 1\n");
}

static void another_failure_is_told(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_query_failed(recorder->env, start(recorder), "echo", NULL, "Other");
    assert_reported(recorder, "expected: failed with Other\n   found: failed: NothingToSay: an argument is wanted\n");
}

static void what_is_no_json_is_told(void **state)
{
    struct recorder *recorder = *state;

    assert_null(tl_env_query(recorder->env, start(recorder), "bytes", NULL));
    assert_reported(recorder, "expected: JSON\n   found: completed with 5 bytes of binary/plain\n");
}

static void input_that_is_no_json_is_told(void **state)
{
    struct recorder *recorder = *state;

    assert_null(tl_env_query(recorder->env, start(recorder), "echo", "{oops"));
    assert_reported(recorder, "the input of query echo is not JSON: line 1, column 2: ");
}

static void an_expectation_that_is_no_json_is_told(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_query(recorder->env, start(recorder), "echo", "1", "oops");
    assert_reported(recorder, "what is expected is not JSON: oops: column 1: ");
}

static void no_run_is_told(void **state)
{
    struct recorder *recorder = *state;

    assert_null(tl_env_query(recorder->env, NULL, "echo", NULL));
    assert_reported(recorder, "query echo: there is no run");
}

static void an_unknown_run_is_told(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_client_handle(tl_env_client(recorder->env), "nobody", NULL);

    assert_null(tl_env_query(recorder->env, run, "echo", NULL));
    assert_reported(recorder, "query echo to nobody: not found: ");
}

static void a_check_that_fails_in_a_handler_is_the_verdict(void **state)
{
    struct recorder *recorder = *state;

    assert_null(tl_env_query(recorder->env, start(recorder), "complain", NULL));
    assert_reported(recorder, "the handler found something wrong");
    assert_string_equal(recorder->file, "handler.c");
}

static void a_handler_that_crashes_is_told(void **state)
{
    struct recorder *recorder = *state;

    if (!tl_fault_can_leave()) {
        skip();
    }
    assert_null(tl_env_query(recorder->env, start(recorder), "crash", NULL));
    assert_reported(recorder, "SIGSEGV in workflow w, coroutine query crash");
}

static void bad_options_are_refused(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = start(recorder);
    const struct tl_query_options reject = {.reject = (enum tl_query_reject)4};
    const struct tl_query_options timeout = {.timeout = -1};
    struct tl_error error;

    assert_int_equal(tl_handle_query(run, "", NULL, NULL, NULL, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "type");
    assert_int_equal(tl_handle_query(run, "echo", NULL, &reject, NULL, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "reject");
    assert_int_equal(tl_handle_query(run, "echo", NULL, &timeout, NULL, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "timeout");
    assert_quiet(recorder);
}

/* ---- Interceptors and codecs ---- */

static enum tl_status around(
    void *user, struct tl_next *next, struct tl_workflow *wf, const struct tl_payloads *input,
    struct tl_payload *result)
{
    (void)user;
    if (strcmp(tl_query_type(wf), "bytes") == 0) {
        return tl_result_text(wf, result, "\"kept away\"");
    }
    return tl_next_answer_query(next, wf, input, result);
}

static void register_intercepted(struct tl_registry *registry)
{
    const struct tl_interceptor interceptor = {.name = "keeper", .answer_query = around};

    register_parrot(registry);
    tl_register_interceptor(registry, &interceptor);
}

static int setup_intercepted(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_intercepted});
}

static void interceptors_stand_around_the_handler(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = start(recorder);

    tl_assert_query(recorder->env, run, "bytes", NULL, "\"kept away\"");
    tl_assert_query(recorder->env, run, "echo", "3", "3");
    assert_quiet(recorder);
}

/* Adds a letter to the data; what has none cannot be read. */
static enum tl_status lengthen(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    uint8_t *data = tl_codec_alloc(memory, in->data.len + 1);

    (void)user;
    (void)error;
    for (size_t i = 0; i < in->data.len; i++) {
        data[i] = in->data.data[i];
    }
    data[in->data.len] = 'x';
    *out = *in;
    out->data = (struct tl_bytes){data, in->data.len + 1};
    return TL_OK;
}

static enum tl_status shorten(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    (void)user;
    (void)memory;
    if (in->data.len == 0 || in->data.data[in->data.len - 1] != 'x') {
        return tl_error_set(error, TL_MALFORMED, "data", "does not end in x");
    }
    *out = *in;
    out->data.len--;
    return TL_OK;
}

static void register_coded(struct tl_registry *registry)
{
    const struct tl_codec codec = {.name = "x", .encode = lengthen, .decode = shorten};

    register_parrot(registry);
    tl_register_codec(registry, &codec);
}

static int setup_coded(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_coded});
}

static void arguments_results_and_failures_go_through_the_codecs(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = start(recorder);

    tl_assert_query(recorder->env, run, "echo", "[1]", "[1]");
    tl_env_run_until_idle(recorder->env);
    tl_assert_query(recorder->env, run, "echo", "[2]", "[2]");
    tl_assert_query_failed(recorder->env, run, "echo", NULL, "NothingToSay");
    assert_non_null(strstr(tl_env_query(recorder->env, run, "__temporal_workflow_metadata", NULL), "\"Parrot\""));
    assert_quiet(recorder);
}

/* Somebody asks without the codec: the query fails, the run goes on. */
static void what_the_codecs_cannot_read_fails_the_query(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = start(recorder);
    struct tl_client *plain =
        tl_client_new(tl_env_driver(recorder->env), tl_sim_service(tl_env_sim(recorder->env)), NULL, NULL);
    struct tl_handle *same = tl_client_handle(plain, "w", NULL);
    struct tl_payload input = tl_payload_json("1");

    tl_env_run_until_idle(recorder->env);
    assert_int_equal(tl_handle_query(same, "echo", TL_ARGS(input), NULL, NULL, NULL), TL_FAILED);
    assert_non_null(strstr(tl_handle_query_failure(same)->message, "codec x could not decode: does not end in x"));
    tl_assert_query(recorder->env, run, "echo", "[2]", "[2]");
    tl_client_free(plain);
    assert_quiet(recorder);
}

#define TEST(test, setup) cmocka_unit_test_setup_teardown(test, setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_answer_is_json_text, setup),
        TEST(equal_values_are_equal, setup),
        TEST(another_answer_is_told, setup),
        TEST(a_failure_is_told_with_its_words, setup),
        TEST(an_answer_where_a_failure_is_expected_is_told, setup),
        TEST(another_failure_is_told, setup),
        TEST(what_is_no_json_is_told, setup),
        TEST(input_that_is_no_json_is_told, setup),
        TEST(an_expectation_that_is_no_json_is_told, setup),
        TEST(no_run_is_told, setup),
        TEST(an_unknown_run_is_told, setup),
        TEST(a_check_that_fails_in_a_handler_is_the_verdict, setup),
        TEST(a_handler_that_crashes_is_told, setup),
        TEST(bad_options_are_refused, setup),
        TEST(interceptors_stand_around_the_handler, setup_intercepted),
        TEST(arguments_results_and_failures_go_through_the_codecs, setup_coded),
        TEST(what_the_codecs_cannot_read_fails_the_query, setup_coded),
    };

    return cmocka_run_group_tests_name("env/query", tests, NULL, NULL);
}
