/* SPDX-License-Identifier: MIT */
/* Requests on a channel, many at a time: cheaper on this side than a client's, so that the server is what is measured.
 */
#ifndef TIMELAPSE_BENCH_SERVER_ASKS_H
#define TIMELAPSE_BENCH_SERVER_ASKS_H

#include <stddef.h>
#include <timelapse/connection.h>

struct asks;

/* most: requests that may be under way. */
struct asks *asks_new(struct tl_connection *connection, size_t most);

/* Cancels what was not answered. */
void asks_free(struct asks *asks);

/* Asks for the method of that index (model/rpc.h). When the most are under way, waits for all of them first. */
void asks_send(struct asks *asks, int rpc, const void *message);

/* Waits for all of them. Each must have been granted. */
void asks_wait(struct asks *asks);

#endif
