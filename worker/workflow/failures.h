/* SPDX-License-Identifier: MIT */
/* How canceled work ends, in the run's arena. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_FAILURES_H
#define TIMELAPSE_WORKER_WORKFLOW_FAILURES_H

#include <timelapse/workflow.h>

#include "model/pb.h"

/* "canceled", with and without details. */
const Pb__Failure *failure_canceled(struct tl_workflow *wf);
const Pb__Failure *failure_canceled_details(struct tl_workflow *wf, const Pb__Payloads *details);

#endif
