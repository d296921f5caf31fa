/* SPDX-License-Identifier: MIT */
/* tools/schemagen.c's names: the texts of schema_names, the rules that derive names, and hash slots. */
#ifndef TIMELAPSE_TOOLS_SCHEMAGEN_NAMES_H
#define TIMELAPSE_TOOLS_SCHEMAGEN_NAMES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../model/schema_hash.h"

#define MAX_TEXTS    16384
#define MAX_MESSAGES 4096
#define FULL_NAME    256 /* no name of the API comes near it: descriptors are trusted input */

/* The texts of schema_names, each once. */
struct texts {
    char *items[MAX_TEXTS];
    uint32_t at[MAX_TEXTS];
    size_t count;
    uint32_t size;
};

static inline void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static inline void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "schemagen: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

static inline void *must(void *pointer)
{
    if (pointer == NULL) {
        die("out of memory");
    }
    return pointer;
}

static inline uint32_t text_add(struct texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (strcmp(texts->items[i], text) == 0) {
            return texts->at[i];
        }
    }
    if (texts->count == MAX_TEXTS) {
        die("more than %d names", MAX_TEXTS);
    }
    uint32_t at = texts->size;

    texts->items[texts->count] = must(strdup(text));
    texts->at[texts->count++] = at;
    texts->size += (uint32_t)strlen(text) + 1U;
    return at;
}

/* `text` in quotes, and what comes after them. */
static inline uint32_t text_quoted(struct texts *texts, const char *text, const char *after)
{
    char buffer[FULL_NAME + 4];

    snprintf(buffer, sizeof(buffer), "\"%s\"%s", text, after);
    return text_add(texts, buffer);
}

/* The rule of protobuf's JSON mapping: drop underscores, raise what follows. */
static inline void json_name_of(const char *name, char *out)
{
    bool raise = false;

    for (; *name != '\0'; name++) {
        if (*name == '_') {
            raise = true;
        } else {
            *out++ = raise && *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
            raise = false;
        }
    }
    *out = '\0';
}

/* MetadataEntry for metadata: the name that protoc gives a map field's entry. */
static inline void entry_name_of(const char *name, char *out)
{
    char json[FULL_NAME];

    json_name_of(name, json);
    if (json[0] >= 'a' && json[0] <= 'z') {
        json[0] = (char)(json[0] - 'a' + 'A');
    }
    strcpy(out, json);
    strcat(out, "Entry");
}

/* protobuf-c lowers a field's name and marks words that C++ reserves; those that a field can bear. */
static inline void member_name_of(const char *name, char *out)
{
    static const char reserved[] = " and bool break case catch char class const continue default delete do double else "
                                   "enum extern false float for friend goto if inline int long mutable namespace new "
                                   "not operator or private protected public register return short signed sizeof "
                                   "static struct switch template this throw true try typedef typeid typename union "
                                   "unsigned using virtual void volatile while xor ";
    char word[FULL_NAME + 3];
    size_t i = 0;

    for (; name[i] != '\0'; i++) {
        out[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
    }
    out[i] = '\0';
    snprintf(word, sizeof(word), " %s ", out);
    if (strstr(reserved, word) != NULL) {
        strcat(out, "_");
    }
}

/* EventType to EVENT_TYPE_: what enumerators begin with by protobuf's style. */
static inline void prefix_of(const char *short_name, char *out)
{
    for (const char *c = short_name; *c != '\0'; c++) {
        bool upper = *c >= 'A' && *c <= 'Z';

        if (upper && c != short_name) {
            *out++ = '_';
        }
        *out++ = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    }
    *out++ = '_';
    *out = '\0';
}

/* TIMER_FIRED to TimerFired; "" where the enumerator does not begin with the prefix. */
static inline void short_value_of(const char *prefix, const char *name, char *out)
{
    bool raise = true;

    if (strncmp(name, prefix, strlen(prefix)) == 0) {
        for (const char *c = name + strlen(prefix); *c != '\0'; c++) {
            if (*c == '_') {
                raise = true;
            } else {
                *out++ = !raise && *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
                raise = false;
            }
        }
    }
    *out = '\0';
}

/* ---- Hash slots ---- */

/* A table of at least twice as many slots as keys; linear probing. */
struct slots {
    uint32_t mask;
    uint16_t at[2 * MAX_MESSAGES];
};

static inline void slots_init(struct slots *slots, size_t keys)
{
    uint32_t size = 4;

    while (size < 2 * keys) {
        size *= 2;
    }
    if (size > 2 * MAX_MESSAGES) {
        die("more than %d names in one table", MAX_MESSAGES);
    }
    memset(slots->at, 0, sizeof(slots->at));
    slots->mask = size - 1;
}

static inline void slots_add(struct slots *slots, const char *name, size_t index)
{
    uint32_t slot = schema_hash(name, strlen(name)) & slots->mask;

    while (slots->at[slot] != 0) {
        slot = (slot + 1) & slots->mask;
    }
    slots->at[slot] = (uint16_t)(index + 1);
}

static inline void slots_print(const struct slots *slots, FILE *out)
{
    for (uint32_t i = 0; i <= slots->mask; i++) {
        fprintf(out, "%u,", slots->at[i]);
    }
    fprintf(out, "\n");
}

#endif
