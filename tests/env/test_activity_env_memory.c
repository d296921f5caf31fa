/* SPDX-License-Identifier: MIT */
/*
 * An activity by itself, through codecs; and with each allocation failing in turn: nothing crashes, nothing leaks, and
 * a test that could not run says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/activity_env.h>
#include <timelapse/cmocka.h>
#include <timelapse/converter.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/exhaust.h"

#define MASK 0x5a

static int encoded;
static int decoded;

/* What it made says so in its encoding, so that what was not encoded is not decoded. */
static enum tl_status mask(
    struct tl_codec_memory *memory, const struct tl_payload *in, const struct tl_metadata *encoding,
    struct tl_payload *out)
{
    uint8_t *data = tl_codec_alloc(memory, in->data.len + 1);

    for (size_t i = 0; i < in->data.len; i++) {
        data[i] = in->data.data[i] ^ MASK;
    }
    *out = (struct tl_payload){.data = {data, in->data.len}, .metadata = encoding, .metadata_count = 1};
    return TL_OK;
}

static enum tl_status encode(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    static const struct tl_metadata masked = {"encoding", {(const uint8_t *)"binary/masked", 13}};

    (void)user;
    (void)error;
    encoded++;
    return mask(memory, in, &masked, out);
}

static enum tl_status decode(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    static const struct tl_metadata plain = {"encoding", {(const uint8_t *)"json/plain", 10}};

    (void)user;
    if (!tl_payload_is(in, "binary/masked")) {
        return tl_error_set(error, TL_MALFORMED, NULL, "it was never encoded");
    }
    decoded++;
    return mask(memory, in, &plain, out);
}

/* Takes, heartbeats, fails with details at the first attempt, and gives back what it was given. */
static enum tl_status echo(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload *header = tl_activity_header(activity, "trace");
    const struct tl_fail_options options = {.details = input->items, .details_count = input->count};

    assert_non_null(header);
    assert_memory_equal(header->data.data, "\"t\"", 3);
    if (tl_heartbeat(activity, input) != TL_OK || tl_activity_sleep(activity, TL_SECONDS(40)) != TL_OK ||
        tl_heartbeat(activity, input) != TL_OK) {
        return tl_activity_canceled(activity, input);
    }
    if (tl_activity_info(activity)->attempt == 1) {
        return tl_activity_fail_with(activity, "Busy", "again", &options);
    }
    *result = tl_heartbeat_details(activity).items[0];
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_activity(registry, "Echo", echo);
    tl_register_codec(registry, &(struct tl_codec){.name = "mask", .encode = encode, .decode = decode});
}

/* ---- A whole test ---- */

static int use_everything(struct tl_env *env)
{
    const struct tl_field header = {"trace", tl_payload_json("\"t\"")};
    const struct tl_payload left = tl_payload_json("[7]");
    struct tl_attempt_task task = {.headers = &header, .header_count = 1, .heartbeat = TL_SECONDS(50)};
    struct tl_attempt *first = tl_env_attempt(env, "Echo", "{\"n\": 1}", &task);

    tl_assert_attempt_failed(first, "Busy");
    tl_assert_heartbeats(first, TL_HEARTBEATS_SENT, "[{\"n\": 1}, {\"n\": 1}]");
    task.attempt = 2;
    task.heartbeat_details = TL_ARGS(left);
    tl_assert_attempt_result(tl_env_attempt(env, "Echo", "{\"n\": 1}", &task), "[7]");
    struct tl_attempt *canceled = tl_env_attempt(env, "Echo", "2", &task);
    tl_attempt_cancel_after(canceled, TL_SECONDS(1), TL_ACTIVITY_CANCEL_REQUESTED);
    tl_assert_attempt_canceled(canceled);
    (void)tl_env_attempt(env, "Echo", "3", &task); /* left behind */
    return tl_env_finish(env) == TL_OK;
}

static void payloads_pass_the_codecs_there_and_back(void **state)
{
    struct tl_env *env;
    struct tl_error error;

    (void)state;
    encoded = decoded = 0;
    env = tl_env_new(&(struct tl_env_options){.register_all = register_all, .reporter = tl_cmocka_reporter()}, &error);
    assert_non_null(env);
    assert_true(use_everything(env));
    tl_env_free(env);
    assert_true(encoded >= 15);
    assert_int_equal(encoded, decoded);
}

/* ---- Without memory ---- */

static struct exhaust exhaust = {.options = {.register_all = register_all}, .use = use_everything};

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_pass_the_codecs_there_and_back),
        EXHAUST_TESTS(&exhaust),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
