/* SPDX-License-Identifier: MIT */
/*
 * JSON of any kind: read as messages, strictly and leniently. What was read can be written, and reads as the same
 * again; and whatever a history tells, it can be checked, shown and compared.
 */
#include <stdint.h>
#include <timelapse/history.h>
#include <timelapse/json.h>

#include "base/check.h"
#include "base/pool.h"
#include "base/text.h"
#include "model/json.h"
#include "model/message.h"
#include "model/schema.h"
#include "model/schema_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One with events, the shapes that are not plain, and a request. */
static const uint16_t types[] = {
    SCHEMA_pb__history,
    SCHEMA_pb__struct,
    SCHEMA_pb__any,
    SCHEMA_pb__field_mask,
    SCHEMA_pb__double_value,
    SCHEMA_pb__respond_workflow_task_completed_request,
};

static void write_and_read_again(struct arena *arena, const ProtobufCMessage *message)
{
    const struct json_read_options strict = {.refuse_unknown_fields = true};
    struct text text;
    void *again = NULL;

    text_init(&text, arena);
    CHECK(json_write(&text, message, message->descriptor->n_fields % 2 * 2, NULL) == TL_OK);
    const struct tl_bytes written = {(const uint8_t *)text.data, text.len};

    CHECK(json_read(arena, message->descriptor, written, &strict, &again, NULL) == TL_OK);
    CHECK(message_equal(message, again, NULL, 0));
}

static void read_as(struct arena *arena, const struct schema_message *type, struct tl_bytes text, bool strict)
{
    const struct json_read_options options = {.refuse_unknown_fields = strict};
    struct tl_error error = {0};
    void *message = NULL;
    enum tl_status status = json_read(arena, type->descriptor, text, &options, &message, &error);

    CHECK((status == TL_OK) == (message != NULL));
    if (status == TL_OK) {
        write_and_read_again(arena, message);
    } else {
        CHECK(status == TL_MALFORMED || status == TL_TOO_LARGE);
        CHECK(error.line > 0 && error.column > 0 && error.message[0] != '\0');
    }
}

static void use_history(struct tl_bytes text)
{
    struct tl_history *history = NULL;
    char *shown = NULL;

    if (tl_history_from_json(text, NULL, &history, NULL) != TL_OK) {
        return;
    }
    (void)!tl_history_check(history, NULL);
    CHECK(tl_history_show(history, &shown, NULL) == TL_OK);
    tl_text_free(shown);
    CHECK(tl_history_compare(history, history, NULL) == TL_OK);
    tl_history_unref(history);
}

/* A text equals itself, and all that reads it agrees on whether it is JSON. */
static void use_value(struct tl_bytes text)
{
    struct tl_payload payload = tl_payload_json("");
    struct tl_bytes whole;
    char string[64];
    int64_t number;
    size_t count;
    int equal = 0;

    payload.data = text;
    enum tl_status status = tl_json_check(text, NULL);

    CHECK(tl_json_equal(text, text, &equal, NULL) == status && equal == (status == TL_OK));
    CHECK(tl_json_get(&payload, NULL, &whole, NULL) == status);
    (void)!tl_json_get_int(&payload, "a", &number, NULL);
    (void)!tl_json_get_string(&payload, "[0].a", string, sizeof string, NULL);
    (void)!tl_json_count(&payload, "", &count, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tl_bytes text = {data, size};
    struct pool *pool = pool_new(NULL);
    struct arena arena;

    arena_init(&arena, pool);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        read_as(&arena, &schema_messages[types[i]], text, false);
        read_as(&arena, &schema_messages[types[i]], text, true);
    }
    pool_free_all(pool);
    use_history(text);
    use_value(text);
    return 0;
}
