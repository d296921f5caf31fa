/* SPDX-License-Identifier: MIT */
/*
 * JSON of any kind: read as messages, strictly and leniently. What was read can be written, and reads as the same
 * again; and whatever a history tells, it can be checked, shown and compared. Read as a struct, by a table of every
 * kind and of itself, what is written is read as the same.
 */
#include <stdint.h>
#include <timelapse/history.h>
#include <timelapse/json.h>
#include <timelapse/json_table.h>

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

/* Its names are short, so that they are found. */
struct node {
    const char *s;
    int8_t i;
    uint64_t u;
    double d;
    int b;
    tl_duration p;
    tl_time t;
    struct tl_bytes r;
    const char **ss;
    size_t ss_count;
    struct node *o;
    size_t o_count;
    struct node *n;
};

extern const struct tl_json_table node_table;
static const struct tl_json_field node_fields[] = {
    TL_JSON_STRING(struct node, s, TL_JSON_OPTIONAL),
    TL_JSON_INT(struct node, i, TL_JSON_OPTIONAL),
    TL_JSON_INT(struct node, u, TL_JSON_OPTIONAL),
    TL_JSON_DOUBLE(struct node, d, TL_JSON_OPTIONAL),
    TL_JSON_BOOL(struct node, b, TL_JSON_OPTIONAL),
    TL_JSON_DURATION(struct node, p, TL_JSON_OPTIONAL),
    TL_JSON_TIME(struct node, t, TL_JSON_OPTIONAL),
    TL_JSON_RAW(struct node, r, TL_JSON_OPTIONAL),
    TL_JSON_STRINGS(struct node, ss, ss_count, TL_JSON_OPTIONAL),
    TL_JSON_OBJECTS(struct node, o, o_count, &node_table, TL_JSON_OPTIONAL),
    TL_JSON_POINTER(struct node, n, &node_table, TL_JSON_OPTIONAL),
};
const struct tl_json_table node_table = TL_JSON_TABLE(struct node, node_fields);

static void *allocate(void *user, size_t size)
{
    return arena_alloc(user, size);
}

static void use_table(struct arena *arena, struct tl_bytes text)
{
    struct tl_payload payload = tl_payload_json_bytes(text);
    struct tl_payload written;
    struct tl_payload again;
    struct tl_error error = {0};
    struct node node;

    enum tl_status status = tl_json_read(&node_table, &payload, &node, allocate, arena, &error);
    if (status != TL_OK) {
        CHECK((status == TL_MALFORMED || status == TL_TOO_LARGE) && error.message[0] != '\0');
        return;
    }
    CHECK(tl_json_write(&node_table, &node, allocate, arena, &written, NULL) == TL_OK);
    CHECK(tl_json_check(written.data, NULL) == TL_OK);
    CHECK(tl_json_read(&node_table, &written, &node, allocate, arena, NULL) == TL_OK);
    CHECK(tl_json_write(&node_table, &node, allocate, arena, &again, NULL) == TL_OK);
    CHECK(tl_bytes_equal(written.data, again.data));
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
    use_table(&arena, text);
    pool_free_all(pool);
    use_history(text);
    use_value(text);
    return 0;
}
