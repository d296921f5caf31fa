/* SPDX-License-Identifier: MIT */
/* What of the schema the recordings show. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "model/event.h"
#include "model/history.h"
#include "model/schema.h"
#include "tests/conformance/judge.h"
#include "tests/conformance/judged_history.h"

/* How many rows there are. They may not become more; when they are fewer, so is the number. */
enum {
    UNSEEN_ROWS = 2
};

#define MOST_FACTS 4000
#define FACT_NAME  160
#define PREFIX     "EVENT_TYPE_"
#define ANY        "ANY" /* what every event has */

struct row {
    const char *event;
    const char *what;
    bool is_beyond;
    bool used;
};

static struct row rows[] = {
#define BEYOND(event, what, why) {#event, what, true, false},
#define UNSEEN(event, what, why) {#event, what, false, false},
#include "tests/conformance/coverage.def"
    {"", "", true, true}, /* so that there is one */
};

enum {
    UNSEEN_COUNT = 0
#define UNSEEN(event, what, why) +1
#include "tests/conformance/coverage.def"
};

_Static_assert((int)UNSEEN_COUNT == (int)UNSEEN_ROWS, "rows of coverage.def that differ from the number here");

/* Something that a recording can show: an event, a field of it, a value of a field. */
struct fact {
    const char *event;
    char what[FACT_NAME];
    bool seen;
};

struct coverage {
    struct fact facts[MOST_FACTS];
    size_t count;
};

static struct fact *find(struct coverage *coverage, const char *event, const char *what)
{
    for (size_t i = 0; i < coverage->count; i++) {
        struct fact *fact = &coverage->facts[i];

        if (strcmp(fact->event, event) == 0 && strcmp(fact->what, what) == 0) {
            return fact;
        }
    }
    return NULL;
}

/* ---- What there is ---- */

static void add(struct coverage *coverage, const char *event, const char *field, const struct schema_value *value)
{
    struct fact *fact = &coverage->facts[coverage->count++];

    CHECK(coverage->count < MOST_FACTS);
    fact->event = event;
    if (value == NULL) {
        (void)snprintf(fact->what, sizeof fact->what, "%s", field);
    } else {
        (void)snprintf(
            fact->what, sizeof fact->what, "%s=%.*s", field, (int)value->name_len, schema_text(value->name) + 1);
    }
}

static void add_fields(struct coverage *coverage, const char *event, const struct schema_message *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct schema_field *field = schema_field_at(type, i);

        if ((field->flags & SCHEMA_ONEOF) != 0) {
            continue; /* an event's attributes */
        }
        add(coverage, event, schema_text(field->name), NULL);
        const struct schema_enum *values = &schema_enums[field->target];
        bool has_values = field->type == PROTOBUF_C_TYPE_ENUM && strcmp(event, ANY) != 0; /* events are told as such */
        for (size_t v = 0; has_values && v < values->value_count; v++) {
            if (schema_values[values->first_value + v].number != 0) {
                add(coverage, event, schema_text(field->name), &schema_values[values->first_value + v]);
            }
        }
    }
}

static const char *name_of(const struct schema_value *type, char *name, size_t size)
{
    (void)snprintf(
        name,
        size,
        "%.*s",
        (int)(type->name_len - (sizeof PREFIX - 1)),
        schema_text(type->name) + 1 + (sizeof PREFIX - 1));
    return name;
}

/* The attributes' type by the event's name: "TIMER_FIRED" has timer_fired_event_attributes. */
static const struct schema_message *attributes_of(const char *event)
{
    const struct schema_message *header = schema_of(&pb__history_event__descriptor);
    char name[FACT_NAME];
    size_t len = 0;

    for (const char *at = event; *at != '\0' && len < sizeof name - 1; at++) {
        name[len++] = (char)(*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
    }
    (void)snprintf(name + len, sizeof name - len, "_event_attributes");
    const struct schema_field *field = schema_field_by_name(header, name, strlen(name));
    return field == NULL ? NULL : schema_target(field);
}

static bool row_matches(struct row *row, const char *event, const char *what)
{
    return strcmp(row->event, event) == 0 && strcmp(row->what, what) == 0;
}

static struct row *row_of(const char *event, const char *what)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (row_matches(&rows[i], event, what)) {
            return &rows[i];
        }
    }
    return NULL;
}

static void add_events(struct coverage *coverage)
{
    const struct schema_message *header = schema_of(&pb__history_event__descriptor);
    const struct schema_field *field = schema_field_by_name(header, "event_type", strlen("event_type"));
    const struct schema_enum *types = &schema_enums[field->target];

    add_fields(coverage, ANY, header);
    for (size_t i = 0; i < types->value_count; i++) {
        const struct schema_value *type = &schema_values[types->first_value + i];
        char name[FACT_NAME];

        if (type->number == 0) {
            continue;
        }
        const char *event = strdup(name_of(type, name, sizeof name));
        CHECK(event != NULL);
        add(coverage, event, "", NULL);
        const struct schema_message *attributes = attributes_of(event);
        const struct row *row = row_of(event, "");
        if (attributes != NULL && (row == NULL || !row->is_beyond)) {
            add_fields(coverage, event, attributes);
        }
    }
}

/* ---- What is shown ---- */

static bool is_shown(const void *message, const struct schema_field *field)
{
    return (field->flags & SCHEMA_REPEATED) != 0 ? schema_count_of(message, field) > 0 : schema_is_set(field, message);
}

static void see(struct coverage *coverage, const char *event, const char *what)
{
    struct fact *fact = find(coverage, event, what);

    if (fact != NULL) {
        fact->seen = true;
    }
}

static void see_value(struct coverage *coverage, const char *event, const struct schema_field *field, int32_t number)
{
    const struct schema_value *value = schema_value_by_number(field->target, number);
    char what[FACT_NAME];

    if (value != NULL) {
        (void)snprintf(
            what, sizeof what, "%s=%.*s", schema_text(field->name), (int)value->name_len, schema_text(value->name) + 1);
        see(coverage, event, what);
    }
}

static void see_fields(struct coverage *coverage, const char *event, const ProtobufCMessage *message)
{
    const struct schema_message *type = schema_of(message->descriptor);

    for (size_t i = 0; i < type->field_count; i++) {
        const struct schema_field *field = schema_field_at(type, i);

        if ((field->flags & SCHEMA_ONEOF) != 0 || !is_shown(message, field)) {
            continue;
        }
        see(coverage, event, schema_text(field->name));
        bool is_repeated = (field->flags & SCHEMA_REPEATED) != 0;
        const void *slot = schema_const_slot(message, field);
        const int32_t *numbers = is_repeated ? *(const int32_t *const *)slot : slot;
        size_t count = field->type != PROTOBUF_C_TYPE_ENUM ? 0 : is_repeated ? schema_count_of(message, field) : 1;
        for (size_t v = 0; v < count; v++) {
            see_value(coverage, event, field, numbers[v]);
        }
    }
}

static void see_history(struct coverage *coverage, const struct tl_history *history)
{
    const struct schema_message *header = schema_of(&pb__history_event__descriptor);
    const struct schema_field *field = schema_field_by_name(header, "event_type", strlen("event_type"));

    for (size_t i = 0; i < history->count; i++) {
        const Pb__HistoryEvent *event = history->events[i];
        const struct schema_value *type = schema_value_by_number(field->target, (int32_t)event->event_type);
        char name[FACT_NAME];

        if (type != NULL) {
            see(coverage, name_of(type, name, sizeof name), "");
            see_fields(coverage, ANY, &event->base);
            see_fields(coverage, name, event_attributes(event));
        }
    }
}

static void see_all(struct coverage *coverage, const char *path)
{
    struct judged_folder recorded;

    judged_folder_init(&recorded, path);
    for (size_t i = 0; i < recorded.count; i++) {
        struct tl_history *history;
        struct tl_error error;

        if (tl_history_from_file(recorded.paths[i], NULL, &history, &error) != TL_OK) {
            (void)fprintf(stderr, "%s: %s\n", recorded.paths[i], error.message);
            exit(2);
        }
        see_history(coverage, history);
        tl_history_unref(history);
    }
    judged_folder_done(&recorded);
}

/* ---- What is missing ---- */

/* The field of a value, the event of a field: when that is missing, what is part of it need not be told. */
static bool is_part_of_missing(struct coverage *coverage, const struct fact *fact)
{
    char field[FACT_NAME];

    (void)snprintf(field, sizeof field, "%.*s", (int)strcspn(fact->what, "="), fact->what);
    const struct fact *whole =
        strcmp(field, fact->what) == 0 ? find(coverage, fact->event, "") : find(coverage, fact->event, field);
    return fact->what[0] != '\0' && whole != NULL && !whole->seen;
}

static size_t tell_missing(struct coverage *coverage, size_t *shown)
{
    size_t missing = 0;

    for (size_t i = 0; i < coverage->count; i++) {
        const struct fact *fact = &coverage->facts[i];
        struct row *row = row_of(fact->event, fact->what);

        *shown += fact->seen;
        if (fact->seen || is_part_of_missing(coverage, fact)) {
            continue;
        }
        if (row != NULL) {
            row->used = true;
        } else {
            printf("%s %s: no recording shows it\n", fact->event, fact->what);
            missing++;
        }
    }
    return missing;
}

static size_t tell_stale(void)
{
    size_t stale = 0;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!rows[i].used) {
            printf("coverage.def: %s %s: it is shown, or there is no such thing\n", rows[i].event, rows[i].what);
            stale++;
        }
    }
    return stale;
}

int judge_coverage(int count, char **arguments)
{
    static struct coverage coverage;
    size_t shown = 0;

    (void)count;
    add_events(&coverage);
    see_all(&coverage, arguments[0]);
    size_t missing = tell_missing(&coverage, &shown);
    size_t stale = tell_stale();
    printf(
        "%zu event types, fields and values are shown, %zu missing; coverage.def has %d that are not, %zu for "
        "nothing\n",
        shown,
        missing,
        UNSEEN_ROWS,
        stale);
    return missing > 0 || stale > 0;
}
