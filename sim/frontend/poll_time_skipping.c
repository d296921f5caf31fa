/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/polltimeskipping/api.go; the reasons are its words. */
#include "sim/frontend/poll_time_skipping.h"

#include <string.h>

#include "model/message.h"
#include "sim/frontend/frontend.h"
#include "sim/machines/clock.h"
#include "sim/service/call.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"

#define ID_MISMATCH "the requested fast_forward_id does not match the execution's current fast-forward"
#define RESET       "the fast-forward was reset"
#define ENDED       "the execution ended before the fast-forward completed"
#define DISABLED    "time skipping was disabled before the fast-forward completed"

static void answer(struct tl_call *call, int result, const char *reason)
{
    struct arena *arena = sim_call_arena(call);
    Pb__PollWorkflowExecutionTimeSkippingResponse *response = PB_NEW(
        arena, Pb__PollWorkflowExecutionTimeSkippingResponse, pb__poll_workflow_execution_time_skipping_response);

    response->fast_forward_polling_result = (Pb__FastForwardPollingResult)result;
    response->failed_reason = arena_strdup(arena, reason);
    response->fast_forward_info = sim_clock_forward_info(call->wait.forward.run, arena);
    sim_call_answer(call, response);
}

static void time_out(struct tl_call *call)
{
    answer(call, FAST_FORWARD_POLLING_RESULT_POLL_TIMEOUT, "");
}

/* The run that continues this closed one, or NULL. */
static struct run *next_run(const struct run *run)
{
    struct run *newest = sim_namespace_run(run->space, run->workflow_id, NULL);

    return newest != NULL && strcmp(newest->started->continued_execution_run_id, run->run_id) == 0 ? newest : NULL;
}

/* Why it can no longer complete, or NULL. target: what was waited for so far, or 0. */
static const char *failure(const struct forward_wait *wait)
{
    const struct run_clock *clock = wait->run->clock;

    if (clock == NULL || clock->forward_to == 0 || strcmp(clock->config->fast_forward_config->id, wait->id) != 0) {
        return ID_MISMATCH;
    }
    if (wait->target != 0 && wait->target != clock->forward_to) {
        return RESET;
    }
    if (clock->forward_reached) {
        return NULL;
    }
    if (!sim_run_is_open(wait->run)) {
        return ENDED;
    }
    return clock->enabled ? NULL : DISABLED;
}

/* Answers what is settled; otherwise waits, with the run that goes on. */
static void look(struct tl_call *call)
{
    struct forward_wait *wait = &call->wait.forward;
    bool open = sim_run_is_open(wait->run);
    struct run *next = open ? NULL : next_run(wait->run);

    if (next != NULL) {
        wait->run = next;
    }
    const char *reason = failure(wait);
    if (reason != NULL) {
        answer(call, FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED, reason);
    } else if (wait->run->clock->forward_reached) {
        answer(call, FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED, "");
    } else if (next != NULL || wait->target == 0) {
        wait->target = wait->run->clock->forward_to;
        call->wake = look;
        list_remove(&call->waiting);
        sim_call_wait(call, &wait->run->waiters, NULL, wait->until - sim_now(call->sim), time_out);
    }
}

void sim_poll_workflow_execution_time_skipping(struct tl_call *call, const void *message)
{
    const Pb__PollWorkflowExecutionTimeSkippingRequest *request = message;
    struct run *run = sim_frontend_run(call, request->namespace_, request->workflow_execution);

    if (run == NULL) {
        return;
    }
    if (pb_is_empty(request->fast_forward_id)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "fast_forward_id is not set");
        return;
    }
    call->wait.forward = (struct forward_wait){
        .run = run,
        .id = arena_strdup(sim_call_arena(call), request->fast_forward_id),
        .until = sim_now(call->sim) + LIMIT_HISTORY_POLL,
    };
    look(call);
}
