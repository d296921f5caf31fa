/* SPDX-License-Identifier: MIT */
/* Failure chains between Temporal's message and timelapse/failure.h. */
#ifndef TIMELAPSE_MODEL_FAILURE_H
#define TIMELAPSE_MODEL_FAILURE_H

#include <timelapse/failure.h>

#include "model/pb.h"

/* How deep a chain may be; deeper causes are cut. */
#define FAILURE_MAX_DEPTH 20

/* What tl_failure.origin points to. A copy of the link, which may have been changed, is not `view`. */
struct failure_origin {
    const struct tl_failure *view;
    const Pb__Failure *message;
};

/*
 * A read-only view of the chain; shares strings and payload bytes with the message, which must
 * outlive it. NULL gives NULL.
 */
const struct tl_failure *failure_view(struct arena *arena, const Pb__Failure *failure);

/*
 * The message of a chain, copied; links that are views are copied from their messages, so that ids,
 * identities and encoded attributes are kept. NULL gives NULL.
 */
Pb__Failure *failure_message(struct arena *arena, const struct tl_failure *failure);

/* "ApplicationError GatewayBusy: text; caused by ..." in one line. */
char *failure_text(struct arena *arena, const struct tl_failure *failure);

#endif
