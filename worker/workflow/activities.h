/* SPDX-License-Identifier: MIT */
/* What makes an activity that workflow code asks for one that the server would take. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_ACTIVITIES_H
#define TIMELAPSE_WORKER_WORKFLOW_ACTIVITIES_H

#include <timelapse/workflow.h>

/* Misuse, naming the field, of what is out of range or missing. function: the public one that was called. */
void activities_check(
    struct tl_workflow *wf, const char *function, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options);

#endif
