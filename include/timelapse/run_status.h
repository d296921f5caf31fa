/* SPDX-License-Identifier: MIT */
/* How a workflow's run stands. */
#ifndef TIMELAPSE_RUN_STATUS_H
#define TIMELAPSE_RUN_STATUS_H

#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values of temporal.api.enums.v1.WorkflowExecutionStatus. */
enum tl_run_status {
    TL_RUN_UNKNOWN = 0,
    TL_RUN_RUNNING = 1,
    TL_RUN_COMPLETED = 2,
    TL_RUN_FAILED = 3,
    TL_RUN_CANCELED = 4,
    TL_RUN_TERMINATED = 5,
    TL_RUN_CONTINUED_AS_NEW = 6,
    TL_RUN_TIMED_OUT = 7,
    TL_RUN_PAUSED = 8
};

/* "completed", "continued as new"; never NULL. Any thread. */
TL_API const char *tl_run_status_name(enum tl_run_status status);

#ifdef __cplusplus
}
#endif
#endif
