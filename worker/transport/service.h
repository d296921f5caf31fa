/* SPDX-License-Identifier: MIT */
/*
 * A channel as a driver's service. One channel may have several, each on a driver of its own; all are freed before it.
 *
 * A call without a deadline has the method's own: 70 s for polls, which servers end after 60 s, and 30 s for the others
 * (sdk-core, crates/client/src/lib.rs). A deadline is turned into a length on the driver's clock, which passes in real
 * time.
 */
#ifndef TIMELAPSE_TRANSPORT_SERVICE_H
#define TIMELAPSE_TRANSPORT_SERVICE_H

#include <timelapse/driver.h>
#include <timelapse/service.h>

#include "worker/transport/channel.h"

struct channel_service;

/* NULL when out of memory. Driver's thread. */
struct channel_service *channel_service_new(struct channel *channel, struct tl_driver *driver);

/* Calls under way are given up and never answered; waits for the channel's thread to let go. NULL is fine. Driver's
 * thread. */
void channel_service_free(struct channel_service *service);

/* Borrowed until it is freed. */
struct tl_service *channel_service_interface(struct channel_service *service);

#endif
