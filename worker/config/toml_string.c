/* SPDX-License-Identifier: MIT */
/* Strings: basic and literal, of one line and of many. */
#include "base/text.h"
#include "worker/config/toml_parser.h"

struct string {
    struct toml_place start;
    struct text text;
    char quote;
    bool many;
};

/* ---- Escapes ---- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void add_utf8(struct text *text, uint32_t code)
{
    if (code < 0x80) {
        text_add_char(text, (char)code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

    text_add_char(text, (char)((0xf80U >> more) | (code >> (6 * more))));
    while (more-- > 0) {
        text_add_char(text, (char)(0x80U | ((code >> (6 * more)) & 0x3fU)));
    }
}

/* Behind \u or \U. */
static bool add_code(struct toml_parser *parser, struct string *string, int digits)
{
    struct toml_place place = toml_here(parser);
    uint32_t code = 0;

    for (int i = 0; i < digits; i++) {
        int digit = digit_of(toml_peek(parser, 0));

        if (digit < 0) {
            return toml_refuse(parser, toml_here(parser), "an escape needs %d hexadecimal digits", digits);
        }
        code = code << 4 | (uint32_t)digit;
        parser->at++;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return toml_refuse(parser, place, "an escape stands for no character");
    }
    add_utf8(&string->text, code);
    return true;
}

/* Behind a \ at a line's end: all blanks and line ends up to what comes next are left out. */
static bool skip_fold(struct toml_parser *parser)
{
    struct toml_place place = toml_here(parser);

    toml_skip_blanks(parser);
    if (!toml_take_newline(parser)) {
        return toml_refuse(parser, place, "there is no such escape");
    }
    do {
        toml_skip_blanks(parser);
    } while (toml_take_newline(parser));
    return true;
}

/* Behind a \ of a basic string. */
static bool add_escape(struct toml_parser *parser, struct string *string)
{
    static const char names[] = "btnfr\"\\";
    static const char meanings[] = "\b\t\n\f\r\"\\";
    char c = toml_peek(parser, 0);

    for (size_t i = 0; c != '\0' && names[i] != '\0'; i++) {
        if (names[i] == c) {
            text_add_char(&string->text, meanings[i]);
            parser->at++;
            return true;
        }
    }
    if (c == 'u' || c == 'U') {
        parser->at++;
        return add_code(parser, string, c == 'u' ? 4 : 8);
    }
    if (string->many && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
        return skip_fold(parser);
    }
    return toml_refuse(parser, toml_here(parser), "there is no such escape");
}

/* ---- The rest ---- */

static bool refuse_open(struct toml_parser *parser, const struct string *string)
{
    return toml_refuse(parser, string->start, "the string that begins here is not closed");
}

static bool add_plain(struct toml_parser *parser, struct string *string)
{
    unsigned char c = (unsigned char)*parser->at;

    if ((c < ' ' && c != '\t') || c == 0x7f) {
        return toml_refuse(parser, toml_here(parser), "a string holds a control character that is not escaped");
    }
    text_add_char(&string->text, (char)c);
    parser->at++;
    return true;
}

/* A line's end is one character, as it stands in the text. */
static bool add_character(struct toml_parser *parser, struct string *string)
{
    const char *start = parser->at;

    if (string->quote == '"' && toml_take(parser, "\\")) {
        return add_escape(parser, string);
    }
    if (*start == '\n' || (*start == '\r' && toml_peek(parser, 1) == '\n')) {
        if (!string->many) {
            return refuse_open(parser, string);
        }
        (void)toml_take_newline(parser);
        text_add_bytes(&string->text, start, (size_t)(parser->at - start));
        return true;
    }
    return add_plain(parser, string);
}

/* Up to two quotes may stand inside of a string of many lines, before its end too. */
static bool take_end(struct toml_parser *parser, struct string *string)
{
    size_t count = 0;

    while (count < (string->many ? 5U : 1U) && toml_peek(parser, count) == string->quote) {
        count++;
    }
    parser->at += count;
    if (!string->many || count < 3) {
        for (size_t i = 0; string->many && i < count; i++) {
            text_add_char(&string->text, string->quote);
        }
        return !string->many && count == 1;
    }
    for (size_t i = 3; i < count; i++) {
        text_add_char(&string->text, string->quote);
    }
    return true;
}

static void take_start(struct toml_parser *parser, struct string *string, bool many)
{
    string->start = toml_here(parser);
    string->quote = *parser->at++;
    string->many = many && toml_peek(parser, 0) == string->quote && toml_peek(parser, 1) == string->quote;
    if (string->many) {
        parser->at += 2;
        (void)toml_take_newline(parser); /* one at the start does not count */
    }
}

bool toml_read_string(struct toml_parser *parser, bool many, struct tl_bytes *out)
{
    struct string string;

    text_init(&string.text, parser->arena);
    take_start(parser, &string, many);
    while (!take_end(parser, &string)) {
        if (parser->at == parser->end) {
            return refuse_open(parser, &string);
        }
        if (*parser->at != string.quote && !add_character(parser, &string)) {
            return false;
        }
    }
    *out = (struct tl_bytes){(const uint8_t *)string.text.data, string.text.len};
    return true;
}
