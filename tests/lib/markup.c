/* SPDX-License-Identifier: MIT */
#include "tests/lib/markup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MOST 8
#define NAME_MOST  32

/* ---- TAP ---- */

static int begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* The number behind "ok " or "not ok " is the next one. What is skipped has not failed, whichever stands there. */
static int is_next_test(const char *line, struct markup_count *count)
{
    int fails = begins(line, "not ok ");
    char *end;
    long number = strtol(line + (fails ? 7 : 3), &end, 10);
    const char *skip = strstr(line, " # SKIP");
    int skips = skip != NULL && skip < line + strcspn(line, "\n");

    count->tests += 1;
    count->skipped += skips;
    count->failed += fails && !skips;
    return number == count->tests && (begins(end, " - ") || begins(end, " # SKIP"));
}

const char *markup_check_tap(const char *text, struct markup_count *count)
{
    int plan = -1;

    *count = (struct markup_count){0};
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (strchr(line, '\n') == NULL) {
            return line; /* cut short */
        }
        if (begins(line, "1..")) {
            plan = atoi(line + 3); /* NOLINT(cert-err34-c): checked by the count */
        } else if (begins(line, "ok ") || begins(line, "not ok ")) {
            if (!is_next_test(line, count)) {
                return line;
            }
        } else if (line[0] != '#' && !begins(line, "TAP version ")) {
            return line;
        }
    }
    return plan == count->tests ? NULL : "the plan";
}

/* ---- XML ---- */

struct reader {
    const char *at;
    char open[DEPTH_MOST][NAME_MOST];
    int depth;
    struct markup_count *count;
};

static int is_entity(const char *text)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#10;", "&#9;"};

    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (begins(text, entities[i])) {
            return 1;
        }
    }
    return 0;
}

/* Characters up to one of `ends`. */
static int pass_characters(struct reader *reader, const char *ends)
{
    for (; *reader->at != '\0' && strchr(ends, *reader->at) == NULL; reader->at++) {
        unsigned char byte = (unsigned char)*reader->at;

        if ((byte < ' ' && byte != '\n' && byte != '\t') || byte == '<' || (byte == '&' && !is_entity(reader->at))) {
            return 0;
        }
    }
    return 1;
}

static int pass_section(struct reader *reader)
{
    const char *end = strstr(reader->at, "]]>");

    for (const char *at = reader->at; end != NULL && at < end; at++) {
        if ((unsigned char)*at < ' ' && *at != '\n' && *at != '\t') {
            return 0;
        }
    }
    reader->at = end == NULL ? reader->at : end + 3;
    return end != NULL;
}

static void pass_spaces(struct reader *reader)
{
    reader->at += strspn(reader->at, " \n");
}

static size_t name_length(const char *text)
{
    size_t len = 0;

    while (isalnum((unsigned char)text[len]) != 0) {
        len++;
    }
    return len < NAME_MOST ? len : 0;
}

static int pass_attributes(struct reader *reader)
{
    for (pass_spaces(reader); name_length(reader->at) > 0; pass_spaces(reader)) {
        reader->at += name_length(reader->at);
        if (!begins(reader->at, "=\"")) {
            return 0;
        }
        reader->at += 2;
        if (!pass_characters(reader, "\"") || *reader->at != '"') {
            return 0;
        }
        reader->at += 1;
    }
    return 1;
}

static int close_element(struct reader *reader)
{
    if (reader->depth == 0) {
        return 0;
    }
    const char *name = reader->open[--reader->depth];
    if (!begins(reader->at, name) || reader->at[strlen(name)] != '>') {
        return 0;
    }
    reader->at += strlen(name) + 1;
    return 1;
}

static int open_element(struct reader *reader)
{
    size_t len = name_length(reader->at);

    if (len == 0 || reader->depth == DEPTH_MOST) {
        return 0;
    }
    char *name = reader->open[reader->depth++];
    (void)snprintf(name, NAME_MOST, "%.*s", (int)len, reader->at);
    reader->count->tests += strcmp(name, "testcase") == 0;
    reader->count->failed += strcmp(name, "failure") == 0;
    reader->count->skipped += strcmp(name, "skipped") == 0;
    reader->at += len;
    if (!pass_attributes(reader)) {
        return 0;
    }
    if (begins(reader->at, "/>")) {
        reader->depth -= 1;
        reader->at += 1;
    }
    return *reader->at++ == '>';
}

static int pass_markup(struct reader *reader)
{
    if (begins(reader->at, "<![CDATA[")) {
        reader->at += strlen("<![CDATA[");
        return reader->depth > 0 && pass_section(reader);
    }
    reader->at += 1;
    if (*reader->at == '/') {
        reader->at += 1;
        return close_element(reader);
    }
    return open_element(reader);
}

const char *markup_check_xml(const char *text, struct markup_count *count)
{
    struct reader reader = {.at = text, .count = count};

    *count = (struct markup_count){0};
    if (!begins(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"")) {
        return text;
    }
    reader.at += strcspn(text, ">") + 1;
    while (*reader.at != '\0') {
        const char *start = reader.at;

        if (*reader.at == '<' ? !pass_markup(&reader) : !pass_characters(&reader, "<")) {
            return start;
        }
    }
    return reader.depth == 0 ? NULL : "elements that are not closed";
}
