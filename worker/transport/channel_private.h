/* SPDX-License-Identifier: MIT */
/* What channel.c, exchange.c, call_metadata.c and credentials.c share: the only files that include gRPC. */
#ifndef TIMELAPSE_TRANSPORT_CHANNEL_PRIVATE_H
#define TIMELAPSE_TRANSPORT_CHANNEL_PRIVATE_H

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <pthread.h>
#include <stdbool.h>
#include <timelapse/allocator.h>

#include "worker/transport/channel.h"

struct pool;

struct channel {
    pthread_mutex_t lock; /* of what follows, up to the line */
    struct pool *pool;    /* of calls and their metadata */
    bool has_api_key;
    grpc_slice authorization; /* "Bearer ..." */
    size_t calls;             /* not released yet */
    /* ---- constant ---- */
    struct tl_allocator allocator; /* channel_take and channel_give */
    grpc_channel *grpc;
    grpc_completion_queue *answers;
    pthread_t thread;
    bool has_thread;
    grpc_metadata *metadata; /* the connection's own and the SDK's name; in the pool */
    size_t metadata_count;
    size_t metadata_room;
};

/* Blocks of the channel's pool; NULL when out of memory. Any thread. */
void *channel_take(struct channel *channel, size_t size);
void channel_give(struct channel *channel, void *memory, size_t size);

/* The credentials of TLS as the options say, or those of none. Owned. */
grpc_channel_credentials *credentials_new(const struct tl_connection_options *options);

/* ---- The metadata of a call (call_metadata.c) ---- */

struct call_metadata {
    grpc_metadata *items;
    size_t count;
    size_t room; /* of items */
};

/* The connection's own: what the options give, then the SDK's. All are owned by the channel. TL_NO_MEMORY. */
enum tl_status call_metadata_of_connection(struct channel *channel, const struct tl_connection_options *options);

/*
 * A call's: what its question brings, its namespace, then what the connection has that is not there yet. Each holds a
 * reference. TL_NO_MEMORY; TL_INVALID_ARGUMENT (names the key).
 */
enum tl_status call_metadata_make(
    struct call_metadata *out, struct channel *channel, const struct channel_question *question,
    struct tl_error *error);
void call_metadata_done(struct call_metadata *metadata, struct channel *channel);

/* ---- Calls (exchange.c) ---- */

/* The completion of a call, on the channel's thread. */
void exchange_finish(struct channel *channel, struct channel_call *call);

#endif
