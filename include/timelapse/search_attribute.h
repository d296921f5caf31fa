/* SPDX-License-Identifier: MIT */
/*
 * Search attributes: named values by which a service lists runs. A workflow is started with some, and sets
 * others while it runs. Their names and types are registered with the service, for a whole namespace.
 */
#ifndef TIMELAPSE_SEARCH_ATTRIBUTE_H
#define TIMELAPSE_SEARCH_ATTRIBUTE_H

#include <stddef.h>
#include <stdint.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values of temporal.api.enums.v1.IndexedValueType. */
enum tl_search_type {
    TL_SEARCH_UNSET = 0, /* there is no value: to take one away */
    TL_SEARCH_TEXT = 1,  /* a text that is searched word by word */
    TL_SEARCH_KEYWORD = 2,
    TL_SEARCH_INT = 3,
    TL_SEARCH_DOUBLE = 4,
    TL_SEARCH_BOOL = 5,
    TL_SEARCH_DATETIME = 6,
    TL_SEARCH_KEYWORD_LIST = 7
};

/* A value with its name; of the members below the type only its own counts. All pointers are borrowed. */
struct tl_search_attribute {
    const char *name; /* 1 to 1,000 bytes of UTF-8 */
    enum tl_search_type type;
    const char *text;         /* text, keyword: UTF-8 */
    int64_t integer;          /* int */
    double number;            /* double: finite */
    int truth;                /* bool: 0 is false, everything else true */
    tl_time time;             /* datetime */
    const char *const *items; /* keyword list; none: the same as unset */
    size_t count;
};

/* One of each type, borrowing what is given. Any thread. */
TL_API struct tl_search_attribute tl_search_text(const char *name, const char *text);
TL_API struct tl_search_attribute tl_search_keyword(const char *name, const char *keyword);
TL_API struct tl_search_attribute tl_search_int(const char *name, int64_t value);
TL_API struct tl_search_attribute tl_search_double(const char *name, double value);
TL_API struct tl_search_attribute tl_search_bool(const char *name, int value);
TL_API struct tl_search_attribute tl_search_datetime(const char *name, tl_time time);
TL_API struct tl_search_attribute tl_search_keywords(const char *name, const char *const *items, size_t count);
TL_API struct tl_search_attribute tl_search_unset(const char *name);

/* A custom one, as a server's operator registers it. */
struct tl_search_definition {
    const char *name;
    enum tl_search_type type;
};

/*
 * The run's search attribute of that name as it stands: what the run started with and what it set or took
 * away since. Borrowed from the run. NULL: there is none, or one of a type that is not told above.
 */
TL_API const struct tl_search_attribute *tl_workflow_search_attribute(struct tl_workflow *wf, const char *name);

/*
 * Sets search attributes and takes unset ones away; the others stay. Written to history with the task,
 * in its place among what the workflow asked for; a canceled scope does not keep it from that. count > 0;
 * no name twice; "TemporalChangeVersion" is the library's own. A name or a type that the service does not
 * know fails the workflow task.
 */
TL_API void
tl_upsert_search_attributes(struct tl_workflow *wf, const struct tl_search_attribute *attributes, size_t count);

#ifdef __cplusplus
}
#endif
#endif
