/* SPDX-License-Identifier: MIT */
/* The payload pipeline: codecs in order, both ways, over whole messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/converter.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/pool.h"
#include "model/pb.h"
#include "worker/registry/registry.h"

static struct tl_registry *registry;
static struct pool *pool;
static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    registry = tl_registry_new(NULL);
    pool = pool_new(NULL);
    arena_init(&arena, pool);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tl_registry_free(registry);
    pool_free_all(pool);
    return 0;
}

/* ---- A codec that appends its letter, and takes it off again ---- */

static enum tl_status append(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    const char *letter = user;
    uint8_t *data = tl_codec_alloc(memory, in->data.len + 1);

    (void)error;
    if (in->data.len > 0) {
        memcpy(data, in->data.data, in->data.len);
    }
    data[in->data.len] = (uint8_t)letter[0];
    *out = *in;
    out->data = (struct tl_bytes){data, in->data.len + 1};
    return TL_OK;
}

static enum tl_status take_off(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    const char *letter = user;

    (void)memory;
    if (in->data.len == 0 || in->data.data[in->data.len - 1] != (uint8_t)letter[0]) {
        return tl_error_set(error, TL_MALFORMED, "data", "does not end in %s", letter);
    }
    *out = *in;
    out->data.len--;
    return TL_OK;
}

static enum tl_status give_up(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    (void)user;
    (void)memory;
    (void)in;
    (void)out;
    (void)error;
    return TL_FAILED;
}

static char letter_a[] = "a";
static char letter_b[] = "b";

static void add_both(void)
{
    tl_register_codec(registry, &(struct tl_codec){"first", append, take_off, letter_a});
    tl_register_codec(registry, &(struct tl_codec){"second", append, take_off, letter_b});
    assert_int_equal(tl_registry_check(registry, NULL), TL_OK);
}

/* ---- A message with payloads ---- */

static Pb__RespondActivityTaskCompletedRequest *message_with(const char *text)
{
    Pb__RespondActivityTaskCompletedRequest *message =
        PB_NEW(&arena, Pb__RespondActivityTaskCompletedRequest, pb__respond_activity_task_completed_request);
    const struct tl_payload payload = tl_payload_json(text);

    message->result = pb_payloads(&arena, TL_ARGS(payload, payload));
    return message;
}

static void assert_data(const Pb__RespondActivityTaskCompletedRequest *message, const char *expected)
{
    for (size_t i = 0; i < message->result->n_payloads; i++) {
        const ProtobufCBinaryData *data = &message->result->payloads[i]->data;

        assert_int_equal(data->len, strlen(expected));
        assert_memory_equal(data->data, expected, data->len);
    }
}

static void without_codecs_nothing_is_touched(void **state)
{
    Pb__RespondActivityTaskCompletedRequest *message = message_with("1");
    const Pb__Payload *before = message->result->payloads[0];

    (void)state;
    assert_false(registry_has_codecs(registry));
    assert_int_equal(registry_encode(registry, &arena, message, NULL), TL_OK);
    assert_int_equal(registry_decode(registry, &arena, message, NULL), TL_OK);
    assert_ptr_equal(message->result->payloads[0], before);
}

static void encoding_runs_the_last_added_first(void **state)
{
    Pb__RespondActivityTaskCompletedRequest *message = message_with("1");

    (void)state;
    add_both();
    assert_true(registry_has_codecs(registry));
    assert_int_equal(registry_encode(registry, &arena, message, NULL), TL_OK);
    assert_data(message, "1ba");
}

static void decoding_undoes_encoding(void **state)
{
    Pb__RespondActivityTaskCompletedRequest *message = message_with("{}");
    const struct tl_payload original = tl_payload_json("{}");

    (void)state;
    add_both();
    assert_int_equal(registry_encode(registry, &arena, message, NULL), TL_OK);
    assert_int_equal(registry_decode(registry, &arena, message, NULL), TL_OK);
    const struct tl_payload decoded = pb_payload_view(&arena, message->result->payloads[1]);
    assert_true(tl_payload_equal(&decoded, &original));
}

static void a_failure_names_the_codec(void **state)
{
    struct tl_error error = {0};

    (void)state;
    add_both();
    assert_int_equal(registry_decode(registry, &arena, message_with("1b"), &error), TL_MALFORMED);
    assert_string_equal(error.message, "codec first could not decode: does not end in a");
    assert_string_equal(error.field, "data");
}

static void a_failure_without_words_gets_the_statuss(void **state)
{
    struct tl_error error = {0};

    (void)state;
    tl_register_codec(registry, &(struct tl_codec){.name = "mute", .encode = give_up, .decode = give_up});
    assert_int_equal(registry_encode(registry, &arena, message_with("1"), &error), TL_FAILED);
    assert_non_null(strstr(error.message, "codec mute could not encode: "));
    assert_non_null(strstr(error.message, tl_status_text(TL_FAILED)));
}

static void a_success_leaves_the_error_alone(void **state)
{
    struct tl_error error = {.message = "untouched"};

    (void)state;
    add_both();
    assert_int_equal(registry_encode(registry, &arena, message_with("1"), &error), TL_OK);
    assert_string_equal(error.message, "untouched");
}

static void a_codec_without_a_member_is_refused(void **state)
{
    struct tl_error error = {0};

    (void)state;
    tl_register_codec(registry, &(struct tl_codec){.name = "half", .encode = append});
    assert_int_equal(tl_registry_check(registry, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "decode");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_codecs_nothing_is_touched),
        TEST(encoding_runs_the_last_added_first),
        TEST(decoding_undoes_encoding),
        TEST(a_failure_names_the_codec),
        TEST(a_failure_without_words_gets_the_statuss),
        TEST(a_success_leaves_the_error_alone),
        TEST(a_codec_without_a_member_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
