/* SPDX-License-Identifier: MIT */
/* Values that nobody wants: checked all the same, and passed over without recursion; walking over those that were. */
#include "model/json.h"
#include "model/json_reader.h"

/* Objects and arrays around the place: a stack of bits, 1 for an object. */
struct nest {
    uint64_t bits[(JSON_MAX_DEPTH + 63) / 64 + 1];
    unsigned depth;
};

static bool in_object(const struct nest *nest)
{
    return nest->depth > 0 && (nest->bits[nest->depth / 64] >> (nest->depth % 64) & 1U) != 0;
}

static void push(struct nest *nest, bool object)
{
    nest->depth++;
    uint64_t bit = UINT64_C(1) << (nest->depth % 64);

    nest->bits[nest->depth / 64] &= ~bit;
    nest->bits[nest->depth / 64] |= object ? bit : 0;
}

static bool skip_scalar(struct json_reader *reader, const struct path *path)
{
    struct json_text ignored;
    char next = json_peek(reader);

    if (next == '"') {
        return json_raw_string(reader, &ignored, path);
    }
    if (json_starts_number(next)) {
        return json_number(reader, &ignored, path);
    }
    if (json_take_word(reader, "null") || json_take_word(reader, "true") || json_take_word(reader, "false")) {
        return true;
    }
    return json_fail(reader, TL_MALFORMED, reader->at, path, "expected a value");
}

/* A member's name and colon, when the place is in an object. */
static bool skip_name(struct json_reader *reader, const struct nest *nest, const struct path *path)
{
    struct json_text ignored;

    return !in_object(nest) || (json_raw_string(reader, &ignored, path) && json_expect(reader, ':', path));
}

/* Opens what comes next; *out_empty when it is closed at once. */
static bool skip_open(struct json_reader *reader, struct nest *nest, bool *out_empty, const struct path *path)
{
    bool object = *reader->at == '{';

    if (!json_enter(reader, 1, path)) {
        return false;
    }
    push(nest, object);
    reader->at++;
    *out_empty = json_take(reader, object ? '}' : ']');
    return *out_empty || skip_name(reader, nest, path);
}

/* After a value: closes what ends here and goes to where the next value begins, if there is one in the nest. */
static bool skip_close(struct json_reader *reader, struct nest *nest, bool ended, const struct path *path)
{
    for (;;) {
        bool ok = true;

        if (!ended && nest->depth > 0 && json_more(reader, in_object(nest) ? '}' : ']', &ok, path)) {
            return skip_name(reader, nest, path);
        }
        if (!ok) {
            return false;
        }
        if (nest->depth == 0) {
            return true;
        }
        nest->depth--;
        json_leave(reader, 1);
        ended = false;
    }
}

bool json_skip(struct json_reader *reader, const struct path *path)
{
    struct nest nest = {{0}, 0};

    do {
        char next = json_peek(reader);
        bool empty = false;

        if (next == '{' || next == '[') {
            if (!skip_open(reader, &nest, &empty, path)) {
                return false;
            }
            if (!empty) {
                continue;
            }
        } else if (!skip_scalar(reader, path)) {
            return false;
        }
        if (!skip_close(reader, &nest, empty, path)) {
            return false;
        }
    } while (nest.depth > 0);
    return true;
}

bool json_check(struct json_reader *reader)
{
    if (!json_skip(reader, NULL)) {
        return false;
    }
    if (json_peek(reader), reader->at < reader->end) {
        return json_fail(reader, TL_MALFORMED, reader->at, NULL, "expected the end");
    }
    reader->at = reader->start;
    return true;
}

bool json_next_element(struct json_reader *reader, bool first)
{
    bool ok = true;

    if (!first) {
        return json_more(reader, ']', &ok, NULL);
    }
    reader->at++;
    return !json_take(reader, ']');
}

bool json_next_member(struct json_reader *reader, bool first, struct json_text *out_name)
{
    bool ok = true;

    if (!first && !json_more(reader, '}', &ok, NULL)) {
        return false;
    }
    if (first) {
        reader->at++;
        if (json_take(reader, '}')) {
            return false;
        }
    }
    return json_raw_string(reader, out_name, NULL) && json_expect(reader, ':', NULL);
}
