/* SPDX-License-Identifier: MIT */
/* Tokens: white space, strings, numbers. */
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "model/json.h"
#include "model/json_reader.h"

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* ---- Errors ---- */

static void tell_place(const struct json_reader *reader, const char *where)
{
    const char *line = reader->start;
    int number = 1;

    for (const char *c = reader->start; c < where; c++) {
        if (*c == '\n') {
            number++;
            line = c + 1;
        }
    }
    reader->error->line = number;
    reader->error->column = (int)(where - line) + 1;
}

bool json_fail(
    struct json_reader *reader, enum tl_status status, const char *where, const struct path *path, const char *format,
    ...)
{
    reader->status = status;
    if (reader->error != NULL) {
        char message[sizeof(reader->error->message)];
        char field[sizeof(reader->error->field)];
        va_list args;

        va_start(args, format);
        vsnprintf(message, sizeof(message), format, args);
        va_end(args);
        path_text(path, field, sizeof(field));
        (void)tl_error_set(reader->error, status, field, "%s", message);
        tell_place(reader, where);
    }
    return false;
}

/* ---- White space and punctuation ---- */

/* Exported histories are indented: spaces come in runs. */
void json_skip_space(struct json_reader *reader)
{
    const char *at = reader->at;
    const char *end = reader->end;

    while (at < end) {
        uint64_t word;

        while (end - at >= 8 && (memcpy(&word, at, 8), word == ONES * ' ')) {
            at += 8;
        }
        if (at == end || (*at != ' ' && *at != '\n' && *at != '\r' && *at != '\t')) {
            break;
        }
        at++;
    }
    reader->at = at;
}

bool json_expect(struct json_reader *reader, char c, const struct path *path)
{
    if (json_take(reader, c)) {
        return true;
    }
    if (reader->at == reader->end) {
        return json_fail(reader, TL_MALFORMED, reader->at, path, "expected '%c', found the end", c);
    }
    return json_fail(reader, TL_MALFORMED, reader->at, path, "expected '%c'", c);
}

bool json_take_word(struct json_reader *reader, const char *word)
{
    size_t len = strlen(word);

    if (json_peek(reader) != word[0] || (size_t)(reader->end - reader->at) < len ||
        memcmp(reader->at, word, len) != 0) {
        return false;
    }
    reader->at += len;
    return true;
}

bool json_more(struct json_reader *reader, char close, bool *out_ok, const struct path *path)
{
    char next = json_peek(reader);

    *out_ok = true;
    if (next == ',') {
        reader->at++;
        return true;
    }
    if (next == close) {
        reader->at++;
        return false;
    }
    *out_ok = json_fail(
        reader,
        TL_MALFORMED,
        reader->at,
        path,
        next == '\0' ? "expected ',' or '%c', found the end" : "expected ',' or '%c'",
        close);
    return false;
}

bool json_enter(struct json_reader *reader, unsigned levels, const struct path *path)
{
    if (reader->depth + levels > JSON_MAX_DEPTH) {
        return json_fail(reader, TL_TOO_LARGE, reader->at, path, "nested deeper than %d levels", JSON_MAX_DEPTH);
    }
    reader->depth += levels;
    return true;
}

/* ---- Strings ---- */

/* Whether a byte of the word ends plain text: a quote, a backslash, a control character, or no ASCII. */
static uint64_t stops(uint64_t word)
{
    uint64_t quote = word ^ (ONES * '"');
    uint64_t slash = word ^ (ONES * '\\');

    return ((quote - ONES) | (slash - ONES) | (word - ONES * 0x20) | word) & HIGHS;
}

/* The first byte at or after `at` that is not plain. False positives of `stops` are looked at one by one. */
static const char *plain_end(const char *at, const char *end)
{
    for (;;) {
        uint64_t word;

        while (end - at >= 8 && (memcpy(&word, at, 8), stops(word) == 0)) {
            at += 8;
        }
        for (int i = 0; i < 8; i++, at++) {
            if (at == end || *at == '"' || *at == '\\' || (unsigned char)*at < 0x20 || (unsigned char)*at >= 0x80) {
                return at;
            }
        }
    }
}

/* Four hexadecimal digits; -1 when they are not. */
static int hex4(const char *at, const char *end)
{
    int value = 0;

    if (end - at < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        char c = at[i];

        if (c >= '0' && c <= '9') {
            value = value * 16 + (c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            value = value * 16 + ((c | 0x20) - 'a' + 10);
        } else {
            return -1;
        }
    }
    return value;
}

static char *put_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xC0U | code >> 6U);
        *to++ = (char)(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        *to++ = (char)(0xE0U | code >> 12U);
        *to++ = (char)(0x80U | (code >> 6U & 0x3FU));
        *to++ = (char)(0x80U | (code & 0x3FU));
    } else {
        *to++ = (char)(0xF0U | code >> 18U);
        *to++ = (char)(0x80U | (code >> 12U & 0x3FU));
        *to++ = (char)(0x80U | (code >> 6U & 0x3FU));
        *to++ = (char)(0x80U | (code & 0x3FU));
    }
    return to;
}

/* A \u escape, with its second half where it needs one. at: behind the u. NULL when it is none. */
static const char *unescape_unicode(const char *at, const char *end, char **to)
{
    int code = hex4(at, end);

    if (code < 0 || (code >= 0xDC00 && code < 0xE000)) {
        return NULL;
    }
    at += 4;
    if (code >= 0xD800 && code < 0xDC00) {
        int low = end - at >= 2 && at[0] == '\\' && at[1] == 'u' ? hex4(at + 2, end) : -1;

        if (low < 0xDC00 || low >= 0xE000) {
            return NULL;
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
    }
    *to = put_utf8(*to, (unsigned)code);
    return at;
}

/* One escape; at: behind the backslash. NULL when it is none. */
static const char *unescape(const char *at, const char *end, char **to)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";

    if (at == end) {
        return NULL;
    }
    if (*at == 'u') {
        return unescape_unicode(at + 1, end, to);
    }
    const char *letter = *at == '\0' ? NULL : strchr(letters, *at);

    if (letter == NULL) {
        return NULL;
    }
    *(*to)++ = meanings[letter - letters];
    return at + 1;
}

/* The quote that ends the string, escapes passed over; NULL when there is none. */
static const char *closing_quote(const char *at, const char *end)
{
    while ((at = plain_end(at, end)) < end) {
        if (*at == '"') {
            return at;
        }
        if (*at == '\\' && ++at == end) {
            return NULL;
        }
        at++;
    }
    return NULL;
}

/* Where an escape between `at` and `quote` is none, or NULL. */
static const char *bad_escape(const char *at, const char *quote)
{
    while ((at = memchr(at, '\\', (size_t)(quote - at))) != NULL) {
        char ignored[4];
        char *to = ignored;
        const char *next = unescape(at + 1, quote, &to);

        if (next == NULL) {
            return at;
        }
        at = next;
    }
    return NULL;
}

/* A control character between `at` and `quote`, or NULL. */
static const char *control_character(const char *at, const char *quote)
{
    for (; at < quote; at++) {
        if ((unsigned char)*at < 0x20) {
            return at;
        }
    }
    return NULL;
}

/* A string of which not all is plain. open: its quote. */
static bool check_string(struct json_reader *reader, const char *open, const char *quote, const struct path *path)
{
    const char *text = open + 1;
    size_t len = (size_t)(quote - text);
    const char *control = control_character(text, quote);

    if (control != NULL) {
        return json_fail(reader, TL_MALFORMED, control, path, "a control character in a string");
    }
    if (text_utf8_valid_prefix(text, len) != len) {
        return json_fail(reader, TL_MALFORMED, open, path, "the string is not valid UTF-8");
    }
    const char *escape = bad_escape(text, quote);

    return escape == NULL || json_fail(reader, TL_MALFORMED, escape, path, "not an escape");
}

/* *out_odd: not all of it is plain, so that escapes may be in it. */
static bool raw_string(struct json_reader *reader, struct json_text *out, bool *out_odd, const struct path *path)
{
    if (json_peek(reader) != '"') {
        return json_fail(reader, TL_MALFORMED, reader->at, path, "expected a string");
    }
    const char *open = reader->at;
    const char *quote = plain_end(open + 1, reader->end);

    *out_odd = quote == reader->end || *quote != '"';
    if (*out_odd) {
        quote = closing_quote(quote, reader->end);
        if (quote == NULL) {
            return json_fail(reader, TL_MALFORMED, open, path, "a string without an end");
        }
        if (!check_string(reader, open, quote, path)) {
            return false;
        }
    }
    *out = (struct json_text){open + 1, (size_t)(quote - open - 1)};
    reader->at = quote + 1;
    return true;
}

bool json_raw_string(struct json_reader *reader, struct json_text *out, const struct path *path)
{
    bool odd = false;

    return raw_string(reader, out, &odd, path);
}

bool json_has_escapes(struct json_text raw)
{
    return memchr(raw.data, '\\', raw.len) != NULL;
}

size_t json_next_character(struct json_text *raw, char out[4])
{
    char *to = out;

    if (*raw->data == '\\') {
        const char *next = unescape(raw->data + 1, raw->data + raw->len, &to);

        raw->len -= (size_t)(next - raw->data);
        raw->data = next;
    } else {
        *to++ = *raw->data++;
        raw->len--;
    }
    return (size_t)(to - out);
}

static bool same_escaped(struct json_text left, struct json_text right)
{
    char a[4];
    char b[4];
    size_t a_len = 0;
    size_t b_len = 0;

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

bool json_same_string(struct json_text left, struct json_text right)
{
    if (json_has_escapes(left) || json_has_escapes(right)) {
        return same_escaped(left, right);
    }
    return left.len == right.len && memcmp(left.data, right.data, left.len) == 0;
}

/* Undoes the escapes in scratch memory. */
static struct json_text unescaped(struct json_reader *reader, struct json_text raw)
{
    char *copy = arena_alloc(&reader->scratch, raw.len + 4);
    char *to = copy;

    while (raw.len > 0) {
        const char *slash = memchr(raw.data, '\\', raw.len);
        size_t len = slash == NULL ? raw.len : (size_t)(slash - raw.data);

        memcpy(to, raw.data, len);
        to += len;
        raw.data += len;
        raw.len -= len;
        if (raw.len > 0) {
            to += json_next_character(&raw, to);
        }
    }
    return (struct json_text){copy, (size_t)(to - copy)};
}

bool json_string(struct json_reader *reader, struct json_text *out, const struct path *path)
{
    bool odd = false;

    if (!raw_string(reader, out, &odd, path)) {
        return false;
    }
    if (odd && json_has_escapes(*out)) {
        *out = unescaped(reader, *out);
    }
    return true;
}

/* ---- Numbers ---- */

static const char *digits_end(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }
    return at;
}

/* The end of the number that begins at `at`, or NULL. */
static const char *number_end(const char *at, const char *end)
{
    at += at < end && *at == '-';
    const char *whole = digits_end(at, end);

    if (whole == at || (*at == '0' && whole - at > 1)) {
        return NULL;
    }
    at = whole;
    if (at < end && *at == '.') {
        const char *fraction = digits_end(at + 1, end);

        if (fraction == at + 1) {
            return NULL;
        }
        at = fraction;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        const char *exponent = digits_end(at, end);

        return exponent == at ? NULL : exponent;
    }
    return at;
}

bool json_number(struct json_reader *reader, struct json_text *out, const struct path *path)
{
    (void)json_peek(reader);
    const char *stop = number_end(reader->at, reader->end);

    if (stop == NULL) {
        return json_fail(reader, TL_MALFORMED, reader->at, path, "expected a number");
    }
    *out = (struct json_text){reader->at, (size_t)(stop - reader->at)};
    reader->at = stop;
    return true;
}
