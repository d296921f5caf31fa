/* SPDX-License-Identifier: MIT */
#include "bench/server/asks.h"

#include <pthread.h>
#include <stdlib.h>

#include "bench/transport/report.h"
#include "model/rpc.h"
#include "worker/transport/channel.h"
#include "worker/transport/connection_private.h"

struct asks {
    struct channel *channel;
    struct channel_call **calls;
    size_t count;
    size_t most;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t answered;
    size_t under_way;
    size_t refused;
};

struct asks *asks_new(struct tl_connection *connection, size_t most)
{
    struct asks *asks = calloc(1, sizeof(*asks));

    require(asks != NULL, "out of memory");
    asks->channel = connection_channel(connection);
    asks->calls = calloc(most, sizeof(struct channel_call *));
    asks->most = most;
    require(asks->calls != NULL, "out of memory");
    (void)pthread_mutex_init(&asks->lock, NULL);
    (void)pthread_cond_init(&asks->answered, NULL);
    return asks;
}

/* On the channel's thread. */
static void on_answer(void *user, const struct channel_answer *answer)
{
    struct asks *asks = user;

    (void)pthread_mutex_lock(&asks->lock);
    asks->refused += answer->status != TL_OK ? 1 : 0;
    if (--asks->under_way == 0) {
        (void)pthread_cond_signal(&asks->answered);
    }
    (void)pthread_mutex_unlock(&asks->lock);
}

static void settle(struct asks *asks)
{
    (void)pthread_mutex_lock(&asks->lock);
    while (asks->under_way > 0) {
        (void)pthread_cond_wait(&asks->answered, &asks->lock);
    }
    (void)pthread_mutex_unlock(&asks->lock);
    for (; asks->count > 0; asks->count--) {
        channel_release(asks->calls[asks->count - 1]);
    }
}

void asks_wait(struct asks *asks)
{
    settle(asks);
    require(asks->refused == 0, "a call was refused");
}

void asks_free(struct asks *asks)
{
    for (size_t i = 0; i < asks->count; i++) {
        channel_cancel(asks->calls[i]);
    }
    settle(asks);
    (void)pthread_cond_destroy(&asks->answered);
    (void)pthread_mutex_destroy(&asks->lock);
    free(asks->calls);
    free(asks);
}

void asks_send(struct asks *asks, int rpc, const void *message)
{
    const struct channel_question question = {.rpc = &rpc_table[rpc], .message = message, .timeout = TL_MINUTES(2)};

    if (asks->count == asks->most) {
        asks_wait(asks);
    }
    struct channel_call **call = &asks->calls[asks->count++];
    require(channel_ask(asks->channel, &question, on_answer, asks, call, NULL) == TL_OK, "out of memory");
    (void)pthread_mutex_lock(&asks->lock);
    asks->under_way++;
    (void)pthread_mutex_unlock(&asks->lock);
    channel_send(*call);
}
