/* SPDX-License-Identifier: MIT */
#include "worker/polling/poller.h"

#include <stdio.h>

#include "base/arena.h"
#include "worker/runtime/clock.h"

/* A little more than the server's own limit of 60 s, after which it answers with nothing. */
#define LONG_POLL    TL_SECONDS(70)
/* In a burst, after which many polls would hang on for a minute (sdk-core, LongPollBuffer). */
#define SHORT_POLL   TL_SECONDS(11)
/* A poll that is given up sooner has not been one: who polls on at once would not stop. */
#define LEAST_POLL   TL_SECONDS(1)
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

static tl_time now_of(const struct poller_group *group)
{
    return group->polling->agenda->now;
}

/* Its slot is reserved. */
static void poll(struct poller *poller)
{
    struct poller_group *group = poller->group;

    group->under_way++;
    group->idle--;
    poller->sent_at = now_of(group);
    call_send(
        poller->call,
        &(struct call_question){
            .rpc = group->rpc,
            .message = group->request,
            .timeout = scaler_is_busy(&group->scaler, poller->sent_at) ? SHORT_POLL : LONG_POLL,
            .patience = CALL_ONCE});
}

static bool has_slot_to_spare(const struct poller_group *group)
{
    size_t available = slots_free(group->slots);
    const struct poller_group *rival = group->rival;
    bool rival_starves = rival != NULL && rival->count > 0 && rival->under_way == 0;

    return available > (rival_starves ? 1U : 0U);
}

/* Where it has not come, everybody is woken when it does. */
static bool has_turn(struct poller_group *group)
{
    struct polling *polling = group->polling;

    if (group->pace == NULL || pace_has_turn(group->pace, now_of(group))) {
        return true;
    }
    agenda_at(polling->agenda, &polling->turn, group->pace->next, TL_DEADLINE_WAKING);
    return false;
}

/* Reserves the slot of the poll that may be sent. */
static bool may_poll(struct poller_group *group)
{
    if (group->count - group->idle >= group->scaler.target || !has_slot_to_spare(group) || !has_turn(group) ||
        !slots_reserve(group->slots, group->kind == POLLER_STICKY ? SLOT_STICKY_POLL : SLOT_POLL)) {
        return false;
    }
    if (group->pace != NULL) {
        pace_take_turn(group->pace, now_of(group));
    }
    return true;
}

static bool is_idle(const struct poller *poller)
{
    return !call_is_pending(poller->call) && !agenda_is_pending(&poller->resume);
}

static void pump_group(struct poller_group *group)
{
    for (size_t i = 0; group->idle > 0 && i < group->count; i++) {
        if (!is_idle(group->pollers[i])) {
            continue;
        }
        if (!may_poll(group)) {
            return;
        }
        poll(group->pollers[i]);
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

static void on_turn(struct agenda_item *item)
{
    polling_pump(CONTAINER_OF(item, struct polling, turn));
}

static void name_turn(const struct agenda_item *item, char *text, size_t size)
{
    (void)item;
    (void)snprintf(text, size, "the next activity may be asked for");
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

static void note_meaning(struct poller *poller, const struct tl_reply *reply, enum reply_meaning meaning)
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
        polling_recall(poller->group->polling);
        break;
    case REPLY_TASK:
    case REPLY_EMPTY:
    case REPLY_REFUSED:
        backoff_reset(&poller->backoff);
        break;
    }
}

/* What the service says of the queue. */
static void note_success(struct poller_group *group, const struct tl_reply *reply, bool has_task)
{
    const Pb__PollerScalingDecision *decision;

    if (group->kind == POLLER_ACTIVITY) {
        decision = ((const Pb__PollActivityTaskQueueResponse *)reply->message)->poller_scaling_decision;
    } else {
        const Pb__PollWorkflowTaskQueueResponse *response = (const Pb__PollWorkflowTaskQueueResponse *)reply->message;

        decision = response->poller_scaling_decision;
        group->backlog = response->backlog_count_hint;
    }
    scaler_note_reply(
        &group->scaler, now_of(group), has_task, decision == NULL ? NULL : &decision->poll_request_delta_suggestion);
}

/* How many poll is the group's concern, when one of them polls again its own. */
static void note_reply(struct poller *poller, const struct tl_reply *reply, enum reply_meaning meaning)
{
    struct poller_group *group = poller->group;

    if (reply->status == TL_OK) {
        note_success(group, reply, meaning == REPLY_TASK);
    } else {
        scaler_note_error(&group->scaler, meaning == REPLY_THROTTLED);
    }
    if (reply->status != TL_OK && meaning == REPLY_EMPTY && now_of(group) - poller->sent_at < LEAST_POLL) {
        meaning = REPLY_ERROR;
    }
    note_meaning(poller, reply, meaning);
}

static void on_reply(struct call *call, struct tl_reply *reply)
{
    struct poller *poller = call->user;
    struct poller_group *group = poller->group;
    struct polling *polling = group->polling;
    enum reply_meaning meaning = meaning_of(group->kind, reply);

    group->under_way--;
    group->idle++;
    note_reply(poller, reply, meaning);
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

/* So that there are `count`, unless there are more. Those that there were may be under way: they stay where they are.
 */
static void add_pollers(struct poller_group *group, size_t count, struct arena *arena)
{
    if (count <= group->count) {
        return;
    }
    struct poller **pollers = ARENA_ARRAY(arena, struct poller *, count);
    struct poller *more = ARENA_ARRAY(arena, struct poller, count - group->count);

    for (size_t i = 0; i < group->count; i++) {
        pollers[i] = group->pollers[i];
    }
    group->pollers = pollers;
    for (; group->count < count; more++) {
        more->group = group;
        more->resume.run = on_resume;
        more->resume.name = name_resume;
        more->call = call_new(group->polling->party, on_reply, more);
        pollers[group->count++] = more;
        group->idle++;
    }
}

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
        .pace = plan->pace,
    };
    if (plan->minimum == 0) {
        scaler_init(&group->scaler, plan->count, plan->count, plan->count);
    } else {
        scaler_init(&group->scaler, plan->minimum, plan->count, plan->initial);
    }
    polling->turn.run = on_turn;
    polling->turn.name = name_turn;
    add_pollers(group, plan->count, arena);
}

void polling_scale(
    struct polling *polling, enum poller_kind kind, const struct poller_range *range, struct arena *arena)
{
    struct poller_group *group = &polling->groups[kind];

    if (group->count > 0) {
        add_pollers(group, range->maximum, arena);
        scaler_init(&group->scaler, range->minimum, range->maximum, range->initial);
    }
}

void polling_expect_suggestions(struct polling *polling)
{
    for (size_t kind = 0; kind < POLLER_KINDS; kind++) {
        polling->groups[kind].scaler.may_shrink = true;
    }
}

/* For every poller of every group. */
static void each_poller(struct polling *polling, void (*each)(struct poller *poller))
{
    for (size_t kind = 0; kind < POLLER_KINDS; kind++) {
        for (size_t i = 0; i < polling->groups[kind].count; i++) {
            each(polling->groups[kind].pollers[i]);
        }
    }
}

static void end_pause(struct poller *poller)
{
    agenda_cancel(poller->group->polling->agenda, &poller->resume);
}

static void recall(struct poller *poller)
{
    call_cancel(poller->call);
}

static void free_call(struct poller *poller)
{
    call_free(poller->call);
}

void polling_stop(struct polling *polling)
{
    polling->stopped = true;
    agenda_cancel(polling->agenda, &polling->turn);
    each_poller(polling, end_pause);
}

bool polling_is_under_way(const struct polling *polling)
{
    size_t count = 0;

    for (size_t kind = 0; kind < POLLER_KINDS; kind++) {
        count += polling->groups[kind].under_way;
    }
    return count > 0;
}

void polling_recall(struct polling *polling)
{
    each_poller(polling, recall);
}

void polling_done(struct polling *polling)
{
    polling_stop(polling);
    each_poller(polling, free_call);
}
