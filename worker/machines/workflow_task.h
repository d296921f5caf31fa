/* SPDX-License-Identifier: MIT */
/* The workflow task as history tells it. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_TASK_H
#define TIMELAPSE_WORKER_WORKFLOW_TASK_H

#include "worker/machines/entity.h"

struct workflow_task {
    struct entity entity; /* first */
    int64_t started_event_id;
    tl_time started_at;
    int64_t history_size;
    bool continue_as_new_suggested;
    unsigned continue_as_new_reasons; /* enum tl_continue_reason */
    const char *reset_run_id;         /* of the last reset, or NULL; borrowed from its event until the next chunk */
};

void workflow_task_init(struct workflow_task *task, struct tl_workflow *wf);

#endif
