/* SPDX-License-Identifier: MIT */
/* Application failures as workflow and activity code make them. */
#ifndef TIMELAPSE_WORKER_REGISTRY_FAIL_H
#define TIMELAPSE_WORKER_REGISTRY_FAIL_H

#include <timelapse/failure.h>
#include <timelapse/status.h>

#include "model/pb.h"

/* What this SDK writes into Failure.source. */
#define FAIL_SOURCE "CSDK"

/* TL_OK, or TL_INVALID_ARGUMENT naming the field ("cause.details"); see option.h. NULL is fine. */
enum tl_status fail_check(const struct tl_fail_options *options, struct tl_error *error);

/* The same of a chain that is called `field`: of those links that the caller made. */
enum tl_status fail_check_chain(const char *field, const struct tl_failure *failure, struct tl_error *error);

/* A copy that ends before what is no UTF-8; NULL: "". */
char *fail_text(struct arena *arena, const char *text);

/*
 * A failure of no kind yet. The wire takes UTF-8 alone, and a failure that cannot be told would hide
 * what happened: texts end before what is none. message: NULL for "".
 */
Pb__Failure *fail_new(struct arena *arena, const char *message);

/* An application failure; everything is copied. options: NULL for none. */
Pb__Failure *
fail_application(struct arena *arena, const char *type, const char *message, const struct tl_fail_options *options);

/*
 * A chain that the caller has or made (20 links), copied; texts of the message's own end before what is no UTF-8.
 * NULL gives NULL.
 */
Pb__Failure *fail_chain(struct arena *arena, const struct tl_failure *failure);

/*
 * The same for an attempt: servers take nothing but application failures for those they know by token (temporal,
 * frontend, RespondActivityTaskFailed), so a chain of another kind becomes the cause of one whose type is the kind's
 * name, "TimeoutFailure" and so on.
 */
Pb__Failure *fail_attempt_chain(struct arena *arena, const struct tl_failure *failure);

#endif
