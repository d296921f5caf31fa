/* SPDX-License-Identifier: MIT */
/* A worker's line to the service: as it is, or with every reply late. */
#include <stdlib.h>

#include "sim/env/environment.h"

/* A call whose reply will be late, or a record without a use. */
struct line_call {
    struct line_call *next;
    struct line *line;
    struct tl_call *inner; /* until its reply is there */
    struct tl_reply *reply;
    struct tl_alarm *alarm;
    tl_reply_fn *on_reply;
    void *user;
};

static struct line *line_of(struct tl_service *service)
{
    return (struct line *)service;
}

/* ---- Records ---- */

static struct line_call *take_record(struct line *line);

static void give_record_back(struct line_call *call)
{
    struct line *line = call->line;
    struct line_call **link = &line->calls;

    while (*link != call) {
        link = &(*link)->next;
    }
    *link = call->next;
    call->next = line->unused;
    line->unused = call;
}

/* ---- Replies ---- */

static void deliver(void *user)
{
    struct line_call *call = user;
    struct tl_reply *reply = call->reply;
    tl_reply_fn *on_reply = call->on_reply;
    void *for_whom = call->user;

    call->reply = NULL;
    give_record_back(call);
    on_reply(for_whom, reply);
}

static void keep_reply(void *user, struct tl_reply *reply)
{
    struct line_call *call = user;
    struct line *line = call->line;

    call->inner = NULL;
    call->reply = reply;
    TL_IGNORE(tl_alarm_set(call->alarm, tl_driver_now(line->env->driver) + line->delay));
}

static struct line_call *take_record(struct line *line)
{
    struct line_call *call = line->unused;

    if (call != NULL) {
        line->unused = call->next;
    } else {
        call = env_alloc(&line->env->memory, sizeof *call);
        if (call == NULL) {
            return NULL;
        }
        call->line = line;
        call->alarm = tl_alarm_new(line->env->driver, NULL, deliver, call);
        if (call->alarm == NULL) {
            return NULL;
        }
    }
    call->next = line->calls;
    line->calls = call;
    return call;
}

/* ---- The service that the worker sees ---- */

static enum tl_status call_service(
    struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    struct line *line = line_of(self);

    if (line->delay == 0) {
        return tl_service_call(line->inner, request, on_reply, user, out_call);
    }
    struct line_call *call = take_record(line);
    if (call == NULL) {
        return TL_NO_MEMORY;
    }
    call->on_reply = on_reply;
    call->user = user;
    enum tl_status status = tl_service_call(line->inner, request, keep_reply, call, &call->inner);
    if (status != TL_OK) {
        give_record_back(call);
        return status;
    }
    if (out_call != NULL) {
        *out_call = (struct tl_call *)call;
    }
    return TL_OK;
}

/* A reply that is on its way comes at once; one that is not, as the service makes it. */
static void cancel_call(struct tl_service *self, struct tl_call *given)
{
    struct line *line = line_of(self);
    struct line_call *call = line->calls;

    while (call != NULL && (struct tl_call *)call != given) {
        call = call->next;
    }
    if (call == NULL) {
        tl_service_cancel(line->inner, given);
    } else if (call->inner != NULL) {
        tl_service_cancel(line->inner, call->inner);
    } else {
        TL_IGNORE(tl_alarm_set(call->alarm, 0));
    }
}

void line_init(struct line *line, struct tl_env *env)
{
    static const struct tl_service_methods methods = {.call = call_service, .cancel = cancel_call};

    *line = (struct line){.service = {&methods}, .inner = env->service, .env = env};
}

void line_done(struct line *line)
{
    for (struct line_call *call = line->calls; call != NULL; call = call->next) {
        tl_reply_unref(call->reply);
    }
    line->calls = NULL;
}
