/* SPDX-License-Identifier: MIT */
/* A registry's codecs, in an environment: nothing readable is in the history, everything is in the code and the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/converter.h>
#include <timelapse/history.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

#define MASK 0x5a

/* ---- A codec: what it made says so in its encoding ---- */

static void mask(struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out)
{
    uint8_t *data = tl_codec_alloc(memory, in->data.len + 1);

    for (size_t i = 0; i < in->data.len; i++) {
        data[i] = in->data.data[i] ^ MASK;
    }
    out->data = (struct tl_bytes){data, in->data.len};
}

static enum tl_status encode(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    static const struct tl_metadata masked = {"encoding", {(const uint8_t *)"binary/masked", 13}};

    (void)user;
    (void)error;
    *out = (struct tl_payload){.metadata = &masked, .metadata_count = 1};
    mask(memory, in, out);
    return TL_OK;
}

static enum tl_status decode(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    static const struct tl_metadata plain = {"encoding", {(const uint8_t *)"json/plain", 10}};

    (void)user;
    (void)error;
    if (!tl_payload_is(in, "binary/masked")) {
        *out = *in;
        return TL_OK;
    }
    *out = (struct tl_payload){.metadata = &plain, .metadata_count = 1};
    mask(memory, in, out);
    return TL_OK;
}

/* ---- A workflow that asks an activity, and returns what a signal brought ---- */

static int is_json(const struct tl_payload *payload, const char *text)
{
    return tl_payload_is(payload, "json/plain") && tl_bytes_equal(payload->data, tl_bytes_of(text));
}

static enum tl_status answers(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    if (input->count != 1 || !is_json(&input->items[0], "\"question\"")) {
        return tl_activity_fail(activity, "Unreadable", "the question came encoded");
    }
    return tl_activity_result_text(activity, result, "\"answer\"");
}

static enum tl_status asks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_retry_policy no_retry = {.maximum_attempts = 1};
    static const struct tl_activity_options once = {.start_to_close = TL_SECONDS(10), .retry = &no_retry};
    struct tl_payload answer;
    struct tl_payloads order;

    if (tl_activity_run(wf, "Answers", input, &once, &answer) != TL_OK ||
        tl_signal_wait(wf, "order", TL_DAYS(30), &order) != TL_OK) {
        return TL_FAILED;
    }
    if (!is_json(&answer, "\"answer\"")) {
        return tl_fail(wf, "Unreadable", "the answer came encoded");
    }
    *result = order.items[0];
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Asks", asks);
    tl_register_activity(registry, "Answers", answers);
    tl_register_codec(registry, &(struct tl_codec){"mask", encode, decode, NULL});
}

static int setup(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static struct tl_handle *run_it(struct tl_env *env)
{
    struct tl_handle *run = tl_env_start(env, "Asks", "w", "\"question\"", NULL);

    tl_env_run_until_idle(env);
    tl_env_signal(env, run, "order", "{\"amount\": 40}");
    return run;
}

static void code_and_test_see_plain_values(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = run_it(recorder->env);

    tl_assert_result(recorder->env, run, "{\"amount\": 40}");
    assert_quiet(recorder);
}

/* Four values: question, answer, order, and the order as the result. */
static void the_history_holds_encoded_values_alone(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = run_it(recorder->env);
    char *text = NULL;
    int encoded = 0;

    tl_env_run_until_closed(recorder->env, run);
    struct tl_history *history = tl_env_history(recorder->env, run);

    assert_int_equal(tl_history_to_json(history, &text, NULL, NULL), TL_OK);
    for (const char *at = text; (at = strstr(at, "YmluYXJ5L21hc2tlZA==")) != NULL; at++) { /* binary/masked */
        encoded++;
    }
    assert_true(encoded >= 4);
    assert_null(strstr(text, "anNvbi9wbGFpbg==")); /* json/plain */
    tl_text_free(text);
    tl_history_unref(history);
    assert_quiet(recorder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(code_and_test_see_plain_values, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(the_history_holds_encoded_values_alone, setup, recorder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
