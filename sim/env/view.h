/* SPDX-License-Identifier: MIT */
/* The histories of a run, or of a chain of runs, as JSON event by event, to look for facts in. */
#ifndef TIMELAPSE_SIM_ENV_VIEW_H
#define TIMELAPSE_SIM_ENV_VIEW_H

#include <timelapse/expect.h>

#include "sim/env/nearest.h"

#define VIEW_NAME_SIZE 256 /* of a name that is compared; longer ones are cut */

struct view_event {
    char *json; /* owned: tl_text_free */
    size_t len;
    char type[64]; /* "TIMER_FIRED" */
    int64_t id;
    tl_time at;
    size_t first; /* where the run begins that it belongs to */
};

struct view {
    const struct tl_allocator *allocator; /* borrowed */
    struct view_event *events;
    size_t count;
    size_t capacity;
    char near[VIEW_NAME_SIZE]; /* what view_knows offered and was found near */
};

void view_init(struct view *view, const struct tl_allocator *allocator);
void view_done(struct view *view);

/* Appends the events of one more run. TL_OK, TL_MALFORMED, TL_NO_MEMORY. */
enum tl_status view_add(struct view *view, const struct tl_history *history, struct tl_error *error);

/* The run that goes on where the last one ends, or "". size: of run_id. */
void view_next_run(const struct view *view, char *run_id, size_t size);

/* Whether the last event closes its run. */
int view_is_closed(const struct view *view);

/* The events of that fact, whatever its nth says: the position of the nth, from 1, or view->count; and how many. */
size_t view_find(const struct view *view, const struct tl_fact *fact, size_t nth);
size_t view_count(const struct view *view, const struct tl_fact *fact);

/* Whether anything of the fact's noun has its name; offers the names that there are. One search at a time. */
int view_knows(struct view *view, const struct tl_fact *fact, struct nearest *nearest);

/* The name of the fact that the event is, or of any of the same noun; 0: it is none such. */
int view_name(const struct view *view, size_t position, enum tl_fact_kind kind, char *name);

/* The JSON text at `path` below the event's attributes for that kind. TL_NOT_FOUND. */
enum tl_status
view_get(const struct view *view, size_t position, enum tl_fact_kind kind, const char *path, struct tl_bytes *out_json);

/* Where the payload of the fact lies below the attributes; "": it has none. */
const char *view_value_path(enum tl_fact_kind kind);

/* "activity type" of TL_FACT_ACTIVITY_STARTED; "activity started" of the same. */
const char *fact_noun(enum tl_fact_kind kind);
const char *fact_words(enum tl_fact_kind kind);

/* Whether there is such a type of event; offers all to `nearest`. */
int event_type_is_known(const char *name, struct nearest *nearest);

#endif
