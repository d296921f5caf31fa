/* SPDX-License-Identifier: MIT */
/* Activities of workflow code. */
#ifndef TIMELAPSE_WORKER_ACTIVITY_MACHINE_H
#define TIMELAPSE_WORKER_ACTIVITY_MACHINE_H

#include <timelapse/workflow.h>

/* Schedules an activity in the current scope. type, input, options: copied as far as they are needed. */
struct tl_future *activity_start(
    struct tl_workflow *wf, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options);

#endif
