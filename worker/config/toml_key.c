/* SPDX-License-Identifier: MIT */
/* Keys, and the tables they lead to. */
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "worker/config/toml_parser.h"

static bool is_bare(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

void toml_add_key(struct text *path, struct tl_bytes key)
{
    bool bare = key.len > 0;

    for (size_t i = 0; i < key.len; i++) {
        bare = bare && is_bare((char)key.data[i]);
    }
    if (bare) {
        text_add_bytes(path, key.data, key.len);
        return;
    }
    text_add_char(path, '"');
    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = key.data[i];

        if (c < ' ' || c == 0x7f) {
            text_format(path, "\\u%04x", c);
        } else {
            text_add(path, c == '"' || c == '\\' ? "\\" : "");
            text_add_char(path, (char)c);
        }
    }
    text_add_char(path, '"');
}

/* ---- Reading ---- */

static bool read_part(struct toml_parser *parser, struct toml_key *part)
{
    const char *start = parser->at;

    part->place = toml_here(parser);
    if (*start == '"' || *start == '\'') {
        return toml_read_string(parser, false, &part->name);
    }
    while (parser->at < parser->end && is_bare(*parser->at)) {
        parser->at++;
    }
    if (parser->at == start) {
        return toml_refuse(parser, part->place, "a key is missing here");
    }
    size_t len = (size_t)(parser->at - start);

    part->name = (struct tl_bytes){(const uint8_t *)arena_strndup(parser->arena, start, len), len};
    return true;
}

bool toml_read_key(struct toml_parser *parser, struct toml_key **out_key)
{
    struct toml_key **last = out_key;

    for (int parts = 0;; parts++) {
        toml_skip_blanks(parser);
        if (parser->at == parser->end) {
            return toml_refuse(parser, toml_here(parser), "a key is missing at the end");
        }
        if (parts == TOML_MAX_DEPTH) {
            return toml_refuse(parser, toml_here(parser), "a key has more than %d parts", TOML_MAX_DEPTH);
        }
        *last = ARENA_NEW(parser->arena, struct toml_key);
        if (!read_part(parser, *last)) {
            return false;
        }
        last = &(*last)->next;
        toml_skip_blanks(parser);
        if (!toml_take(parser, ".")) {
            return true;
        }
    }
}

/* ---- Tables ---- */

struct toml_table *toml_new_table(struct toml_parser *parser, enum toml_origin origin)
{
    struct toml_table *table = ARENA_NEW(parser->arena, struct toml_table);

    map_init(&table->entries, parser->arena->pool);
    table->origin = origin;
    return table;
}

struct toml_value *toml_add(struct toml_parser *parser, struct toml_table *table, const struct toml_key *key)
{
    struct toml_entry *entry = ARENA_NEW(parser->arena, struct toml_entry);

    entry->key = key->name;
    entry->place = key->place;
    map_put(&table->entries, (const char *)key->name.data, key->name.len, entry);
    return &entry->value;
}

static struct toml_value *find(const struct toml_table *table, const struct toml_key *key)
{
    struct toml_entry *entry = map_get(&table->entries, (const char *)key->name.data, key->name.len);

    return entry == NULL ? NULL : &entry->value;
}

static struct toml_table *
add_table(struct toml_parser *parser, struct toml_table *table, const struct toml_key *key, enum toml_origin origin)
{
    struct toml_value *value = toml_add(parser, table, key);

    value->type = TOML_TABLE;
    value->table = toml_new_table(parser, origin);
    return value->table;
}

static bool refuse_again(struct toml_parser *parser, const struct toml_key *key)
{
    return toml_refuse(parser, key->place, "it is defined already");
}

/* b of `b.c = 1`: made here, or by a key like it. Tables that headers made are not added to from elsewhere. */
static struct toml_table *step_by_dots(struct toml_parser *parser, struct toml_table *table, const struct toml_key *key)
{
    struct toml_value *there = find(table, key);

    if (there == NULL) {
        return add_table(parser, table, key, TOML_BY_DOTS);
    }
    if (there->type == TOML_TABLE && there->table->origin == TOML_BY_DOTS) {
        return there->table;
    }
    (void)refuse_again(parser, key);
    return NULL;
}

bool toml_read_pair(struct toml_parser *parser, struct toml_table *table)
{
    struct toml_key *key = NULL;

    parser->key = NULL;
    if (!toml_read_key(parser, &key)) {
        return false;
    }
    CHECK(key != NULL); /* a key has a part */
    parser->key = key;
    if (!toml_take(parser, "=")) {
        return toml_refuse(parser, toml_here(parser), "= is missing behind the key");
    }
    for (; key->next != NULL; key = key->next) {
        table = step_by_dots(parser, table, key);
        if (table == NULL) {
            return false;
        }
    }
    if (find(table, key) != NULL) {
        return refuse_again(parser, key);
    }
    toml_skip_blanks(parser);
    return toml_read_value(parser, toml_add(parser, table, key));
}

/* a of [a.b]; of an array of tables its last one. */
static struct toml_table *
step_by_header(struct toml_parser *parser, struct toml_table *table, const struct toml_key *key)
{
    struct toml_value *there = find(table, key);

    if (there == NULL) {
        return add_table(parser, table, key, TOML_BY_CHILD);
    }
    if (there->type == TOML_TABLES || (there->type == TOML_TABLE && there->table->origin != TOML_INLINE)) {
        return there->table;
    }
    (void)refuse_again(parser, key);
    return NULL;
}

static bool open_table(struct toml_parser *parser, struct toml_table *table, const struct toml_key *key)
{
    struct toml_value *there = find(table, key);

    if (there == NULL) {
        parser->section = add_table(parser, table, key, TOML_BY_HEADER);
        return true;
    }
    if (there->type != TOML_TABLE || there->table->origin != TOML_BY_CHILD) {
        return refuse_again(parser, key);
    }
    there->table->origin = TOML_BY_HEADER;
    parser->section = there->table;
    return true;
}

static bool open_next(struct toml_parser *parser, struct toml_table *table, const struct toml_key *key)
{
    struct toml_value *there = find(table, key);

    if (there != NULL && there->type != TOML_TABLES) {
        return refuse_again(parser, key);
    }
    if (there == NULL) {
        there = toml_add(parser, table, key);
        there->type = TOML_TABLES;
    }
    there->table = toml_new_table(parser, TOML_BY_HEADER);
    parser->section = there->table;
    return true;
}

bool toml_open(struct toml_parser *parser, const struct toml_key *key, bool of_array)
{
    struct toml_table *table = parser->root;

    for (; key->next != NULL; key = key->next) {
        table = step_by_header(parser, table, key);
        if (table == NULL) {
            return false;
        }
    }
    return of_array ? open_next(parser, table, key) : open_table(parser, table, key);
}
