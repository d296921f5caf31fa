/* SPDX-License-Identifier: MIT */
/* Changes of what a run tells about itself. */
#ifndef TIMELAPSE_WORKER_UPSERT_H
#define TIMELAPSE_WORKER_UPSERT_H

#include <timelapse/search_attribute.h>
#include <timelapse/workflow.h>

/* Queues the command and changes the run's attributes; checked, copied. count > 0. */
void upsert_attributes(struct tl_workflow *wf, const struct tl_search_attribute *attributes, size_t count);

/* The same with the memo. A value of nothing - no data, JSON null, an empty list - takes its field away. */
void upsert_memo(struct tl_workflow *wf, const struct tl_field *fields, size_t count);

#endif
