/* SPDX-License-Identifier: MIT */
#include "sim/server/universe_service.h"

#include <timelapse/server/v1/service.pb-c.h>

#include "sim/server/link.h"
#include "sim/server/method.h"
#include "sim/server/server.h"
#include "sim/server/universe.h"

#define REASONS_USUAL 100
#define REASONS_MOST  10000

struct reasons {
    struct arena *arena;
    Pb__Universe__ExplainTimeResponse *response;
};

static void add_reason(void *user, const char *line)
{
    struct reasons *reasons = user;

    reasons->response->reasons[reasons->response->n_reasons++] = arena_strdup(reasons->arena, line);
}

static void explain(struct exchange *exchange, struct universe *universe, size_t most)
{
    Pb__Universe__ExplainTimeResponse response = PB__UNIVERSE__EXPLAIN_TIME_RESPONSE__INIT;
    struct reasons reasons = {.arena = &exchange->arena, .response = &response};
    tl_time next = tl_driver_next_deadline(universe->driver, TL_DEADLINE_WAKING);

    response.current_time = pb_timestamp(&exchange->arena, tl_driver_now(universe->driver));
    response.locked = !locks_are_open(&universe->locks);
    response.next_time = next == TL_NEVER ? NULL : pb_timestamp(&exchange->arena, next);
    response.reasons = ARENA_ARRAY(&exchange->arena, char *, most);
    response.reason_count = (int64_t)universe_why(universe, most, add_reason, &reasons);
    exchange_answer(exchange, &response);
}

static void on_message(struct exchange *exchange, struct tl_bytes message)
{
    if (!method_unary_message(exchange)) {
        return;
    }
    const Pb__Universe__ExplainTimeRequest *request =
        method_read(exchange, &pb__universe__explain_time_request__descriptor, message);
    if (request == NULL) {
        return;
    }
    if (request->maximum_reasons < 0 || request->maximum_reasons > REASONS_MOST) {
        exchange_refuse(exchange, TL_INVALID_ARGUMENT, "maximum_reasons is not within 0 and %d", REASONS_MOST);
        return;
    }
    struct universe *universe = method_last_universe(exchange);
    if (universe != NULL) {
        explain(exchange, universe, request->maximum_reasons == 0 ? REASONS_USUAL : (size_t)request->maximum_reasons);
    }
}

const struct handler universe_service_handler = {.on_message = on_message, .on_end = method_unary_end};
