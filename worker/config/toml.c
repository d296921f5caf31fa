/* SPDX-License-Identifier: MIT */
#include "worker/config/toml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "worker/config/toml_parser.h"

const char *toml_type_name(enum toml_type type)
{
    static const char *const names[] = {
        [TOML_STRING] = "a string",
        [TOML_BOOLEAN] = "a boolean",
        [TOML_INTEGER] = "an integer",
        [TOML_FLOAT] = "a float",
        [TOML_TIME] = "a date or time",
        [TOML_ARRAY] = "an array",
        [TOML_TABLES] = "an array of tables",
        [TOML_TABLE] = "a table",
    };

    return names[type];
}

/* ---- Errors ---- */

static void add_path(struct text *path, const struct toml_key *key)
{
    for (; key != NULL; key = key->next) {
        text_add(path, path->len > 0 ? "." : "");
        toml_add_key(path, key->name);
    }
}

bool toml_refuse(struct toml_parser *parser, struct toml_place place, const char *format, ...)
{
    char message[sizeof(((struct tl_error *)NULL)->message)];
    struct text path;
    va_list args;

    text_init(&path, parser->arena);
    add_path(&path, parser->header);
    add_path(&path, parser->key);
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    parser->status = tl_error_set(parser->error, TL_MALFORMED, path.data, "%s", message);
    if (parser->error != NULL) {
        parser->error->line = place.line;
        parser->error->column = place.column;
    }
    return false;
}

/* ---- Characters ---- */

bool toml_take(struct toml_parser *parser, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(parser->end - parser->at) < len || memcmp(parser->at, word, len) != 0) {
        return false;
    }
    parser->at += len;
    return true;
}

void toml_skip_blanks(struct toml_parser *parser)
{
    while (parser->at < parser->end && (*parser->at == ' ' || *parser->at == '\t')) {
        parser->at++;
    }
}

bool toml_take_newline(struct toml_parser *parser)
{
    if (!toml_take(parser, "\n") && !toml_take(parser, "\r\n")) {
        return false;
    }
    parser->line++;
    parser->line_start = parser->at;
    return true;
}

bool toml_skip_comment(struct toml_parser *parser)
{
    if (toml_peek(parser, 0) != '#') {
        return true;
    }
    for (; parser->at < parser->end && *parser->at != '\n'; parser->at++) {
        unsigned char c = (unsigned char)*parser->at;

        if (c == '\r' && toml_peek(parser, 1) == '\n') {
            break;
        }
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return toml_refuse(parser, toml_here(parser), "a comment holds a control character");
        }
    }
    return true;
}

bool toml_skip_lines(struct toml_parser *parser)
{
    do {
        toml_skip_blanks(parser);
        if (!toml_skip_comment(parser)) {
            return false;
        }
    } while (toml_take_newline(parser));
    return true;
}

/* ---- Statements ---- */

static bool read_header(struct toml_parser *parser)
{
    bool of_array = toml_take(parser, "[[");
    struct toml_key *key = NULL;

    parser->at += of_array ? 0 : 1;
    parser->header = NULL;
    parser->key = NULL;
    if (!toml_read_key(parser, &key)) {
        return false;
    }
    parser->header = key;
    if (!toml_take(parser, of_array ? "]]" : "]")) {
        return toml_refuse(parser, toml_here(parser), "the table's name is not closed by %s", of_array ? "]]" : "]");
    }
    return toml_open(parser, key, of_array);
}

static bool read_statement(struct toml_parser *parser)
{
    bool ok = toml_peek(parser, 0) == '[' ? read_header(parser) : toml_read_pair(parser, parser->section);

    if (!ok) {
        return false;
    }
    toml_skip_blanks(parser);
    if (!toml_skip_comment(parser)) {
        return false;
    }
    if (parser->at < parser->end && !toml_take_newline(parser)) {
        return toml_refuse(parser, toml_here(parser), "something follows on the same line");
    }
    parser->key = NULL;
    return true;
}

static bool read_document(struct toml_parser *parser)
{
    while (toml_skip_lines(parser)) {
        if (parser->at == parser->end) {
            return true;
        }
        if (!read_statement(parser)) {
            return false;
        }
    }
    return false;
}

/* Where the first byte stands that is no UTF-8, or is none that any text holds. */
static bool check_bytes(struct toml_parser *parser)
{
    size_t len = (size_t)(parser->end - parser->at);
    struct toml_parser bad = *parser;

    bad.at += text_utf8_valid_prefix(parser->at, len);
    if (bad.at == parser->end) {
        return true;
    }
    for (const char *at = parser->at; at < bad.at; at++) {
        if (*at == '\n') {
            bad.line++;
            bad.line_start = at + 1;
        }
    }
    return toml_refuse(parser, toml_here(&bad), "the text is not UTF-8");
}

enum tl_status
toml_read(struct arena *arena, struct tl_bytes text, const struct toml_table **out_root, struct tl_error *error)
{
    const char *start = text.len == 0 ? "" : (const char *)text.data;
    struct toml_parser parser = {
        .at = start, .end = start + text.len, .line_start = start, .line = 1, .arena = arena, .error = error};

    if (text.len > TOML_MAX_BYTES) {
        return tl_error_set(error, TL_TOO_LARGE, NULL, "the text is larger than %zu bytes", TOML_MAX_BYTES);
    }
    parser.root = toml_new_table(&parser, TOML_BY_HEADER);
    parser.section = parser.root;
    (void)toml_take(&parser, "\xef\xbb\xbf"); /* a byte order mark, as other readers */
    if (!check_bytes(&parser) || !read_document(&parser)) {
        return parser.status;
    }
    *out_root = parser.root;
    return TL_OK;
}
