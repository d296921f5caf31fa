/* SPDX-License-Identifier: MIT */
/* The end of a workflow. */
#ifndef TIMELAPSE_WORKER_CLOSE_H
#define TIMELAPSE_WORKER_CLOSE_H

#include <timelapse/workflow.h>

/* Queues the closing command for wf->outcome, whose status is TL_OK, TL_FAILED, TL_CANCELED or TL_CONTINUE_AS_NEW. */
void close_workflow(struct tl_workflow *wf);

#endif
