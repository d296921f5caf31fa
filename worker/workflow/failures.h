/* SPDX-License-Identifier: MIT */
/* Failures that workflow code makes, in the run's arena. */
#ifndef TIMELAPSE_WORKER_WORKFLOW_FAILURES_H
#define TIMELAPSE_WORKER_WORKFLOW_FAILURES_H

#include <timelapse/workflow.h>

#include "model/pb.h"

/* What this SDK writes into Failure.source. */
#define FAILURE_SOURCE "CSDK"

/* "canceled", with and without details. */
const Pb__Failure *failure_canceled(struct tl_workflow *wf);
const Pb__Failure *failure_canceled_details(struct tl_workflow *wf, const Pb__Payloads *details);

/* An application failure; everything is copied. options: NULL for none. */
const Pb__Failure *failure_application(
    struct tl_workflow *wf, const char *type, const char *message, const struct tl_fail_options *options);

#endif
