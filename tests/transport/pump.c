/* SPDX-License-Identifier: MIT */
#include "tests/transport/pump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "worker/runtime/driver_private.h"

static void wake(void *user)
{
    struct pump *pump = user;

    (void)pthread_mutex_lock(&pump->lock);
    pump->awake = 1;
    (void)pthread_cond_signal(&pump->woken);
    (void)pthread_mutex_unlock(&pump->lock);
}

void pump_init(struct pump *pump, struct channel *channel, const struct tl_allocator *allocator)
{
    memset(pump, 0, sizeof(*pump));
    (void)pthread_mutex_init(&pump->lock, NULL);
    (void)pthread_cond_init(&pump->woken, NULL);
    pump->driver = tl_driver_new(&(struct tl_driver_options){.allocator = allocator}, NULL);
    assert_non_null(pump->driver);
    pump->driver->mailbox.wake = wake;
    pump->driver->mailbox.waker = pump;
    pump->view = channel_service_new(channel, pump->driver);
    assert_non_null(pump->view);
    pump->service = channel_service_interface(pump->view);
}

void pump_done(struct pump *pump)
{
    channel_service_free(pump->view);
    tl_driver_free(pump->driver);
    (void)pthread_cond_destroy(&pump->woken);
    (void)pthread_mutex_destroy(&pump->lock);
}

static void on_reply(void *user, struct tl_reply *reply)
{
    struct outcome *outcome = user;

    assert_null(outcome->reply);
    outcome->reply = reply;
}

void pump_ask(
    struct pump *pump, struct outcome *outcome, enum rpc rpc, const void *message, const struct tl_request *more)
{
    struct tl_request request = more != NULL ? *more : (struct tl_request){.deadline = 0};

    request.rpc = &rpc_table[rpc];
    request.message = message;
    *outcome = (struct outcome){.reply = NULL};
    assert_int_equal(tl_service_call(pump->service, &request, on_reply, outcome, &outcome->call), TL_OK);
    assert_null(outcome->reply);
}

struct tl_reply *pump_wait(struct pump *pump, struct outcome *outcome)
{
    while (outcome->reply == NULL) {
        if (tl_driver_step(pump->driver) == TL_STEP_RAN) {
            continue;
        }
        (void)pthread_mutex_lock(&pump->lock);
        while (!pump->awake) {
            (void)pthread_cond_wait(&pump->woken, &pump->lock);
        }
        pump->awake = 0;
        (void)pthread_mutex_unlock(&pump->lock);
    }
    return outcome->reply;
}

struct tl_reply *pump_call(struct pump *pump, enum rpc rpc, const void *message, const struct tl_request *more)
{
    struct outcome outcome;

    pump_ask(pump, &outcome, rpc, message, more);
    return pump_wait(pump, &outcome);
}
