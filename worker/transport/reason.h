/* SPDX-License-Identifier: MIT */
/* Why a service could not be reached, in words for those who wrote the options. */
#ifndef TIMELAPSE_TRANSPORT_REASON_H
#define TIMELAPSE_TRANSPORT_REASON_H

#include <timelapse/connection.h>
#include <timelapse/service.h>

/*
 * After `limit` at the latest (a look at the server may be worth it): fills `error` with what `reply` (not TL_OK) to
 * `method` says, and what the options have to do with it; returns its status. No secret of the options stands in it.
 */
enum tl_status reason_tell(
    struct tl_error *error, const struct tl_connection_options *options, const char *method,
    const struct tl_reply *reply, tl_duration limit);

#endif
