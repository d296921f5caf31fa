/* SPDX-License-Identifier: MIT */
/*
 * A gRPC channel, the thread that receives its answers, and calls on it: the one place that knows gRPC (channel.c,
 * exchange.c, credentials.c). Knows no driver: answers are told on the channel's own thread, as bytes.
 *
 * Reading path: options.h (what may be asked for) -> channel.h -> service.h (a tl_service on it) -> connection.c.
 *
 * gRPC's own retries are off, as are its proxy settings from the environment and its global pool of connections:
 * what is said in the options is what happens.
 */
#ifndef TIMELAPSE_TRANSPORT_CHANNEL_H
#define TIMELAPSE_TRANSPORT_CHANNEL_H

#include <timelapse/connection.h>
#include <timelapse/service.h>

struct channel;
struct channel_call;

/*
 * A channel that connects when the first call is made, and again whenever the connection was lost. The options have
 * been checked (options.h) and are borrowed for the call. NULL with `error` filled when out of memory. Any thread.
 */
struct channel *channel_new(const struct tl_connection_options *options, struct tl_error *error);

/* Ends the connection and the thread. No call is left on it. NULL is fine. Any thread but the channel's. */
void channel_free(struct channel *channel);

/* Calls from now on bear it (copied; NULL: none). It has been checked. TL_NO_MEMORY. Any thread. */
TL_MUST_CHECK enum tl_status channel_set_api_key(struct channel *channel, const char *api_key);

/* Memory of the channel's, for what is made of answers; goes with the channel. Its functions: any thread. */
const struct tl_allocator *channel_allocator(const struct channel *channel);

/* What is asked. Borrowed for the call of channel_ask. */
struct channel_question {
    const struct tl_rpc *rpc;
    const struct ProtobufCMessage *message; /* of type rpc->request */
    tl_duration timeout;                    /* > 0, of real time; TL_NEVER: none */
    const struct tl_metadata *metadata;     /* goes before the connection's; what gRPC cannot carry is refused */
    size_t metadata_count;
};

/* What came back: bytes as they were sent, whatever they are. Borrowed for the call of the function that is told. */
struct channel_answer {
    enum tl_status status;   /* TL_TOO_LARGE: the message was above the limit; else as the code says */
    int code;                /* 0 to 16 */
    struct tl_bytes text;    /* the status message */
    struct tl_bytes details; /* grpc-status-details-bin */
    struct tl_bytes message; /* of the reply; nothing unless TL_OK */
};

/* Told once, on the channel's thread, after channel_send has returned or while it still runs. */
typedef void channel_answer_fn(void *user, const struct channel_answer *answer);

/*
 * Makes a call that is not sent yet: TL_OK with it in *out_call, the caller's until channel_release. TL_NO_MEMORY;
 * TL_INVALID_ARGUMENT for metadata that gRPC cannot carry (names the key). Any thread.
 */
TL_MUST_CHECK enum tl_status channel_ask(
    struct channel *channel, const struct channel_question *question, channel_answer_fn *on_answer, void *user,
    struct channel_call **out_call, struct tl_error *error);

/* Sends it, once. Needs some tens of KiB of stack: not on a coroutine. Any thread. */
void channel_send(struct channel_call *call);

/* Gives up waiting: the answer comes soon, TL_CANCELED unless it is on its way. Until channel_release. Any thread. */
void channel_cancel(struct channel_call *call);

/* Frees a call that was answered, or never sent. Not within its channel_answer_fn. Any thread. */
void channel_release(struct channel_call *call);

#endif
