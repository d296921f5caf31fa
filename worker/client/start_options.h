/* SPDX-License-Identifier: MIT */
/* The options of a start: checked here so that errors name the field, and put into a request. */
#ifndef TIMELAPSE_WORKER_CLIENT_START_OPTIONS_H
#define TIMELAPSE_WORKER_CLIENT_START_OPTIONS_H

#include <timelapse/options.h>
#include <timelapse/status.h>

#include "model/pb.h"

/* TL_OK, or TL_INVALID_ARGUMENT naming the field. options: NULL is not fine, as they name the task queue. */
enum tl_status start_options_check(const struct tl_start_options *options, struct tl_error *error);

/* Checked options, copied into the arena; all but the request id. */
void start_options_fill(
    Pb__StartWorkflowExecutionRequest *request, struct arena *arena, const struct tl_start_options *options);

#endif
