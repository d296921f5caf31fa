/* SPDX-License-Identifier: MIT */
/* Why a task came, in names that last: the event that caused it, without ids that a server makes. */
#include <stdio.h>

#include "base/text.h"
#include "model/event.h"
#include "worker/engine/state.h"
#include "worker/machines/entity.h"

/* What the choice is about. */
struct eviction {
    const struct task *task;
    const struct run *run;
};

/* The last event before the task was scheduled; NULL when the task's events do not tell. */
static const Pb__HistoryEvent *cause_of(const struct task *task)
{
    const Pb__HistoryEvent *cause = NULL;

    for (size_t i = 0; i < task->count; i++) {
        if (task->events[i]->event_type == EVENT_TYPE_WORKFLOW_TASK_SCHEDULED) {
            break;
        }
        cause = task->events[i];
    }
    return cause;
}

static const Pb__HistoryEvent *event_with_id(const struct task *task, int64_t id)
{
    int64_t first = task->events[0]->event_id;

    return id < first || id - first >= (int64_t)task->count ? NULL : task->events[id - first];
}

static void describe_whole(const Pb__HistoryEvent *event, struct text *text)
{
    if (event_is_whole(event)) {
        event_describe_subject(event, text);
    }
}

/* What the event tells of: begun before this task, or by events that it brought. */
static void describe_subject(const struct eviction *eviction, const Pb__HistoryEvent *event, struct text *text)
{
    int64_t origin = event_origin(event);
    const struct entity *entity = map_get_number(&eviction->run->wf.entities, (uint64_t)origin);
    const Pb__HistoryEvent *scheduled = event_with_id(eviction->task, origin);

    if (event->event_type == EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED || event->event_type == EVENT_TYPE_TIMER_FIRED) {
        describe_whole(event, text);
    } else if (entity != NULL) {
        text_add(text, " of ");
        entity->kind->describe(entity, text);
    } else if (scheduled != NULL) {
        describe_whole(scheduled, text);
    }
}

/* "order-1: OrderSaga evicted before its task after TimerFired of timer 1". */
static void name_eviction(const void *subject, size_t option, char *text, size_t size)
{
    const struct eviction *eviction = subject;
    const struct tl_workflow_info *info = &eviction->run->wf.info;
    const Pb__HistoryEvent *cause = cause_of(eviction->task);
    char type[EVENT_TYPE_NAME_SIZE];
    struct arena arena;
    struct text words;

    arena_init(&arena, eviction->run->settings->pool);
    text_init(&words, &arena);
    text_add(&words, cause == NULL ? "its last task" : event_type_name((int)cause->event_type, type, sizeof type));
    if (cause != NULL) {
        describe_subject(eviction, cause, &words);
    }
    (void)snprintf(
        text,
        size,
        "%s: %s %s before its task after %s",
        info->workflow_id,
        info->workflow_type,
        option == 0 ? "kept" : "evicted",
        words.data);
    arena_done(&arena);
}

size_t cause_choose_eviction(const struct task *task, const struct run *run)
{
    const struct eviction eviction = {task, run};
    const struct tl_choice choice = {
        .kind = TL_CHOICE_EVICT, .options = 2, .name = name_eviction, .subject = &eviction};

    return agenda_choose(run->settings->agenda, &choice);
}
