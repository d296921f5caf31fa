/* SPDX-License-Identifier: MIT */
/*
 * Heartbeats. The first is sent at once; after each comes a pause of 80 % of the heartbeat timeout
 * in which only the latest details are kept (sdk-core activity_heartbeat_manager.rs).
 */
#include <stdio.h>

#include "model/message.h"
#include "worker/activity/attempt.h"
#include "worker/registry/registry.h"
#include "worker/runtime/clock.h"

#define LONGEST_PAUSE TL_SECONDS(60)
#define DEFAULT_PAUSE TL_SECONDS(30) /* without a heartbeat timeout, which the service tells as 0 */

static tl_duration pause_after(const struct tl_activity_info *info)
{
    tl_duration pause = info->heartbeat <= 0 ? DEFAULT_PAUSE : info->heartbeat / 5 * 4;

    return pause < LONGEST_PAUSE ? pause : LONGEST_PAUSE;
}

static void read_response(struct tl_activity *attempt, const struct tl_reply *reply)
{
    if (reply->status == TL_NOT_FOUND) {
        attempt_cancel(attempt, TL_ACTIVITY_NOT_FOUND);
    }
    if (reply->status != TL_OK) {
        return;
    }
    const Pb__RecordActivityTaskHeartbeatResponse *response =
        (const Pb__RecordActivityTaskHeartbeatResponse *)reply->message;
    if (response->cancel_requested) {
        attempt_cancel(attempt, TL_ACTIVITY_CANCEL_REQUESTED);
    } else if (response->activity_reset) {
        attempt_cancel(attempt, TL_ACTIVITY_RESET);
    } else if (response->activity_paused) {
        attempt_cancel(attempt, TL_ACTIVITY_PAUSED);
    }
}

static void proceed(struct tl_activity *attempt);

static void on_reply(struct call *call, struct tl_reply *reply)
{
    struct tl_activity *attempt = call->user;
    struct heartbeat *heartbeat = &attempt->heartbeat;

    heartbeat->pause_until = clock_after(heartbeat->sent_at, pause_after(&attempt->info));
    attempt_seen(attempt);
    read_response(attempt, reply);
    if (attempt->ended) {
        attempt_answer(attempt);
    } else {
        proceed(attempt);
    }
}

/* Payloads that cannot be encoded are lost, and with them the attempt: see attempt_answer. */
static bool encode(struct tl_activity *attempt, Pb__RecordActivityTaskHeartbeatRequest *request)
{
    struct tl_error error;

    if (registry_encode(attempt->attempts->registry, &attempt->heartbeat.sent, request, &error) == TL_OK) {
        return true;
    }
    attempt->spoiled = attempt_failure(attempt, "PayloadCodecError", error.message);
    return false;
}

static void send(struct tl_activity *attempt)
{
    struct heartbeat *heartbeat = &attempt->heartbeat;
    struct arena sent = heartbeat->pending;

    heartbeat->pending = heartbeat->sent;
    heartbeat->sent = sent;
    heartbeat->waiting = false;
    heartbeat->sent_at = attempt->attempts->agenda->now;
    Pb__RecordActivityTaskHeartbeatRequest *request =
        PB_NEW(&heartbeat->sent, Pb__RecordActivityTaskHeartbeatRequest, pb__record_activity_task_heartbeat_request);
    request->task_token = attempt->poll->task_token;
    request->details = heartbeat->details;
    request->identity = attempt->attempts->identity;
    request->namespace_ = attempt->attempts->name_space;
    request->resource_id = attempt->resource_id;
    if (!encode(attempt, request)) {
        return;
    }
    if (heartbeat->call == NULL) {
        heartbeat->call = call_new(attempt->attempts->party, on_reply, attempt);
    }
    call_send(
        heartbeat->call,
        &(struct call_question){.rpc = RPC_RecordActivityTaskHeartbeat, .message = request, .patience = CALL_RETRY});
}

static bool is_under_way(const struct heartbeat *heartbeat)
{
    return heartbeat->call != NULL && call_is_pending(heartbeat->call);
}

/* Sends what waits, or arms the end of the pause. */
static void proceed(struct tl_activity *attempt)
{
    struct heartbeat *heartbeat = &attempt->heartbeat;
    struct agenda *agenda = attempt->attempts->agenda;

    if (!heartbeat->waiting || is_under_way(heartbeat)) {
        return;
    }
    if (agenda->now >= heartbeat->pause_until) {
        send(attempt);
    } else if (!agenda_is_pending(&heartbeat->resume)) {
        agenda_at(agenda, &heartbeat->resume, heartbeat->pause_until, TL_DEADLINE_WAKING);
    }
}

static void proceed_errand(void *user)
{
    proceed(user);
}

static void on_resume(struct agenda_item *item)
{
    struct heartbeat *heartbeat = CONTAINER_OF(item, struct heartbeat, resume);

    proceed(CONTAINER_OF(heartbeat, struct tl_activity, heartbeat));
}

static void name_resume(const struct agenda_item *item, char *text, size_t size)
{
    const struct heartbeat *heartbeat = CONST_CONTAINER_OF(item, struct heartbeat, resume);
    const struct tl_activity_info *info = &CONST_CONTAINER_OF(heartbeat, struct tl_activity, heartbeat)->info;

    (void)snprintf(
        text,
        size,
        "%s: activity %s#%s sends its heartbeat",
        info->workflow_id,
        info->activity_type,
        info->activity_id);
}

void heartbeat_init(struct heartbeat *heartbeat, struct pool *pool)
{
    heartbeat->resume.run = on_resume;
    heartbeat->resume.name = name_resume;
    arena_init(&heartbeat->pending, pool);
    arena_init(&heartbeat->sent, pool);
}

void heartbeat_done(struct tl_activity *attempt)
{
    struct heartbeat *heartbeat = &attempt->heartbeat;

    agenda_cancel(attempt->attempts->agenda, &heartbeat->resume);
    call_free(heartbeat->call);
    arena_done(&heartbeat->pending);
    arena_done(&heartbeat->sent);
}

void heartbeat_record(struct tl_activity *attempt, const struct tl_payloads *details)
{
    struct heartbeat *heartbeat = &attempt->heartbeat;

    arena_reset(&heartbeat->pending);
    heartbeat->details = pb_payloads(&heartbeat->pending, details);
    heartbeat->waiting = true;
    attempt_run_errand(attempt, proceed_errand, attempt);
}

bool heartbeat_holds_answer(struct tl_activity *attempt, bool flush)
{
    struct heartbeat *heartbeat = &attempt->heartbeat;

    agenda_cancel(attempt->attempts->agenda, &heartbeat->resume);
    if (heartbeat->waiting && flush && !attempt->forgotten && !is_under_way(heartbeat)) {
        send(attempt);
    }
    return is_under_way(heartbeat);
}
