/* SPDX-License-Identifier: MIT */
/* Timers of workflow code. */
#ifndef TIMELAPSE_WORKER_TIMER_H
#define TIMELAPSE_WORKER_TIMER_H

#include <timelapse/workflow.h>

/* Starts a timer of the current scope; duration > 0. */
struct tl_future *timer_start(struct tl_workflow *wf, tl_duration duration);

#endif
