/* SPDX-License-Identifier: MIT */
/* A priority as users give it: checked, and as the message that travels. */
#ifndef TIMELAPSE_WORKER_REGISTRY_PRIORITY_H
#define TIMELAPSE_WORKER_REGISTRY_PRIORITY_H

#include <timelapse/options.h>
#include <timelapse/status.h>

#include "model/pb.h"

/* TL_OK, or TL_INVALID_ARGUMENT naming the field ("priority.key"). */
enum tl_status priority_check(const struct tl_priority *priority, struct tl_error *error);

/* What the message says, sharing its strings; fairness_key is never NULL. NULL gives the default. */
struct tl_priority priority_view(const Pb__Priority *priority);

/* A copy in the arena; NULL when all of it is default. */
Pb__Priority *priority_message(struct arena *arena, const struct tl_priority *priority);

#endif
