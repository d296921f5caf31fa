/* SPDX-License-Identifier: MIT */
#include "sim/server/test_service.h"

#include "base/pool.h"
#include "model/pb.h"
#include "model/rpc.h"
#include "sim/server/link.h"
#include "sim/server/method.h"
#include "sim/server/server.h"
#include "sim/server/universe.h"
#include "sim/service/messages.h"

#include <temporal/api/testservice/v1/request_response.pb-c.h>

static const Pb__LockTimeSkippingResponse locked = PB__LOCK_TIME_SKIPPING_RESPONSE__INIT;
static const Pb__UnlockTimeSkippingResponse unlocked = PB__UNLOCK_TIME_SKIPPING_RESPONSE__INIT;
static const Pb__SleepResponse slept = PB__SLEEP_RESPONSE__INIT;

/* ---- Waiting ---- */

/* An exchange that waits for the universe: for a time, or whether its unlock is one of a pair. */
struct time_wait {
    struct universe_wait wait;
    struct exchange *exchange;
};

static void drop(struct time_wait *waiting)
{
    waiting->exchange->use.waiting = NULL;
    pool_free(waiting->exchange->link->server->pool, waiting, sizeof(*waiting));
}

static void refuse_unlock(struct exchange *exchange)
{
    exchange_refuse(
        exchange,
        TL_FAILED_PRECONDITION,
        "time skipping is not locked: this unlock has no lock of its own; nothing is changed");
}

static void on_unlocked(struct universe_wait *wait, enum tl_status status)
{
    struct exchange *exchange = CONTAINER_OF(wait, struct time_wait, wait)->exchange;

    drop(exchange->use.waiting);
    if (status == TL_OK) {
        exchange_answer(exchange, &unlocked);
    } else {
        refuse_unlock(exchange);
    }
}

static void on_slept(struct universe_wait *wait, enum tl_status status)
{
    struct exchange *exchange = CONTAINER_OF(wait, struct time_wait, wait)->exchange;

    drop(exchange->use.waiting);
    if (status == TL_OK) {
        exchange_answer(exchange, &slept);
    } else {
        refuse_unlock(exchange);
    }
}

static struct universe_wait *
begin_wait(struct exchange *exchange, void (*done)(struct universe_wait *wait, enum tl_status status))
{
    struct time_wait *waiting = pool_zalloc(exchange->link->server->pool, sizeof(*waiting));

    waiting->exchange = exchange;
    waiting->wait.peer = exchange->link->peer;
    waiting->wait.done = done;
    exchange->use.waiting = waiting;
    return &waiting->wait;
}

static void on_close(struct exchange *exchange)
{
    if (exchange->use.waiting != NULL) {
        universe_wait_cancel(&exchange->use.waiting->wait);
        drop(exchange->use.waiting);
    }
}

/* ---- Methods ---- */

static void sleep_until(struct exchange *exchange, struct universe *universe, tl_time until, bool unlocks)
{
    universe_sleep(universe, begin_wait(exchange, on_slept), until, unlocks);
}

static void sleep_for(struct exchange *exchange, struct universe *universe, const Pb__SleepRequest *request)
{
    struct tl_error error;
    tl_duration duration = 0;

    if (sim_check_duration(&error, "duration", request->duration, &duration) != TL_OK) {
        exchange_refuse(exchange, TL_INVALID_ARGUMENT, "%s", error.message);
        return;
    }
    sleep_until(
        exchange,
        universe,
        sim_later(tl_driver_now(universe->driver), duration),
        exchange->rpc->index == RPC_UnlockTimeSkippingWithSleep);
}

static void tell_time(struct exchange *exchange, const struct universe *universe)
{
    Pb__GetCurrentTimeResponse response = PB__GET_CURRENT_TIME_RESPONSE__INIT;

    response.time = pb_timestamp(&exchange->arena, tl_driver_now(universe->driver));
    exchange_answer(exchange, &response);
}

static void
sleep_until_request(struct exchange *exchange, struct universe *universe, const Pb__SleepUntilRequest *request)
{
    if (request->timestamp == NULL) {
        exchange_refuse(exchange, TL_INVALID_ARGUMENT, "timestamp is not set");
        return;
    }
    sleep_until(exchange, universe, pb_time(request->timestamp), false);
}

static void serve(struct exchange *exchange, struct universe *universe, const void *request)
{
    switch (exchange->rpc->index) {
    case RPC_LockTimeSkipping:
        universe_lock(universe, exchange->link->peer);
        exchange_answer(exchange, &locked);
        break;
    case RPC_UnlockTimeSkipping:
        universe_unlock(universe, begin_wait(exchange, on_unlocked));
        break;
    case RPC_Sleep:
    case RPC_UnlockTimeSkippingWithSleep:
        sleep_for(exchange, universe, request);
        break;
    case RPC_SleepUntil:
        sleep_until_request(exchange, universe, request);
        break;
    default:
        tell_time(exchange, universe);
        break;
    }
}

static void on_message(struct exchange *exchange, struct tl_bytes message)
{
    if (!method_unary_message(exchange)) {
        return;
    }
    const void *request = method_read(exchange, exchange->rpc->request, message);
    if (request == NULL) {
        return;
    }
    struct universe *universe = method_last_universe(exchange);
    if (universe != NULL) {
        serve(exchange, universe, request);
    }
}

const struct handler test_service_handler = {
    .on_message = on_message,
    .on_end = method_unary_end,
    .on_close = on_close,
};
