/* SPDX-License-Identifier: MIT */
#include "tests/threads/front.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/history.h>
#include <timelapse/service.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "base/pool.h"
#include "model/message.h"
#include "model/rpc.h"
#include "tests/transport/peer.h"
#include "worker/threads/threads.h"

struct front {
    struct tl_driver *driver;
    struct tl_sim *sim;
    struct peer *peer;
    size_t calls[RPC_COUNT]; /* atomic */
};

/*
 * A call on its way: posted by the peer's thread, all else on the driver's. It ends when the service has answered; one
 * that was given up when that is known here as well.
 */
struct visit {
    struct tl_post arrival;
    struct tl_post departure; /* it is given up */
    struct front *front;
    struct peer_call *caller;
    const struct tl_rpc *rpc;
    struct tl_call *call; /* NULL: not asked yet, or answered */
    bool answered;
    bool departed;
    size_t len;
    uint8_t request[];
};

/* ---- On the driver's thread ---- */

static struct peer_rule read_reply(struct arena *arena, const struct tl_reply *reply)
{
    struct peer_rule rule = {.code = reply->grpc_code, .text = reply->text};

    if (reply->message != NULL) {
        rule.message = message_pack(arena, reply->message);
    }
    if (reply->details != NULL) {
        rule.details = message_pack(arena, reply->details);
    }
    return rule;
}

static void answer(struct visit *visit, const struct peer_rule *rule)
{
    visit->call = NULL;
    visit->answered = true;
    if (peer_reply(visit->caller, rule) || visit->departed) {
        free(visit);
    }
}

static void on_reply(void *user, struct tl_reply *reply)
{
    struct visit *visit = user;
    struct arena arena;

    arena_init(&arena, tl_driver_pool(visit->front->driver));
    const struct peer_rule rule = read_reply(&arena, reply);
    answer(visit, &rule);
    arena_done(&arena);
    tl_reply_unref(reply);
}

static enum tl_status ask(struct visit *visit, struct arena *arena, struct tl_error *error)
{
    struct tl_request request = {.rpc = visit->rpc, .deadline = TL_NEVER};
    void *message = NULL;
    enum tl_status status =
        message_unpack(arena, visit->rpc->request, (struct tl_bytes){visit->request, visit->len}, &message, error);

    if (status != TL_OK) {
        return status;
    }
    request.message = message;
    return tl_service_call(tl_sim_service(visit->front->sim), &request, on_reply, visit, &visit->call);
}

static void on_arrival(struct tl_post *post)
{
    struct visit *visit = CONTAINER_OF(post, struct visit, arrival);
    struct tl_error error = {.message = "the service has stopped"};
    struct arena arena;

    arena_init(&arena, tl_driver_pool(visit->front->driver));
    enum tl_status status = ask(visit, &arena, &error);
    if (status != TL_OK) {
        answer(visit, &(struct peer_rule){.code = tl_status_to_grpc(status), .text = error.message});
    }
    arena_done(&arena);
}

static void on_departure(struct tl_post *post)
{
    struct visit *visit = CONTAINER_OF(post, struct visit, departure);

    visit->departed = true;
    if (visit->answered) {
        free(visit);
    } else {
        tl_service_cancel(tl_sim_service(visit->front->sim), visit->call);
    }
}

/* ---- On the peer's ---- */

static void on_call(void *user, struct peer_call *caller, const char *path, struct tl_bytes request)
{
    struct front *front = user;
    struct visit *visit = calloc(1, sizeof(*visit) + request.len);

    CHECK(visit != NULL);
    visit->arrival.run = on_arrival;
    visit->departure.run = on_departure;
    visit->front = front;
    visit->caller = caller;
    visit->rpc = tl_rpc_find(path);
    CHECK(visit->rpc != NULL);
    visit->len = request.len;
    if (request.len > 0) {
        memcpy(visit->request, request.data, request.len);
    }
    peer_call_keep(caller, visit);
    __atomic_add_fetch(&front->calls[visit->rpc->index], 1, __ATOMIC_RELEASE);
    tl_driver_post(front->driver, &visit->arrival);
}

/* Posted after its arrival: the call is asked, or answered, by then. */
static void on_given_up(void *user, struct peer_call *caller)
{
    const struct front *front = user;

    tl_driver_post(front->driver, &((struct visit *)peer_call_kept(caller))->departure);
}

/* ---- Life ---- */

struct front *front_new(void)
{
    struct front *front = calloc(1, sizeof(*front));
    struct tl_error error;

    CHECK(front != NULL);
    front->driver = threads_driver_new(NULL, &error);
    assert_non_null(front->driver);
    unsigned held = threads_lock(front->driver);
    front->sim = tl_sim_new(front->driver, NULL, &error);
    threads_unlock(front->driver, held);
    assert_non_null(front->sim);
    front->peer = peer_new(&(struct peer_options){0});
    peer_asks(front->peer, &(struct peer_handler){on_call, on_given_up, front});
    return front;
}

struct last_post {
    struct tl_post post;
    int ran; /* the driver's thread */
};

static void on_last(struct tl_post *post)
{
    CONTAINER_OF(post, struct last_post, post)->ran = 1;
}

static int has_run(void *user)
{
    return ((const struct last_post *)user)->ran;
}

/* Nothing is posted once the peer is gone, and what it posted runs in the order of posting. */
void front_free(struct front *front)
{
    struct last_post last = {.post.run = on_last};

    if (front == NULL) {
        return;
    }
    peer_free(front->peer);
    tl_driver_post(front->driver, &last.post);
    CHECK(tl_driver_run(front->driver, has_run, &last, 0) == TL_OK);
    unsigned held = threads_lock(front->driver);
    tl_sim_free(front->sim);
    threads_unlock(front->driver, held);
    tl_driver_free(front->driver);
    free(front);
}

/* ---- Looking ---- */

const char *front_address(const struct front *front)
{
    return peer_address(front->peer);
}

struct tl_driver *front_driver(struct front *front)
{
    return front->driver;
}

struct tl_service *front_service(struct front *front)
{
    return tl_sim_service(front->sim);
}

struct tl_history *front_history(struct front *front, const char *workflow_id)
{
    struct tl_history *history = NULL;
    unsigned held = threads_lock(front->driver);

    CHECK(tl_sim_history(front->sim, "default", workflow_id, NULL, 0, &history) == TL_OK);
    threads_unlock(front->driver, held);
    return history;
}

size_t front_calls(struct front *front, const char *method)
{
    for (size_t i = 0; i < RPC_COUNT; i++) {
        if (strcmp(rpc_table[i].name, method) == 0) {
            return __atomic_load_n(&front->calls[i], __ATOMIC_ACQUIRE);
        }
    }
    return 0;
}
