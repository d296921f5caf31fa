/* SPDX-License-Identifier: MIT */
#include "model/message_scan.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "model/message.h"
#include "model/path.h"
#include "model/schema.h"

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_64BIT = 1,
    WIRE_PREFIXED = 2,
    WIRE_32BIT = 5
};

struct scan {
    const uint8_t *at;
    const uint8_t *end; /* of the message at hand */
    unsigned depth;
    struct tl_error *error;
};

static enum tl_status
scan_message(struct scan *scan, const struct schema_message *type, const uint8_t *end, const struct path *up);

static enum tl_status refuse(struct scan *scan, enum tl_status status, const struct path *path, const char *what)
{
    char text[sizeof(scan->error->field)];

    if (scan->error == NULL) {
        return status;
    }
    path_text(path, text, sizeof(text));
    return tl_error_set(scan->error, status, text, "%s", what);
}

/* At most ten bytes, within the message. */
static bool read_varint(struct scan *scan, uint64_t *out)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 70 && scan->at < scan->end; shift += 7) {
        uint8_t byte = *scan->at++;

        value |= (uint64_t)(byte & 0x7FU) << (shift & 63U);
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool skip(struct scan *scan, uint64_t len)
{
    if (len > (uint64_t)(scan->end - scan->at)) {
        return false;
    }
    scan->at += len;
    return true;
}

/* Plain ASCII without a NUL, eight bytes at a time: what nearly all strings are. */
static bool is_plain(const uint8_t *text, size_t len)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t high = UINT64_C(0x8080808080808080);

    for (; len >= 8; text += 8, len -= 8) {
        uint64_t word;

        memcpy(&word, text, 8);
        if (((word | (word - ones)) & high) != 0) {
            return false;
        }
    }
    for (; len > 0; text++, len--) {
        if ((uint8_t)(*text - 1U) >= 0x7FU) {
            return false;
        }
    }
    return true;
}

static enum tl_status scan_string(struct scan *scan, size_t len, const struct path *path)
{
    const uint8_t *text = scan->at;

    scan->at += len;
    if (is_plain(text, len)) {
        return TL_OK;
    }
    if (memchr(text, 0, len) != NULL) {
        return refuse(scan, TL_MALFORMED, path, "the string holds a NUL byte");
    }
    if (text_utf8_valid_prefix(text, len) != len) {
        return refuse(scan, TL_MALFORMED, path, "the string is not valid UTF-8");
    }
    return TL_OK;
}

static enum tl_status scan_prefixed(struct scan *scan, const struct schema_field *field, const struct path *path)
{
    uint64_t len;

    if (!read_varint(scan, &len) || len > (uint64_t)(scan->end - scan->at)) {
        return refuse(scan, TL_MALFORMED, path, "a length goes past the end of its message");
    }
    if (field != NULL && field->type == PROTOBUF_C_TYPE_STRING) {
        return scan_string(scan, (size_t)len, path);
    }
    if (field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return scan_message(scan, schema_target(field), scan->at + len, path);
    }
    scan->at += len;
    return TL_OK;
}

static enum tl_status
scan_field(struct scan *scan, const struct schema_field *field, unsigned wire_type, const struct path *path)
{
    uint64_t ignored;
    bool whole = true;

    switch (wire_type) {
    case WIRE_VARINT:
        whole = read_varint(scan, &ignored);
        break;
    case WIRE_64BIT:
        whole = skip(scan, 8);
        break;
    case WIRE_32BIT:
        whole = skip(scan, 4);
        break;
    case WIRE_PREFIXED:
        return scan_prefixed(scan, field, path);
    default:
        return refuse(scan, TL_MALFORMED, path, "a wire type that proto3 does not use");
    }
    return whole ? TL_OK : refuse(scan, TL_MALFORMED, path, "a value goes past the end of its message");
}

/* Which of a message's fields that hold one message were come to; no message of the API has more fields. */
struct seen {
    uint64_t bits[4];
};

/*
 * protobuf-c cannot merge a message given twice: it loses numbers and unknown fields, and reads past its tables
 * where a oneof is unset in both. No encoder writes one twice, so it is refused.
 */
static bool is_second(struct seen *seen, const struct schema_message *type, const struct schema_field *field)
{
    if (field == NULL || field->type != PROTOBUF_C_TYPE_MESSAGE || (field->flags & SCHEMA_REPEATED) != 0) {
        return false;
    }
    size_t index = (size_t)(field - schema_field_at(type, 0));
    uint64_t bit = UINT64_C(1) << (index % 64U);
    bool second = (seen->bits[index / 64U] & bit) != 0;

    seen->bits[index / 64U] |= bit;
    return second;
}

/* Reads a field's tag into path and wire type. A field number of 0 is none: protobuf-c reads what it cannot write. */
static enum tl_status
scan_tag(struct scan *scan, const struct schema_message *type, struct path *path, unsigned *out_wire_type)
{
    uint64_t tag;

    if (!read_varint(scan, &tag) || tag > UINT32_MAX || tag < 8) {
        return refuse(scan, TL_MALFORMED, path->up, "a field number that cannot be");
    }
    path->field = schema_field_by_number(type, (uint32_t)(tag >> 3U));
    *out_wire_type = (unsigned)(tag & 7U);
    return TL_OK;
}

static enum tl_status
scan_message(struct scan *scan, const struct schema_message *type, const uint8_t *end, const struct path *up)
{
    struct seen seen = {{0}};
    const uint8_t *outer = scan->end;
    enum tl_status status = TL_OK;

    /* As message_validate counts: types below which no string can be do not recur, and are free. */
    if (scan->depth == MESSAGE_MAX_DEPTH && (type->flags & SCHEMA_HOLDS_TEXT) != 0) {
        return refuse(scan, TL_TOO_LARGE, up, "messages are nested too deep");
    }
    scan->depth++;
    scan->end = end;
    while (status == TL_OK && scan->at < end) {
        struct path path = {up, NULL, PATH_NO_INDEX, NULL, 0};
        unsigned wire_type = 0;

        status = scan_tag(scan, type, &path, &wire_type);
        if (status == TL_OK && is_second(&seen, type, path.field)) {
            status = refuse(scan, TL_MALFORMED, &path, "the message is given twice");
        }
        if (status == TL_OK) {
            status = scan_field(scan, path.field, wire_type, &path);
        }
    }
    scan->end = outer;
    scan->depth--;
    return status;
}

enum tl_status message_scan(const struct schema_message *type, struct tl_bytes bytes, struct tl_error *error)
{
    struct scan scan = {bytes.data, bytes.data, 0, error};

    if (bytes.len == 0) {
        return TL_OK;
    }
    return scan_message(&scan, type, bytes.data + bytes.len, NULL);
}
