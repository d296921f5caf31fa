/* SPDX-License-Identifier: MIT */
#include "bench/transport/echo.h"

#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "bench/transport/report.h"
#include "model/pb.h"
#include "model/rpc.h"
#include "worker/transport/channel.h"

#define LEN_MAX      1000
#define TOGETHER_MAX 64

struct echoes {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct channel_call *done[TOGETHER_MAX];
    size_t done_count;
};

struct slot {
    struct echoes *echoes;
    struct channel_call *call;
};

static void on_answer(void *user, const struct channel_answer *answer)
{
    struct slot *slot = user;
    struct echoes *echoes = slot->echoes;

    require(answer->status == TL_OK, "no echo");
    (void)pthread_mutex_lock(&echoes->lock);
    echoes->done[echoes->done_count++] = slot->call;
    (void)pthread_cond_signal(&echoes->answered);
    (void)pthread_mutex_unlock(&echoes->lock);
}

static void send(struct channel *channel, struct slot *slot, size_t len)
{
    char name[LEN_MAX + 1];
    Pb__RequestCancelWorkflowExecutionRequest request = PB__REQUEST_CANCEL_WORKFLOW_EXECUTION_REQUEST__INIT;
    const struct channel_question question = {
        .rpc = &rpc_table[RPC_RequestCancelWorkflowExecution], .message = &request.base, .timeout = TL_SECONDS(10)};

    CHECK(len <= LEN_MAX);
    memset(name, 'n', len);
    name[len] = '\0';
    request.namespace_ = name;
    require(channel_ask(channel, &question, on_answer, slot, &slot->call, NULL) == TL_OK, "out of memory");
    channel_send(slot->call);
}

/* Waits for one, and releases it; its slot may be sent again. */
static struct slot *take(struct echoes *echoes, struct slot *slots)
{
    (void)pthread_mutex_lock(&echoes->lock);
    while (echoes->done_count == 0) {
        (void)pthread_cond_wait(&echoes->answered, &echoes->lock);
    }
    struct channel_call *call = echoes->done[--echoes->done_count];
    (void)pthread_mutex_unlock(&echoes->lock);
    channel_release(call);
    while (slots->call != call) {
        slots++;
    }
    slots->call = NULL;
    return slots;
}

void echo_many(struct channel *channel, size_t len, size_t count, size_t together)
{
    struct echoes echoes = {.lock = PTHREAD_MUTEX_INITIALIZER, .answered = PTHREAD_COND_INITIALIZER};
    struct slot slots[TOGETHER_MAX] = {{NULL, NULL}};
    size_t sent = 0;

    CHECK(together <= TOGETHER_MAX && together <= count);
    while (sent < together) {
        slots[sent].echoes = &echoes;
        send(channel, &slots[sent++], len);
    }
    for (size_t answered = 0; answered < count; answered++) {
        struct slot *slot = take(&echoes, slots);

        if (sent < count) {
            send(channel, slot, len);
            sent++;
        }
    }
}

void echo(struct channel *channel, size_t len)
{
    echo_many(channel, len, 1, 1);
}
