/* SPDX-License-Identifier: MIT */
/* The reader of TOML from the inside: where it stands, and what its files ask of each other. */
#ifndef TIMELAPSE_WORKER_CONFIG_TOML_PARSER_H
#define TIMELAPSE_WORKER_CONFIG_TOML_PARSER_H

#include "base/arena.h"
#include "worker/config/toml.h"

/* The parts of a key, first to last. */
struct toml_key {
    struct toml_key *next;
    struct tl_bytes name;
    struct toml_place place;
};

struct toml_parser {
    const char *at;
    const char *end;
    const char *line_start;
    int line;
    int depth;
    struct arena *arena;
    struct toml_table *root;
    struct toml_table *section;    /* where keys go now */
    const struct toml_key *header; /* its name, for errors */
    const struct toml_key *key;    /* of what is read now; NULL: none */
    struct tl_error *error;
    enum tl_status status;
};

/* Every function that returns bool: false after toml_refuse. */

static inline struct toml_place toml_here(const struct toml_parser *parser)
{
    return (struct toml_place){parser->line, (int)(parser->at - parser->line_start) + 1};
}

/* The byte `ahead` of where it stands; NUL beyond the end, which no document holds. */
static inline char toml_peek(const struct toml_parser *parser, size_t ahead)
{
    return ahead < (size_t)(parser->end - parser->at) ? parser->at[ahead] : '\0';
}

/* Goes beyond `word` if it stands there. */
bool toml_take(struct toml_parser *parser, const char *word);

void toml_skip_blanks(struct toml_parser *parser);

/* Goes beyond a line's end if it stands there. */
bool toml_take_newline(struct toml_parser *parser);

/* Blanks, line ends, comments. */
bool toml_skip_lines(struct toml_parser *parser);
bool toml_skip_comment(struct toml_parser *parser);

/* Notes the error and returns false. */
bool toml_refuse(struct toml_parser *parser, struct toml_place place, const char *format, ...) TL_PRINTF(3, 4);

/* ---- toml_key.c ---- */

/* A bare, quoted or dotted key and the blanks around it. */
bool toml_read_key(struct toml_parser *parser, struct toml_key **out_key);

/* A new entry; the name is not there yet. */
struct toml_value *toml_add(struct toml_parser *parser, struct toml_table *table, const struct toml_key *key);
struct toml_table *toml_new_table(struct toml_parser *parser, enum toml_origin origin);

/* Reads `key = value` into the table. */
bool toml_read_pair(struct toml_parser *parser, struct toml_table *table);

/* Opens [name] or [[name]]. */
bool toml_open(struct toml_parser *parser, const struct toml_key *key, bool of_array);

/* ---- toml_value.c, toml_string.c, toml_number.c ---- */

bool toml_read_value(struct toml_parser *parser, struct toml_value *value);

/* A string of any of the four kinds; many: """ and ''' are allowed. */
bool toml_read_string(struct toml_parser *parser, bool many, struct tl_bytes *out);

/* A number, date or time: whatever begins with a digit, a sign, or as inf and nan do. */
bool toml_read_number(struct toml_parser *parser, enum toml_type *out_type);

#endif
