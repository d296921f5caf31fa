/* SPDX-License-Identifier: MIT */
/* Messages and their members. The entry is json_read at the end. */
#include "model/json.h"
#include "model/json_reader.h"
#include "model/message.h"
#include "model/schema_index.h"

/* ---- Values ---- */

bool json_read_value(
    struct json_reader *reader, const struct schema_field *field, void *value, bool *out_skipped,
    const struct path *path)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        return json_read_scalar(reader, field, value, out_skipped, path);
    }
    const struct schema_message *type = schema_target(field);
    void *message = pb_new(reader->arena, type->descriptor);

    *(void **)value = message;
    return json_read_message(reader, type, message, path);
}

/* null stands for "not there", except where it is a value of its own. */
static bool is_absent(struct json_reader *reader, const struct schema_field *field)
{
    if (json_peek(reader) != 'n' || (field->flags & SCHEMA_NULL_VALUE) != 0) {
        return false;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && schema_target(field)->shape == SCHEMA_VALUE) {
        return false;
    }
    return json_take_word(reader, "null");
}

/* ---- Members ---- */

static bool
read_oneof(struct json_reader *reader, const struct schema_field *field, void *message, const struct path *path)
{
    uint32_t *number = schema_case(message, field);
    union {
        uint64_t number;
        void *pointer;
        ProtobufCBinaryData bytes;
    } value = {0};
    bool skipped = false;

    if (*number != 0) {
        return json_fail(reader, TL_MALFORMED, reader->at, path, "another member of the same oneof is set already");
    }
    if (!json_read_value(reader, field, &value, &skipped, path)) {
        return false;
    }
    if (!skipped) {
        *number = field->number;
        memcpy(schema_slot(message, field), &value, schema_value_size(field));
    }
    return true;
}

static bool
read_field(struct json_reader *reader, const struct schema_field *field, void *message, const struct path *path)
{
    bool skipped = false;

    if (is_absent(reader, field)) {
        return true;
    }
    if ((field->flags & SCHEMA_MAP) != 0) {
        return json_read_map(reader, field, message, path);
    }
    if ((field->flags & SCHEMA_REPEATED) != 0) {
        return json_read_array(reader, field, message, path);
    }
    if ((field->flags & SCHEMA_ONEOF) != 0) {
        return read_oneof(reader, field, message, path);
    }
    return json_read_value(reader, field, schema_slot(message, field), &skipped, path);
}

/* The members of a message so far. */
struct seen {
    uint64_t bits[4]; /* fields, a bit each */
    size_t next;      /* the field behind the last one: writers go in order */
};

static bool mark(struct seen *seen, size_t index)
{
    uint64_t bit = UINT64_C(1) << (index % 64);
    bool before = (seen->bits[index / 64] & bit) != 0;

    seen->bits[index / 64] |= bit;
    seen->next = index + 1;
    return before;
}

/* Whether the text goes on with `name`, which is a member's name in quotes with its colon. */
static bool goes_on_with(const struct json_reader *reader, const char *name, size_t len)
{
    return (size_t)(reader->end - reader->at) >= len && reader->at[1] == name[1] && reader->at[2] == name[2] &&
           memcmp(reader->at, name, len) == 0;
}

/*
 * Guesses the member that comes next, and takes its name and colon when that is right: what was
 * written in order need not be looked up. NULL when the guess is wrong.
 */
static const struct schema_field *
take_expected(struct json_reader *reader, const struct schema_message *type, const struct seen *seen)
{
    size_t end = seen->next + 3 < type->field_count ? seen->next + 3 : type->field_count;

    for (size_t i = seen->next; i < end; i++) {
        const struct schema_field *field = schema_field_at(type, i);
        size_t len = field->json_len + 3U;

        if (goes_on_with(reader, schema_text(field->json_name), len)) {
            reader->at += len;
            return field;
        }
    }
    return NULL;
}

static bool skip_member(
    struct json_reader *reader, struct json_text name, const char *where, const char *ignored, const struct path *up)
{
    bool wanted = ignored != NULL && strlen(ignored) == name.len && memcmp(ignored, name.data, name.len) == 0;

    if (!wanted && reader->refuse_unknown) {
        return json_fail(
            reader, TL_MALFORMED, where, up, "unknown field \"%.*s\"", name.len > 100 ? 100 : (int)name.len, name.data);
    }
    return json_skip(reader, up);
}

/* A member whose name must be looked up. *out_field: NULL when there is no such field and it was skipped. */
static bool find_member(
    struct json_reader *reader, const struct schema_message *type, const char *ignored,
    const struct schema_field **out_field, const struct path *up)
{
    struct json_text name;
    const char *where = reader->at;

    if (!json_string(reader, &name, up) || !json_expect(reader, ':', up)) {
        return false;
    }
    *out_field = schema_field_by_name(type, name.data, name.len);
    return *out_field != NULL || skip_member(reader, name, where, ignored, up);
}

static bool read_member(
    struct json_reader *reader, const struct schema_message *type, void *message, struct seen *seen,
    const char *ignored, const struct path *up)
{
    const char *where = (json_peek(reader), reader->at);
    const struct schema_field *field = take_expected(reader, type, seen);

    if (field == NULL && !find_member(reader, type, ignored, &field, up)) {
        return false;
    }
    if (field == NULL) {
        return true;
    }
    struct path path = {up, field, PATH_NO_INDEX, NULL, 0};

    if (mark(seen, (size_t)(field - schema_field_at(type, 0)))) {
        return json_fail(reader, TL_MALFORMED, where, &path, "the field comes twice");
    }
    return read_field(reader, field, message, &path);
}

bool json_read_members(
    struct json_reader *reader, const struct schema_message *type, void *message, const char *ignored,
    const struct path *path)
{
    struct seen seen = {{0}, 0};
    bool ok = true;

    if (!json_expect(reader, '{', path)) {
        return false;
    }
    if (json_take(reader, '}')) {
        return true;
    }
    do {
        if (!read_member(reader, type, message, &seen, ignored, path)) {
            return false;
        }
    } while (json_more(reader, '}', &ok, path));
    return ok;
}

/* ---- Messages ---- */

/* The type of an event is known, or the worker may ignore the event, which then has none. */
static bool read_event(
    struct json_reader *reader, const struct schema_message *type, Pb__HistoryEvent *event, const struct path *path)
{
    const char *outer = reader->unknown_event;

    reader->unknown_event = NULL;
    if (!json_read_members(reader, type, event, NULL, path)) {
        return false;
    }
    const char *where = reader->unknown_event;

    reader->unknown_event = outer;
    if (where == NULL || event->worker_may_ignore) {
        return true;
    }
    struct json_text name = {"", 0};

    reader->at = where;
    (void)json_string(reader, &name, path);
    return json_fail(
        reader,
        TL_MALFORMED,
        where,
        path,
        "event %lld is of the unknown type \"%.*s\" and may not be ignored",
        (long long)event->event_id,
        name.len > 100 ? 100 : (int)name.len,
        name.data);
}

bool json_read_message(
    struct json_reader *reader, const struct schema_message *type, void *message, const struct path *path)
{
    bool ok;

    if (!json_enter(reader, 1, path)) {
        return false;
    }
    if (type->shape > SCHEMA_EMPTY) {
        ok = json_read_wellknown(reader, type, message, path);
    } else if (type == &schema_messages[SCHEMA_pb__history_event]) {
        ok = read_event(reader, type, message, path);
    } else {
        ok = json_read_members(reader, type, message, NULL, path);
    }
    json_leave(reader, 1);
    return ok;
}

/* Some programs write a byte order mark. */
static void skip_mark(struct json_reader *reader)
{
    if (reader->end - reader->at >= 3 && memcmp(reader->at, "\xEF\xBB\xBF", 3) == 0) {
        reader->at += 3;
    }
}

enum tl_status json_read(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct tl_bytes text,
    const struct json_read_options *options, void **out_message, struct tl_error *error)
{
    const char *start = text.len == 0 ? "" : (const char *)text.data;
    struct json_reader reader = {
        .at = start,
        .end = start + text.len,
        .start = start,
        .arena = arena,
        .error = error,
        .refuse_unknown = options != NULL && options->refuse_unknown_fields,
    };
    void *message = pb_new(arena, descriptor);

    arena_init(&reader.scratch, arena->pool);
    skip_mark(&reader);
    bool ok = json_read_message(&reader, schema_of(descriptor), message, NULL);

    if (ok && (json_peek(&reader), reader.at < reader.end)) {
        ok = json_fail(&reader, TL_MALFORMED, reader.at, NULL, "expected the end");
    }
    arena_done(&reader.scratch);
    if (!ok) {
        return reader.status;
    }
    *out_message = message;
    return TL_OK;
}
