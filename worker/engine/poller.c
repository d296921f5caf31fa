/* SPDX-License-Identifier: MIT */
#include "worker/engine/poller.h"

#include <stdio.h>

#include "base/arena.h"
#include "worker/runtime/clock.h"

/* A little more than the server's own limit of 60 s, after which it answers with nothing. */
#define LONG_POLL    TL_SECONDS(70)
/* Proxies answer odd codes while a cluster comes up: only then is a refusal believed (sdk-core, poll grace). */
#define REFUSAL_TIME TL_SECONDS(60)

static const struct backoff_policy error_policy = {TL_MILLISECONDS(200), 2, TL_SECONDS(10), 0.2};
static const struct backoff_policy throttle_policy = {TL_SECONDS(1), 2, TL_SECONDS(10), 0.2};

/* ---- What a reply means ---- */

static struct tl_bytes token_of(enum poller_kind kind, const struct tl_reply *reply)
{
    const ProtobufCBinaryData *token = kind == POLLER_ACTIVITY
                                           ? &((const Pb__PollActivityTaskQueueResponse *)reply->message)->task_token
                                           : &((const Pb__PollWorkflowTaskQueueResponse *)reply->message)->task_token;

    return (struct tl_bytes){token->data, token->len};
}

enum reply_meaning {
    REPLY_TASK,
    REPLY_EMPTY,     /* the poll's time was up: poll again at once */
    REPLY_THROTTLED, /* slow down */
    REPLY_ERROR,     /* may mend itself */
    REPLY_REFUSED,   /* will not */
    REPLY_GONE       /* there is no service any more */
};

static enum reply_meaning meaning_of(enum poller_kind kind, const struct tl_reply *reply)
{
    if (reply->status == TL_OK) {
        return token_of(kind, reply).len > 0 ? REPLY_TASK : REPLY_EMPTY;
    }
    if (reply->status == TL_STOPPED) {
        return REPLY_GONE;
    }
    switch (call_code(reply)) {
    case 1: /* CANCELLED */
    case 4: /* DEADLINE_EXCEEDED */
        return REPLY_EMPTY;
    case 8: /* RESOURCE_EXHAUSTED */
        return REPLY_THROTTLED;
    case 3:  /* INVALID_ARGUMENT */
    case 5:  /* NOT_FOUND */
    case 6:  /* ALREADY_EXISTS */
    case 7:  /* PERMISSION_DENIED */
    case 9:  /* FAILED_PRECONDITION */
    case 12: /* UNIMPLEMENTED */
    case 16: /* UNAUTHENTICATED */
        return REPLY_REFUSED;
    default:
        return REPLY_ERROR;
    }
}

/* ---- Polling ---- */

static void poll(struct poller *poller)
{
    struct poller_group *group = poller->group;

    slots_reserve(group->slots);
    group->under_way++;
    group->idle--;
    call_send(
        poller->call,
        &(struct call_question){
            .rpc = group->rpc, .message = group->request, .timeout = LONG_POLL, .patience = CALL_ONCE});
}

static bool may_poll(const struct poller_group *group)
{
    size_t available = slots_free(group->slots);
    const struct poller_group *rival = group->rival;
    bool rival_starves = rival != NULL && rival->count > 0 && rival->under_way == 0;

    return available > (rival_starves ? 1U : 0U);
}

static bool is_idle(const struct poller *poller)
{
    return !call_is_pending(poller->call) && !agenda_is_pending(&poller->resume);
}

static void pump_group(struct poller_group *group)
{
    for (size_t i = 0; group->idle > 0 && i < group->count && may_poll(group); i++) {
        if (is_idle(&group->pollers[i])) {
            poll(&group->pollers[i]);
        }
    }
}

/* Sticky tasks are cheaper: they go first while more of them wait than are polled for (sdk-core, wft poller). */
void polling_pump(struct polling *polling)
{
    struct poller_group *groups = polling->groups;
    int64_t sticky_polls = (int64_t)groups[POLLER_STICKY].under_way;
    bool sticky_first = groups[POLLER_STICKY].backlog > 1 && groups[POLLER_STICKY].backlog > sticky_polls;

    if (polling->stopped) {
        return;
    }
    pump_group(&groups[sticky_first ? POLLER_STICKY : POLLER_WORKFLOW]);
    pump_group(&groups[sticky_first ? POLLER_WORKFLOW : POLLER_STICKY]);
    pump_group(&groups[POLLER_ACTIVITY]);
}

static void on_resume(struct agenda_item *item)
{
    struct poller *poller = CONTAINER_OF(item, struct poller, resume);

    poller->group->idle++;
    polling_pump(poller->group->polling);
}

static void name_resume(const struct agenda_item *item, char *text, size_t size)
{
    const struct poller *poller = CONST_CONTAINER_OF(item, struct poller, resume);

    (void)snprintf(text, size, "%s is sent again", rpc_table[poller->group->rpc].name);
}

static void pause(struct poller *poller, const struct backoff_policy *policy)
{
    const struct polling *polling = poller->group->polling;
    tl_duration pause = backoff_next(&poller->backoff, policy, polling->party->random);

    if (!polling->stopped) {
        poller->group->idle--;
        agenda_at(polling->agenda, &poller->resume, clock_after(polling->agenda->now, pause), TL_DEADLINE_WAKING);
    }
}

static void note_refusal(struct poller *poller, const struct tl_reply *reply)
{
    struct polling *polling = poller->group->polling;
    tl_time now = polling->agenda->now;

    if (poller->refused_since == 0) {
        poller->refused_since = now;
    }
    if (now - poller->refused_since >= REFUSAL_TIME && !polling->stopped) {
        polling->on_refused(polling->user, reply);
    }
    pause(poller, &error_policy);
}

static void note_error(struct poller *poller, const struct tl_reply *reply, enum reply_meaning meaning)
{
    if (meaning == REPLY_REFUSED) {
        note_refusal(poller, reply);
        return;
    }
    poller->refused_since = 0;
    switch (meaning) {
    case REPLY_THROTTLED:
        pause(poller, &throttle_policy);
        break;
    case REPLY_ERROR:
        pause(poller, &error_policy);
        break;
    case REPLY_GONE:
        polling_stop(poller->group->polling);
        break;
    case REPLY_TASK:
    case REPLY_EMPTY:
    case REPLY_REFUSED:
        backoff_reset(&poller->backoff);
        break;
    }
}

static void note_backlog(struct poller_group *group, const struct tl_reply *reply)
{
    if (group->kind != POLLER_ACTIVITY) {
        group->backlog = ((const Pb__PollWorkflowTaskQueueResponse *)reply->message)->backlog_count_hint;
    }
}

static void on_reply(struct call *call, struct tl_reply *reply)
{
    struct poller *poller = call->user;
    struct poller_group *group = poller->group;
    struct polling *polling = group->polling;
    enum reply_meaning meaning = meaning_of(group->kind, reply);

    group->under_way--;
    group->idle++;
    note_error(poller, reply, meaning);
    if (reply->status == TL_OK) {
        note_backlog(group, reply);
    }
    if (meaning != REPLY_TASK) {
        slots_release(group->slots);
    }
    polling_pump(polling);
    if (meaning == REPLY_TASK) {
        polling->on_task(polling->user, group->kind, tl_reply_ref(reply));
    } else if (polling->stopped) {
        polling->on_returned(polling->user);
    }
}

/* ---- Life ---- */

void polling_add(struct polling *polling, const struct poller_plan *plan, struct arena *arena)
{
    struct poller_group *group = &polling->groups[plan->kind];
    struct poller_group *rival = &polling->groups[plan->kind == POLLER_STICKY ? POLLER_WORKFLOW : POLLER_STICKY];

    *group = (struct poller_group){
        .polling = polling,
        .kind = plan->kind,
        .rpc = plan->kind == POLLER_ACTIVITY ? RPC_PollActivityTaskQueue : RPC_PollWorkflowTaskQueue,
        .request = plan->request,
        .slots = plan->slots,
        .rival = plan->kind == POLLER_ACTIVITY ? NULL : rival,
        .pollers = ARENA_ARRAY(arena, struct poller, plan->count),
    };
    for (size_t i = 0; i < plan->count; i++) {
        struct poller *poller = &group->pollers[i];

        poller->group = group;
        poller->resume.run = on_resume;
        poller->resume.name = name_resume;
        poller->call = call_new(polling->party, on_reply, poller);
        group->count++;
        group->idle++;
    }
}

static void stop_poller(struct poller *poller)
{
    agenda_cancel(poller->group->polling->agenda, &poller->resume);
    call_cancel(poller->call);
}

void polling_stop(struct polling *polling)
{
    if (polling->stopped) {
        return;
    }
    polling->stopped = true;
    for (size_t kind = 0; kind < POLLER_KINDS; kind++) {
        for (size_t i = 0; i < polling->groups[kind].count; i++) {
            stop_poller(&polling->groups[kind].pollers[i]);
        }
    }
}

void polling_done(struct polling *polling)
{
    for (size_t kind = 0; kind < POLLER_KINDS; kind++) {
        for (size_t i = 0; i < polling->groups[kind].count; i++) {
            struct poller *poller = &polling->groups[kind].pollers[i];

            agenda_cancel(polling->agenda, &poller->resume);
            call_free(poller->call);
        }
    }
}
