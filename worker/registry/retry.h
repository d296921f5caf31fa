/* SPDX-License-Identifier: MIT */
/* A retry policy as users give it, of an activity or of a workflow: checked, and as the message that travels. */
#ifndef TIMELAPSE_WORKER_REGISTRY_RETRY_H
#define TIMELAPSE_WORKER_REGISTRY_RETRY_H

#include <timelapse/options.h>

#include "model/pb.h"

/* TL_OK, or TL_INVALID_ARGUMENT naming the field ("retry.maximum_attempts"). NULL is fine. */
enum tl_status retry_check(const struct tl_retry_policy *retry, struct tl_error *error);

/* What the message says, sharing its strings; NULL gives NULL. */
const struct tl_retry_policy *retry_view(struct arena *arena, const Pb__RetryPolicy *policy);

/* A copy in the arena; NULL gives NULL. */
Pb__RetryPolicy *retry_message(struct arena *arena, const struct tl_retry_policy *retry);

#endif
