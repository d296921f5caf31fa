/* SPDX-License-Identifier: MIT */
/* Values, whatever their type. */
#include "worker/config/toml_parser.h"

/* NOLINTBEGIN(misc-no-recursion): values within values, down to TOML_MAX_DEPTH */

static bool descend(struct toml_parser *parser)
{
    return ++parser->depth <= TOML_MAX_DEPTH ||
           toml_refuse(parser, toml_here(parser), "more than %d levels within each other", TOML_MAX_DEPTH);
}

/* Behind a [: its values are read and let go. */
static bool read_array(struct toml_parser *parser)
{
    struct toml_value value;

    for (;;) {
        if (!toml_skip_lines(parser)) {
            return false;
        }
        if (toml_take(parser, "]")) {
            return true;
        }
        if (!toml_read_value(parser, &value) || !toml_skip_lines(parser)) {
            return false;
        }
        if (!toml_take(parser, ",") && toml_peek(parser, 0) != ']') {
            return toml_refuse(parser, toml_here(parser), "the array goes on without a comma, or is not closed by ]");
        }
    }
}

/* Behind a {: on one line, without a comma at the end. */
static bool read_pairs(struct toml_parser *parser, struct toml_table *table)
{
    toml_skip_blanks(parser);
    if (toml_take(parser, "}")) {
        return true;
    }
    do {
        if (!toml_read_pair(parser, table)) {
            return false;
        }
        toml_skip_blanks(parser);
    } while (toml_take(parser, ","));
    return toml_take(parser, "}") ||
           toml_refuse(parser, toml_here(parser), "the inline table goes on without a comma, or is not closed by }");
}

/* The parts of both, for errors within. */
static const struct toml_key *
joined(struct toml_parser *parser, const struct toml_key *header, const struct toml_key *key)
{
    struct toml_key *first = NULL;
    struct toml_key **last = &first;

    for (; header != NULL; header = header->next) {
        *last = arena_copy(parser->arena, header, sizeof(*header));
        last = &(*last)->next;
    }
    for (; key != NULL; key = key->next) {
        *last = arena_copy(parser->arena, key, sizeof(*key));
        last = &(*last)->next;
    }
    return first;
}

/* Tables that its dotted keys made are closed with it: there is no way to name them from outside. */
static bool read_table(struct toml_parser *parser, struct toml_value *value)
{
    const struct toml_key *header = parser->header;
    const struct toml_key *key = parser->key;

    value->type = TOML_TABLE;
    value->table = toml_new_table(parser, TOML_INLINE);
    parser->header = joined(parser, header, key);
    parser->key = NULL;
    bool ok = read_pairs(parser, value->table);
    parser->header = header;
    parser->key = key;
    return ok;
}

static bool read_word(struct toml_parser *parser, struct toml_value *value)
{
    value->boolean = toml_take(parser, "true");
    if (value->boolean || toml_take(parser, "false")) {
        value->type = TOML_BOOLEAN;
        return true;
    }
    return toml_read_number(parser, &value->type);
}

static bool read_nested(struct toml_parser *parser, struct toml_value *value)
{
    bool ok = descend(parser);

    if (ok && toml_take(parser, "[")) {
        value->type = TOML_ARRAY;
        ok = read_array(parser);
    } else if (ok) {
        parser->at++;
        ok = read_table(parser, value);
    }
    parser->depth--;
    return ok;
}

bool toml_read_value(struct toml_parser *parser, struct toml_value *value)
{
    switch (toml_peek(parser, 0)) {
    case '"':
    case '\'':
        value->type = TOML_STRING;
        return toml_read_string(parser, true, &value->string);
    case '[':
    case '{':
        return read_nested(parser, value);
    default:
        return read_word(parser, value);
    }
}
/* NOLINTEND(misc-no-recursion) */
