/* SPDX-License-Identifier: MIT */
#include "worker/converter/json_scan.h"

#include <string.h>

#include "base/text.h"

enum expects {
    EXPECTS_VALUE,
    EXPECTS_VALUE_OR_END,
    EXPECTS_NAME,
    EXPECTS_NAME_OR_END,
    EXPECTS_COMMA_OR_END,
    EXPECTS_NOTHING
};

void scan_start(struct scan *scan, struct tl_bytes text)
{
    scan->text = text;
    scan->at = 0;
    scan->depth = 0;
    scan->expects = EXPECTS_VALUE;
    scan->fault = NULL;
}

/* ---- Characters ---- */

/* The character here, or -1 at the end. */
static int peek(const struct scan *scan)
{
    return scan->at < scan->text.len ? scan->text.data[scan->at] : -1;
}

static bool takes(struct scan *scan, char wanted)
{
    if (peek(scan) != wanted) {
        return false;
    }
    scan->at += 1;
    return true;
}

static void skip_space(struct scan *scan)
{
    int c = peek(scan);

    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        scan->at += 1;
        c = peek(scan);
    }
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(int c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool take_digits(struct scan *scan)
{
    size_t first = scan->at;

    while (is_digit(peek(scan))) {
        scan->at += 1;
    }
    return scan->at > first;
}

/* ---- Tokens ---- */

static struct scan_token faulty(struct scan *scan, const char *fault)
{
    if (scan->fault == NULL) {
        scan->fault = fault;
    }
    return (struct scan_token){.kind = SCAN_FAULT};
}

static struct scan_token token_from(const struct scan *scan, enum scan_kind kind, size_t first, size_t end)
{
    return (struct scan_token){.kind = kind, .text = {scan->text.data + first, end - first}};
}

static bool in_object(const struct scan *scan)
{
    return scan->depth > 0 && (scan->objects[scan->depth / 8] >> scan->depth % 8 & 1U) != 0;
}

static void after_value(struct scan *scan)
{
    scan->expects = scan->depth == 0 ? EXPECTS_NOTHING : EXPECTS_COMMA_OR_END;
}

static struct scan_token open_container(struct scan *scan, enum scan_kind kind)
{
    if (scan->depth == SCAN_MAX_DEPTH) {
        return faulty(scan, "nested deeper than 1,000 levels");
    }
    scan->at += 1;
    scan->depth += 1;
    uint8_t bit = (uint8_t)(1U << scan->depth % 8);
    uint8_t *bits = &scan->objects[scan->depth / 8];
    *bits = (uint8_t)(kind == SCAN_OBJECT ? *bits | bit : *bits & ~bit);
    scan->expects = kind == SCAN_OBJECT ? EXPECTS_NAME_OR_END : EXPECTS_VALUE_OR_END;
    return token_from(scan, kind, scan->at - 1, scan->at);
}

static struct scan_token close_container(struct scan *scan)
{
    enum scan_kind kind = in_object(scan) ? SCAN_OBJECT_END : SCAN_ARRAY_END;

    scan->at += 1;
    scan->depth -= 1;
    after_value(scan);
    return token_from(scan, kind, scan->at - 1, scan->at);
}

static bool closes(const struct scan *scan)
{
    return scan->depth > 0 && peek(scan) == (in_object(scan) ? '}' : ']');
}

/* The four digits of \uXXXX. */
static bool take_hex4(struct scan *scan)
{
    for (int i = 0; i < 4; i++) {
        if (hex_value(peek(scan)) < 0) {
            return false;
        }
        scan->at += 1;
    }
    return true;
}

/* What follows a backslash. */
static bool take_escape(struct scan *scan)
{
    int c = peek(scan);

    if (c <= 0 || strchr("\"\\/bfnrtu", c) == NULL) {
        return false;
    }
    scan->at += 1;
    return c != 'u' || take_hex4(scan);
}

static struct scan_token take_string(struct scan *scan, enum scan_kind kind)
{
    size_t first = scan->at + 1;

    scan->at = first;
    for (;;) {
        int c = peek(scan);

        if (c == '"') {
            break;
        }
        if (c < 0x20) {
            return faulty(scan, c < 0 ? "the string does not end" : "a control character stands in a string");
        }
        scan->at += 1;
        if (c == '\\' && !take_escape(scan)) {
            return faulty(scan, "there is no such escape");
        }
    }
    struct scan_token token = token_from(scan, kind, first, scan->at);
    size_t valid = text_utf8_valid_prefix(token.text.data, token.text.len);
    if (valid != token.text.len) {
        scan->at = first + valid;
        return faulty(scan, "a string is not UTF-8");
    }
    scan->at += 1;
    return token;
}

static struct scan_token take_number(struct scan *scan)
{
    size_t first = scan->at;

    (void)takes(scan, '-');
    if (!takes(scan, '0') && !take_digits(scan)) {
        return faulty(scan, "a digit is expected");
    }
    if (takes(scan, '.') && !take_digits(scan)) {
        return faulty(scan, "a digit is expected after the point");
    }
    if (takes(scan, 'e') || takes(scan, 'E')) {
        (void)(takes(scan, '+') || takes(scan, '-'));
        if (!take_digits(scan)) {
            return faulty(scan, "a digit is expected in the exponent");
        }
    }
    after_value(scan);
    return token_from(scan, SCAN_NUMBER, first, scan->at);
}

static struct scan_token take_word(struct scan *scan, const char *word, enum scan_kind kind)
{
    size_t len = strlen(word);

    if (scan->text.len - scan->at < len || memcmp(scan->text.data + scan->at, word, len) != 0) {
        return faulty(scan, "a value is expected");
    }
    scan->at += len;
    after_value(scan);
    return token_from(scan, kind, scan->at - len, scan->at);
}

static struct scan_token take_value(struct scan *scan)
{
    switch (peek(scan)) {
    case '{':
        return open_container(scan, SCAN_OBJECT);
    case '[':
        return open_container(scan, SCAN_ARRAY);
    case '"': {
        struct scan_token token = take_string(scan, SCAN_STRING);

        after_value(scan);
        return token;
    }
    case 't':
        return take_word(scan, "true", SCAN_TRUE);
    case 'f':
        return take_word(scan, "false", SCAN_FALSE);
    case 'n':
        return take_word(scan, "null", SCAN_NULL);
    default:
        return peek(scan) == '-' || is_digit(peek(scan)) ? take_number(scan) : faulty(scan, "a value is expected");
    }
}

static struct scan_token take_name(struct scan *scan)
{
    if (peek(scan) != '"') {
        return faulty(scan, "a member's name is expected");
    }
    struct scan_token token = take_string(scan, SCAN_NAME);
    if (token.kind == SCAN_FAULT) {
        return token;
    }
    skip_space(scan);
    if (!takes(scan, ':')) {
        return faulty(scan, "a colon is expected");
    }
    scan->expects = EXPECTS_VALUE;
    return token;
}

/* After a value in a container: its end, or a comma and what follows. */
static struct scan_token take_next(struct scan *scan)
{
    if (!takes(scan, ',')) {
        return faulty(scan, in_object(scan) ? "a comma or } is expected" : "a comma or ] is expected");
    }
    skip_space(scan);
    return in_object(scan) ? take_name(scan) : take_value(scan);
}

struct scan_token scan_next(struct scan *scan)
{
    if (scan->fault != NULL) {
        return (struct scan_token){.kind = SCAN_FAULT};
    }
    skip_space(scan);
    switch ((enum expects)scan->expects) {
    case EXPECTS_VALUE_OR_END:
        return closes(scan) ? close_container(scan) : take_value(scan);
    case EXPECTS_NAME_OR_END:
        return closes(scan) ? close_container(scan) : take_name(scan);
    case EXPECTS_COMMA_OR_END:
        return closes(scan) ? close_container(scan) : take_next(scan);
    case EXPECTS_NAME:
        return take_name(scan);
    case EXPECTS_NOTHING:
        return scan->at == scan->text.len ? (struct scan_token){.kind = SCAN_END}
                                          : faulty(scan, "something follows the value");
    case EXPECTS_VALUE:
    default:
        return take_value(scan);
    }
}

bool scan_skip(struct scan *scan, enum scan_kind first)
{
    unsigned outer = scan->depth - 1;

    if (first != SCAN_OBJECT && first != SCAN_ARRAY) {
        return first != SCAN_FAULT;
    }
    while (scan->depth > outer) {
        if (scan_next(scan).kind == SCAN_FAULT) {
            return false;
        }
    }
    return true;
}

enum tl_status scan_error(const struct scan *scan, struct tl_error *error)
{
    int line = 1;
    int column = 1;

    for (size_t i = 0; i < scan->at && i < scan->text.len; i++) {
        int is_feed = scan->text.data[i] == '\n';

        line += is_feed;
        column = is_feed ? 1 : column + 1;
    }
    (void)tl_error_set(error, TL_MALFORMED, NULL, "%s", scan->fault);
    if (error != NULL) {
        error->line = line;
        error->column = column;
    }
    return TL_MALFORMED;
}
