/* SPDX-License-Identifier: MIT */
#include "sim/env/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/history_event.h>
#include <timelapse/json.h>

#define FIRST_CAPACITY ((size_t)32)
#define TYPE_PREFIX    "EVENT_TYPE_"
#define PATH_SIZE      256
#define ATTRIBUTES     "EventAttributes"

/* ---- The tables ---- */

struct fact_row {
    const char *type;
    const char *attributes;
    const char *name;
    const char *link;
    const char *value;
    const char *noun;
    const char *words;
};

static const struct fact_row rows[TL_FACT_KINDS] = {
#define FACT(fact, event_type, attributes_, name_, link_, value_)                                                      \
    [TL_FACT_##fact] = {                                                                                               \
        .type = #event_type, .attributes = #attributes_ ATTRIBUTES, .name = name_, .link = link_, .value = value_},
#include "sim/env/facts.def"
#undef FACT
};

static const char *const nouns[TL_FACT_KINDS] = {
#define NOUN(name, words, noun) noun,
    TL_FACT_MAP(NOUN)
#undef NOUN
};

static const char *const words_of[TL_FACT_KINDS] = {
#define WORDS(name, words, noun) words,
    TL_FACT_MAP(WORDS)
#undef WORDS
};

struct event_type {
    const char *type;
    const char *name;
};

static const struct event_type event_types[] = {
#define EVENT_TYPE(type, name) {#type, #name},
#include "sim/env/event_types.def"
#undef EVENT_TYPE
};

#define EVENT_TYPES (sizeof event_types / sizeof event_types[0])

const char *fact_noun(enum tl_fact_kind kind)
{
    return nouns[kind];
}

const char *fact_words(enum tl_fact_kind kind)
{
    return words_of[kind];
}

const char *view_value_path(enum tl_fact_kind kind)
{
    return rows[kind].value;
}

int event_type_is_known(const char *name, struct nearest *nearest)
{
    int known = 0;

    for (size_t i = 0; i < EVENT_TYPES; i++) {
        known |= strcmp(event_types[i].name, name) == 0;
        nearest_offer(nearest, event_types[i].name);
    }
    return known;
}

/* As people have it; "" for a type that came after this version. */
static const char *name_of_type(const char *type)
{
    for (size_t i = 0; i < EVENT_TYPES; i++) {
        if (strcmp(event_types[i].type, type) == 0) {
            return event_types[i].name;
        }
    }
    return "";
}

/* ---- Making ---- */

void view_init(struct view *view, const struct tl_allocator *allocator)
{
    *view = (struct view){.allocator = allocator};
}

void view_done(struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        tl_text_free(view->events[i].json);
    }
    if (view->events != NULL) {
        view->allocator->free(view->allocator->user, view->events, view->capacity * sizeof *view->events);
    }
    view_init(view, view->allocator);
}

static int reserve(struct view *view, size_t count)
{
    size_t capacity = view->capacity == 0 ? FIRST_CAPACITY : view->capacity;

    while (capacity < view->count + count) {
        capacity *= 2;
    }
    if (capacity == view->capacity) {
        return 1;
    }
    struct view_event *events = view->allocator->alloc(view->allocator->user, capacity * sizeof *events);
    if (events == NULL) {
        return 0;
    }
    if (view->count != 0) {
        memcpy(events, view->events, view->count * sizeof *events);
    }
    if (view->events != NULL) {
        view->allocator->free(view->allocator->user, view->events, view->capacity * sizeof *view->events);
    }
    view->events = events;
    view->capacity = capacity;
    return 1;
}

static struct tl_payload payload_of(const struct view_event *event)
{
    return tl_payload_json_bytes((struct tl_bytes){(const uint8_t *)event->json, event->len});
}

static tl_time read_time(const char *text);

/* What every event says. */
static void read_head(struct view_event *event)
{
    struct tl_payload payload = payload_of(event);
    char text[64];

    if (tl_json_get_string(&payload, "eventId", text, sizeof text, NULL) == TL_OK) {
        event->id = strtoll(text, NULL, 10);
    }
    if (tl_json_get_string(&payload, "eventTime", text, sizeof text, NULL) == TL_OK) {
        event->at = read_time(text);
    }
    if (tl_json_get_string(&payload, "eventType", text, sizeof text, NULL) == TL_OK &&
        strncmp(text, TYPE_PREFIX, sizeof TYPE_PREFIX - 1) == 0) {
        (void)snprintf(event->type, sizeof event->type, "%s", text + sizeof TYPE_PREFIX - 1);
    }
}

enum tl_status view_add(struct view *view, const struct tl_history *history, struct tl_error *error)
{
    size_t length = tl_history_length(history);
    size_t first = view->count;

    if (!reserve(view, length)) {
        return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
    }
    for (size_t i = 0; i < length; i++) {
        struct view_event *event = &view->events[view->count];

        *event = (struct view_event){.first = first};
        enum tl_status status = tl_history_event_json(history, i, &event->json, &event->len, error);
        if (status != TL_OK) {
            return status;
        }
        view->count++;
        read_head(event);
    }
    return TL_OK;
}

/* ---- Times: "2020-01-31T00:00:00.5Z", as proto3 JSON has them ---- */

/* Days since 1970, of the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t of_era = shifted - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t nanoseconds_of(const char *digits)
{
    int64_t value = 0;
    int count = 0;

    for (; *digits >= '0' && *digits <= '9' && count < 9; digits++, count++) {
        value = value * 10 + (*digits - '0');
    }
    for (; count < 9; count++) {
        value *= 10;
    }
    return value;
}

static tl_time read_time(const char *text)
{
    int year;
    int month;
    int day;
    int hour;
    int minute;
    int second;
    int end = 0;

    /* NOLINTNEXTLINE(cert-err34-c): the text was written by this library */
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &end) != 6) {
        return 0;
    }
    int64_t seconds = days_of(year, month, day) * 86400 + (int64_t)hour * 3600 + (int64_t)minute * 60 + second;

    return TL_SECONDS(seconds) + (text[end] == '.' ? nanoseconds_of(text + end + 1) : 0);
}

/* ---- Looking ---- */

enum tl_status
view_get(const struct view *view, size_t position, enum tl_fact_kind kind, const char *path, struct tl_bytes *out_json)
{
    struct tl_payload payload = payload_of(&view->events[position]);
    char whole[PATH_SIZE];

    (void)snprintf(whole, sizeof whole, "%s.%s", rows[kind].attributes, path);
    return tl_json_get(&payload, whole, out_json, NULL);
}

static int get_string(const struct view *view, size_t position, const char *attributes, const char *path, char *text)
{
    struct tl_payload payload = payload_of(&view->events[position]);
    char whole[PATH_SIZE];

    (void)snprintf(whole, sizeof whole, "%s.%s", attributes, path);
    return tl_json_get_string(&payload, whole, text, VIEW_NAME_SIZE, NULL) == TL_OK;
}

/* The event that has the name of a linked one. */
static size_t follow(const struct view *view, size_t position, const struct fact_row *row)
{
    char id[VIEW_NAME_SIZE];

    if (!get_string(view, position, row->attributes, row->link, id)) {
        return view->count;
    }
    long long number = strtoll(id, NULL, 10);
    size_t first = view->events[position].first;

    return number < 1 || (size_t)number > position - first ? view->count : first + (size_t)number - 1;
}

int view_name(const struct view *view, size_t position, enum tl_fact_kind kind, char *name)
{
    const struct fact_row *row = &rows[kind];
    const struct view_event *event = &view->events[position];

    if (kind == TL_FACT_EVENT) {
        (void)snprintf(name, VIEW_NAME_SIZE, "%s", name_of_type(event->type));
        return 1;
    }
    if (strcmp(event->type, row->type) != 0) {
        return 0;
    }
    if (row->name[0] == '\0') {
        return get_string(view, event->first, rows[TL_FACT_WORKFLOW_STARTED].attributes, "workflowType.name", name);
    }
    if (row->link[0] == '\0') {
        return get_string(view, position, row->attributes, row->name, name);
    }
    size_t linked = follow(view, position, row);
    return linked != view->count &&
           get_string(view, linked, rows[TL_FACT_ACTIVITY_SCHEDULED].attributes, row->name, name);
}

static int is_fact(const struct view *view, size_t position, const struct tl_fact *fact)
{
    char name[VIEW_NAME_SIZE];

    return view_name(view, position, fact->kind, name) && (fact->name == NULL || strcmp(fact->name, name) == 0);
}

size_t view_find(const struct view *view, const struct tl_fact *fact, size_t nth)
{
    for (size_t i = 0; i < view->count; i++) {
        if (is_fact(view, i, fact) && --nth == 0) {
            return i;
        }
    }
    return view->count;
}

size_t view_count(const struct view *view, const struct tl_fact *fact)
{
    size_t count = 0;

    for (size_t i = 0; i < view->count; i++) {
        count += (size_t)is_fact(view, i, fact);
    }
    return count;
}

/* Offers a name that does not last. */
static void offer(struct view *view, struct nearest *nearest, const char *name)
{
    nearest_offer(nearest, name);
    if (nearest->name == name) {
        (void)snprintf(view->near, sizeof view->near, "%s", name);
        nearest->name = view->near;
    }
}

int view_knows(struct view *view, const struct tl_fact *fact, struct nearest *nearest)
{
    char name[VIEW_NAME_SIZE];
    int known = 0;

    for (unsigned kind = 0; kind < TL_FACT_KINDS; kind++) {
        if (strcmp(nouns[kind], nouns[fact->kind]) != 0) {
            continue;
        }
        for (size_t i = 0; i < view->count; i++) {
            if (view_name(view, i, (enum tl_fact_kind)kind, name)) {
                known |= strcmp(name, fact->name) == 0;
                offer(view, nearest, name);
            }
        }
    }
    return known;
}

/* ---- How it ends ---- */

static const char *const closing[] = {
    "workflowExecutionCompleted" ATTRIBUTES,
    "workflowExecutionFailed" ATTRIBUTES,
    "workflowExecutionTimedOut" ATTRIBUTES,
    "workflowExecutionCanceled" ATTRIBUTES,
    "workflowExecutionTerminated" ATTRIBUTES,
    "workflowExecutionContinuedAsNew" ATTRIBUTES,
};

/* The attributes of the closing event, or NULL. */
static const char *closing_attributes(const struct view *view)
{
    if (view->count == 0) {
        return NULL;
    }
    struct tl_payload payload = payload_of(&view->events[view->count - 1]);
    struct tl_bytes found;

    for (size_t i = 0; i < sizeof closing / sizeof closing[0]; i++) {
        if (tl_json_get(&payload, closing[i], &found, NULL) == TL_OK) {
            return closing[i];
        }
    }
    return NULL;
}

int view_is_closed(const struct view *view)
{
    return closing_attributes(view) != NULL;
}

void view_next_run(const struct view *view, char *run_id, size_t size)
{
    const char *attributes = closing_attributes(view);
    char id[VIEW_NAME_SIZE] = "";

    if (attributes != NULL && !get_string(view, view->count - 1, attributes, "newExecutionRunId", id)) {
        id[0] = '\0';
    }
    (void)snprintf(run_id, size, "%s", id);
}
