/* SPDX-License-Identifier: MIT */
#include "worker/machines/timer.h"

#include <string.h>

#include "worker/machines/entity.h"
#include "worker/machines/machines.h"
#include "worker/workflow/context.h"
#include "worker/workflow/failures.h"
#include "worker/workflow/future.h"

struct timer {
    struct entity entity; /* first */
    struct tl_future future;
    struct command start;
    struct command cancel;
    tl_duration duration;
    int64_t started_event_id;
    char id[ENTITY_NUMBER_SIZE]; /* its number among the run's timers, from 1 */
};

#define MACHINE      timer
#define MACHINE_FILE "worker/machines/timer.def"
#include "base/machine_define.h"

static int queue_start(void *self, const void *argument)
{
    struct timer *timer = self;

    (void)argument;
    command_add(&timer->start, &timer->entity, COMMAND_TYPE_START_TIMER);
    return 0;
}

static int withdraw_start(void *self, const void *argument)
{
    struct timer *timer = self;

    (void)argument;
    command_withdraw(&timer->start);
    future_fail(&timer->future, TL_CANCELED, failure_canceled(timer->entity.wf));
    return 0;
}

static int record_start(void *self, const void *argument)
{
    struct timer *timer = self;
    const Pb__HistoryEvent *event = argument;

    timer->started_event_id = event->event_id;
    map_put_number(&timer->entity.wf->entities, (uint64_t)event->event_id, &timer->entity);
    return 0;
}

static int fire(void *self, const void *argument)
{
    struct timer *timer = self;
    const Pb__HistoryEvent *event = argument;

    if (strcmp(event->timer_fired_event_attributes->timer_id, timer->id) != 0) {
        return -1; /* the event that it refers to started another timer */
    }
    map_remove_number(&timer->entity.wf->entities, (uint64_t)timer->started_event_id);
    future_succeed(&timer->future, (struct tl_payload){0});
    return 0;
}

static int queue_cancel(void *self, const void *argument)
{
    struct timer *timer = self;

    (void)argument;
    command_add(&timer->cancel, &timer->entity, COMMAND_TYPE_CANCEL_TIMER);
    future_fail(&timer->future, TL_CANCELED, failure_canceled(timer->entity.wf));
    return 0;
}

static int record_cancel(void *self, const void *argument)
{
    struct timer *timer = self;

    (void)argument;
    map_remove_number(&timer->entity.wf->entities, (uint64_t)timer->started_event_id);
    return 0;
}

static int machine_event(int event_type)
{
    switch (event_type) {
    case EVENT_TYPE_TIMER_STARTED:
        return EVENT_TIMER_STARTED;
    case EVENT_TYPE_TIMER_FIRED:
        return EVENT_TIMER_FIRED;
    case EVENT_TYPE_TIMER_CANCELED:
        return EVENT_TIMER_CANCELED;
    default:
        return -1;
    }
}

static bool matches(const struct entity *entity, const Pb__HistoryEvent *event, struct text *difference)
{
    const struct timer *timer = (const struct timer *)entity;
    const char *recorded = event->event_type == EVENT_TYPE_TIMER_STARTED
                               ? event->timer_started_event_attributes->timer_id
                               : event->timer_canceled_event_attributes->timer_id;

    if (strcmp(recorded, timer->id) == 0) {
        return true;
    }
    text_format(difference, "timer_id is \"%s\" in history and \"%s\" in the code", recorded, timer->id);
    return false;
}

static void build(struct entity *entity, int command_type, struct arena *arena, Pb__Command *out)
{
    struct timer *timer = (struct timer *)entity;

    if (command_type == COMMAND_TYPE_START_TIMER) {
        Pb__StartTimerCommandAttributes *start =
            PB_NEW(arena, Pb__StartTimerCommandAttributes, pb__start_timer_command_attributes);
        start->timer_id = timer->id;
        start->start_to_fire_timeout = pb_duration(arena, timer->duration);
        out->start_timer_command_attributes = start;
        out->attributes_case = PB__COMMAND__ATTRIBUTES_START_TIMER_COMMAND_ATTRIBUTES;
    } else {
        Pb__CancelTimerCommandAttributes *cancel =
            PB_NEW(arena, Pb__CancelTimerCommandAttributes, pb__cancel_timer_command_attributes);
        cancel->timer_id = timer->id;
        out->cancel_timer_command_attributes = cancel;
        out->attributes_case = PB__COMMAND__ATTRIBUTES_CANCEL_TIMER_COMMAND_ATTRIBUTES;
    }
}

static bool matches_all(
    const struct entity *entity, const Pb__Command *command, const Pb__HistoryEvent *event, struct text *difference)
{
    const struct timer *timer = (const struct timer *)entity;

    if (command->command_type != COMMAND_TYPE_START_TIMER) {
        return true;
    }
    tl_duration recorded = pb_nanoseconds(event->timer_started_event_attributes->start_to_fire_timeout);
    if (recorded == timer->duration) {
        return true;
    }
    text_add(difference, "start_to_fire_timeout is ");
    text_add_duration(difference, recorded);
    text_add(difference, " in history and ");
    text_add_duration(difference, timer->duration);
    text_add(difference, " in the code");
    return false;
}

static void describe(const struct entity *entity, struct text *text)
{
    const struct timer *timer = (const struct timer *)entity;

    text_format(text, "timer %s (", timer->id);
    text_add_duration(text, timer->duration);
    text_add(text, ")");
}

static const struct entity_kind timer_kind = {
    .table = &timer_machine,
    .machine_event = machine_event,
    .matches = matches,
    .build = build,
    .matches_all = matches_all,
    .describe = describe,
};

static void cancel_future(struct tl_future *future)
{
    struct timer *timer = CONTAINER_OF(future, struct timer, future);

    entity_do(&timer->entity, EVENT_CANCEL, NULL);
}

static void describe_future(const struct tl_future *future, struct text *text)
{
    describe(&CONST_CONTAINER_OF(future, struct timer, future)->entity, text);
}

static const struct future_kind timer_future = {.scoped = true, .cancel = cancel_future, .describe = describe_future};

struct tl_future *timer_start(struct tl_workflow *wf, tl_duration duration)
{
    struct timer *timer = ARENA_NEW(wf->arena, struct timer);

    timer->entity.kind = &timer_kind;
    timer->entity.wf = wf;
    timer->entity.counted = wf->counted;
    timer->duration = duration;
    entity_number(timer->id, ++wf->next_timer);
    if (future_init(&timer->future, wf, &timer_future)) {
        entity_do(&timer->entity, EVENT_START, NULL);
    }
    return &timer->future;
}
