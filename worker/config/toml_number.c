/* SPDX-License-Identifier: MIT */
/* Numbers, dates and times: checked, and told apart. */
#include <string.h>

#include "worker/config/toml_parser.h"

/* What is left of the characters that the value is made of. */
struct token {
    const char *at;
    const char *end;
};

static char peek(const struct token *token)
{
    return token->at < token->end ? *token->at : '\0';
}

static bool take(struct token *token, const char *any)
{
    char c = peek(token);

    if (c == '\0' || strchr(any, c) == NULL) {
        return false;
    }
    token->at++;
    return true;
}

static bool take_word(struct token *token, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(token->end - token->at) < len || memcmp(token->at, word, len) != 0) {
        return false;
    }
    token->at += len;
    return true;
}

static bool is_done(const struct token *token)
{
    return token->at == token->end;
}

/* ---- Numbers ---- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/*
 * Digits of a base with single underscores between them; how many there are, 0 when they are not well-formed. Their
 * value goes to *out; above 64 bits it stays above any limit.
 */
static size_t take_digits(struct token *token, int base, uint64_t *out)
{
    size_t count = 0;
    uint64_t value = 0;

    for (;;) {
        int digit = digit_of(peek(token));

        if (peek(token) == '\0' || digit >= base) {
            break;
        }
        if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value)) {
            value = UINT64_MAX;
        }
        count++;
        token->at++;
        if (peek(token) == '_' && token->at + 1 < token->end && digit_of(token->at[1]) < base) {
            token->at++;
        }
    }
    *out = value;
    return count;
}

static bool is_based_integer(struct token token)
{
    uint64_t value = 0;
    int base = take_word(&token, "0x") ? 16 : take_word(&token, "0o") ? 8 : take_word(&token, "0b") ? 2 : 0;

    return base != 0 && take_digits(&token, base, &value) > 0 && is_done(&token) && value <= INT64_MAX;
}

/* The whole part, without a zero before other digits. */
static bool take_whole(struct token *token, bool *out_negative, uint64_t *out)
{
    *out_negative = peek(token) == '-';
    (void)take(token, "+-");
    bool zero = peek(token) == '0';
    size_t count = take_digits(token, 10, out);

    return count == 1 || (count > 1 && !zero);
}

static bool is_integer(struct token token)
{
    bool negative;
    uint64_t value = 0;

    return take_whole(&token, &negative, &value) && is_done(&token) &&
           value <= (uint64_t)INT64_MAX + (negative ? 1 : 0);
}

static bool is_special_float(struct token token)
{
    (void)take(&token, "+-");
    return (take_word(&token, "inf") || take_word(&token, "nan")) && is_done(&token);
}

static bool is_float(struct token token)
{
    bool negative;
    uint64_t value;

    if (!take_whole(&token, &negative, &value) || is_done(&token)) {
        return false;
    }
    if (take(&token, ".") && take_digits(&token, 10, &value) == 0) {
        return false;
    }
    if (take(&token, "eE")) {
        (void)take(&token, "+-");
        return take_digits(&token, 10, &value) > 0 && is_done(&token);
    }
    return is_done(&token);
}

/* ---- Dates and times (RFC 3339) ---- */

/* Exactly so many digits, of a number from low to high. */
static bool take_number(struct token *token, int digits, int low, int high, int *out)
{
    int value = 0;

    for (int i = 0; i < digits; i++) {
        char c = peek(token);

        if (c < '0' || c > '9') {
            return false;
        }
        value = 10 * value + (c - '0');
        token->at++;
    }
    *out = value;
    return value >= low && value <= high;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool take_date(struct token *token)
{
    int year;
    int month;
    int day;

    return take_number(token, 4, 0, 9999, &year) && take(token, "-") && take_number(token, 2, 1, 12, &month) &&
           take(token, "-") && take_number(token, 2, 1, days_of(year, month), &day);
}

/* Of the day; a leap second is a minute's sixtieth. */
static bool take_clock(struct token *token)
{
    int part;

    if (!take_number(token, 2, 0, 23, &part) || !take(token, ":") || !take_number(token, 2, 0, 59, &part) ||
        !take(token, ":") || !take_number(token, 2, 0, 60, &part)) {
        return false;
    }
    if (!take(token, ".")) {
        return true;
    }
    const char *start = token->at;

    while (take(token, "0123456789")) {
    }
    return token->at > start;
}

static bool take_offset(struct token *token)
{
    int part;

    return take(token, "zZ") || (take(token, "+-") && take_number(token, 2, 0, 23, &part) && take(token, ":") &&
                                 take_number(token, 2, 0, 59, &part));
}

static bool is_time(struct token token)
{
    struct token start = token;

    if (take_clock(&token)) {
        return is_done(&token);
    }
    token = start;
    if (!take_date(&token)) {
        return false;
    }
    return is_done(&token) ||
           (take(&token, "tT ") && take_clock(&token) && (is_done(&token) || (take_offset(&token) && is_done(&token))));
}

/* ---- Which ---- */

static bool is_part(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("+-_.:", c) != NULL);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A date and a time may have one blank between them. */
static struct token cut(const struct toml_parser *parser)
{
    struct token token = {parser->at, parser->at};

    while (token.end < parser->end && is_part(*token.end)) {
        token.end++;
    }
    if (token.end - token.at == 10 && token.at[4] == '-' && parser->end - token.end > 2 && *token.end == ' ' &&
        is_digit(token.end[1]) && is_digit(token.end[2])) {
        token.end++;
        while (token.end < parser->end && is_part(*token.end)) {
            token.end++;
        }
    }
    return token;
}

bool toml_read_number(struct toml_parser *parser, enum toml_type *out_type)
{
    struct token token = cut(parser);

    if (token.at == token.end) {
        return toml_refuse(parser, toml_here(parser), "a value is missing here");
    }
    if (is_integer(token) || is_based_integer(token)) {
        *out_type = TOML_INTEGER;
    } else if (is_float(token) || is_special_float(token)) {
        *out_type = TOML_FLOAT;
    } else if (is_time(token)) {
        *out_type = TOML_TIME;
    } else {
        return toml_refuse(parser, toml_here(parser), "this is no value: strings are written in quotes");
    }
    parser->at = token.end;
    return true;
}
