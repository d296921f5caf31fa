/* SPDX-License-Identifier: MIT */
/* A connection's parts, for those who run workers on it; and what is asked on a channel without a driver. */
#ifndef TIMELAPSE_TRANSPORT_CONNECTION_PRIVATE_H
#define TIMELAPSE_TRANSPORT_CONNECTION_PRIVATE_H

#include <timelapse/connection.h>

#include "worker/transport/channel.h"

/* Borrowed until the connection is freed; other drivers' services may be made on it (service.h). Any thread. */
struct channel *connection_channel(struct tl_connection *connection);

/*
 * Asks and waits for the answer, which comes with the question's timeout at the latest. TL_OK with a reply to be given
 * back with tl_reply_unref, whatever it says; else as channel_ask. Any thread but the channel's.
 */
TL_MUST_CHECK enum tl_status connection_ask(
    struct channel *channel, const struct channel_question *question, struct tl_reply **out_reply,
    struct tl_error *error);

/* What tl_connect asks, within the options' connect_timeout. */
TL_MUST_CHECK enum tl_status
connection_check(struct channel *channel, const struct tl_connection_options *options, struct tl_error *error);

#endif
