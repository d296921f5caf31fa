/* SPDX-License-Identifier: MIT */
/*
 * Two JSON texts compared by value, without memory of its own: both are walked side by side, and a
 * member that is not where its peer is gets searched for. Texts whose members come in the same
 * order, which is what one program writes, cost one pass.
 */
#include "model/json.h"
#include "model/json_reader.h"

static bool equal_values(struct json_reader *left, struct json_reader *right);

/* A text that was found to be JSON: nothing below can fail. */
static bool is_json(struct json_reader *reader)
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

static bool same_bytes(struct json_text left, struct json_text right)
{
    return left.len == right.len && memcmp(left.data, right.data, left.len) == 0;
}

/* Both are raw: with quotes gone and escapes still in. */
static bool equal_texts(struct json_text left, struct json_text right)
{
    char a[8];
    char b[8];
    size_t a_len = 0;
    size_t b_len = 0;

    if (!json_has_escapes(left) && !json_has_escapes(right)) {
        return same_bytes(left, right);
    }
    while (left.len + a_len > 0 && right.len + b_len > 0) {
        a_len += a_len == 0 ? json_next_character(&left, a) : 0;
        b_len += b_len == 0 ? json_next_character(&right, b) : 0;
        if (a[0] != b[0]) {
            return false;
        }
        memmove(a, a + 1, --a_len);
        memmove(b, b + 1, --b_len);
    }
    return left.len + a_len == 0 && right.len + b_len == 0;
}

static struct json_text take_string(struct json_reader *reader)
{
    struct json_text text = {"", 0};

    (void)json_raw_string(reader, &text, NULL);
    return text;
}

static bool equal_strings(struct json_reader *left, struct json_reader *right)
{
    struct json_text a = take_string(left);
    struct json_text b = take_string(right);

    return equal_texts(a, b);
}

static bool equal_numbers(struct json_reader *left, struct json_reader *right)
{
    struct json_text a = {"", 0};
    struct json_text b = {"", 0};

    (void)json_number(left, &a, NULL);
    (void)json_number(right, &b, NULL);
    return same_bytes(a, b) || json_same_number(a, b);
}

static bool equal_arrays(struct json_reader *left, struct json_reader *right)
{
    left->at++;
    right->at++;
    bool left_empty = json_take(left, ']');
    bool right_empty = json_take(right, ']');
    bool left_more = !left_empty;
    bool right_more = !right_empty;
    bool ok = true;

    while (left_more && right_more) {
        if (!equal_values(left, right)) {
            return false;
        }
        left_more = json_more(left, ']', &ok, NULL);
        right_more = json_more(right, ']', &ok, NULL);
    }
    return left_more == right_more;
}

/* Goes to the value of the next member; false behind the last. */
static bool next_member(struct json_reader *reader, bool first, struct json_text *out_name)
{
    bool ok = true;

    if (first) {
        reader->at++;
        if (json_take(reader, '}')) {
            return false;
        }
    } else if (!json_more(reader, '}', &ok, NULL)) {
        return false;
    }
    *out_name = take_string(reader);
    (void)json_expect(reader, ':', NULL);
    return true;
}

static size_t count_members(struct json_reader reader)
{
    struct json_text name;
    size_t count = 0;

    while (next_member(&reader, count == 0, &name)) {
        count++;
        (void)json_skip(&reader, NULL);
    }
    return count;
}

/* The member `wanted` of the object that begins where `reader` is; false when there is none. */
static bool find_member(struct json_reader *reader, struct json_text wanted)
{
    struct json_text name;

    for (bool first = true; next_member(reader, first, &name); first = false) {
        if (equal_texts(name, wanted)) {
            return true;
        }
        (void)json_skip(reader, NULL);
    }
    return false;
}

/* The left object's members against the right's, which are looked up where the order differs. */
static bool equal_members(struct json_reader *left, struct json_reader *right)
{
    struct json_reader object = *right;
    struct json_text name;
    struct json_text peer;
    bool in_step = true;

    for (bool first = true; next_member(left, first, &name); first = false) {
        if (in_step && next_member(right, first, &peer) && equal_texts(name, peer)) {
            if (!equal_values(left, right)) {
                return false;
            }
            continue;
        }
        in_step = false;
        struct json_reader found = object;

        if (!find_member(&found, name) || !equal_values(left, &found)) {
            return false;
        }
    }
    *right = object;
    return json_skip(right, NULL);
}

static bool equal_values(struct json_reader *left, struct json_reader *right)
{
    char kind = json_peek(left);
    char other = json_peek(right);

    if ((kind == '-' || (kind >= '0' && kind <= '9')) && (other == '-' || (other >= '0' && other <= '9'))) {
        return equal_numbers(left, right);
    }
    if (kind != other) {
        return false;
    }
    switch (kind) {
    case '"':
        return equal_strings(left, right);
    case '[':
        return equal_arrays(left, right);
    case '{':
        return count_members(*left) == count_members(*right) && equal_members(left, right);
    default:
        /* null, true, false: told apart by their first letters. */
        return json_skip(left, NULL) && json_skip(right, NULL);
    }
}

static struct json_reader reader_of(struct tl_bytes text, struct tl_error *error)
{
    const char *start = text.len == 0 ? "" : (const char *)text.data;

    return (struct json_reader){.at = start, .end = start + text.len, .start = start, .error = error};
}

enum tl_status json_equal(struct tl_bytes left, struct tl_bytes right, bool *out_equal, struct tl_error *error)
{
    struct json_reader a = reader_of(left, error);
    struct json_reader b = reader_of(right, error);

    if (!is_json(&a)) {
        return a.status;
    }
    if (!is_json(&b)) {
        return b.status;
    }
    *out_equal = equal_values(&a, &b);
    return TL_OK;
}
