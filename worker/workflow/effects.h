/* SPDX-License-Identifier: MIT */
/* What a run has learned by markers: the versions that it goes by, its side effects. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_EFFECTS_H
#define TIMELAPSE_WORKER_WORKFLOW_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

struct tl_workflow;

struct effects {
    struct map versions; /* struct change by id */
    struct map patches;
    const char **goes_by; /* what the search attribute lists, sorted */
    size_t goes_by_count;
    size_t goes_by_capacity;
    size_t goes_by_bytes; /* as JSON, but for its brackets */
    int64_t side_effects; /* so far */
    struct map mutables;  /* struct mutable_effect by id */
};

/* The run's, made when first asked for. */
struct effects *effects_of(struct tl_workflow *wf);

/* Gives back what effects_of made, if anything. */
void effects_done(struct tl_workflow *wf);

#endif
