/* SPDX-License-Identifier: MIT */
/*
 * What history tells of the commands of the task whose code runs, before it runs them: the markers. All of them are
 * read at once when code first asks for one in a task, so that runs without markers do not pay for looking (sdk-core,
 * workflow_machines.rs, reads them before each activation; nothing can tell the difference).
 */
#ifndef TIMELAPSE_WORKER_WORKFLOW_AHEAD_H
#define TIMELAPSE_WORKER_WORKFLOW_AHEAD_H

#include <stdbool.h>

#include "base/list.h"
#include "model/marker.h"

struct tl_workflow;

/* A marker of the task that no code has asked for yet. */
struct foretold {
    struct list_node node;
    struct marker marker; /* upserts: as history shows, whatever the marker says */
};

/* Behind the chunk that is applied; set for each. */
struct ahead {
    Pb__HistoryEvent *const *events;
    size_t count;
    bool known; /* history tells how the task was completed */
    bool read;
    struct list foretold; /* once read: in the order of their events */
};

/*
 * Takes the first marker of the kind with that id (NULL: any) out of those foretold; NULL when there is none. What it
 * holds is the run's.
 */
const struct marker *ahead_take(struct tl_workflow *wf, enum marker_kind kind, const char *id);

/* Whether the event behind a version's marker is the change of the search attribute that goes with it. */
bool ahead_upserts_versions(const Pb__HistoryEvent *event);

/* The same without taking it. */
const struct marker *ahead_find(struct tl_workflow *wf, enum marker_kind kind, const char *id);

#endif
