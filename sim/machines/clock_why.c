/* SPDX-License-Identifier: MIT */
/* Why time does not move: what is out at workers, what no worker fetches, which runs nothing wakes. */
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "sim/machines/machines.h"
#include "sim/machines/run_start.h"
#include "sim/service/sim.h"

#define LINE_SIZE 1024

struct why {
    tl_time origin;
    size_t most;
    size_t count;
    void (*each)(void *user, const char *line);
    void *user;
};

/* A time as it is told, in storage of its own. */
struct moment {
    char text[TEXT_TIME_SIZE + 1];
};

static void tell(struct why *why, const char *format, ...) TL_PRINTF(2, 3);

static void tell(struct why *why, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;

    why->count++;
    if (why->count > why->most) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    why->each(why->user, line);
}

/* at: in the run's time; told in the universe's, in which the other deadlines stand too. */
static struct moment moment(const struct why *why, const struct run *run, tl_time at)
{
    struct moment moment = {""};

    at -= run->offset;
    if (why->origin == 0) {
        (void)text_print_time(moment.text, at);
    } else {
        moment.text[0] = '+';
        (void)text_print_duration(moment.text + 1, at - why->origin);
    }
    return moment;
}

/* ---- Tasks ---- */

static const char *nobody_polls(const struct queue *queue)
{
    return queue->poll_count == 0 ? ", which nobody polls" : "";
}

static void tell_workflow_task(struct why *why, const struct run *run)
{
    const struct workflow_task *task = &run->task;
    struct moment scheduled = moment(why, run, task->scheduled_at);
    struct moment started = moment(why, run, task->started_at);

    if (sim_workflow_task_is_started(run)) {
        struct moment ends = moment(why, run, task->started_at + task->timeout);
        tell(
            why,
            "%s: workflow task %lld, attempt %d, is at a worker since %s; it times out at %s",
            run->workflow_id,
            (long long)task->scheduled_event_id,
            (int)task->attempt,
            started.text,
            ends.text);
    } else if (task->queued.queue != NULL) {
        tell(
            why,
            "%s: workflow task %lld waits since %s in queue %s%s",
            run->workflow_id,
            (long long)task->scheduled_event_id,
            scheduled.text,
            task->queued.queue->name,
            nobody_polls(task->queued.queue));
    }
}

static void tell_activity(struct why *why, const struct activity *activity)
{
    const struct run *run = activity->run;
    const char *type = activity->scheduled->activity_type->name;
    const char *id = activity->scheduled->activity_id;
    struct moment scheduled = moment(why, run, activity->scheduled_at);
    struct moment started = moment(why, run, activity->started_at);
    struct moment due = moment(why, run, activity->due_at);

    if (sim_activity_is_started(activity)) {
        tell(
            why,
            "%s: activity %s#%s, attempt %d, is at a worker since %s; it times out at %s",
            run->workflow_id,
            type,
            id,
            (int)activity->attempt,
            started.text,
            due.text);
    } else if (activity->queued.queue != NULL) {
        tell(
            why,
            "%s: activity %s#%s, attempt %d, waits since %s in queue %s%s",
            run->workflow_id,
            type,
            id,
            (int)activity->attempt,
            scheduled.text,
            activity->queued.queue->name,
            nobody_polls(activity->queued.queue));
    }
}

/* ---- Runs that nothing wakes ---- */

static bool is_woken(const struct run *run)
{
    return sim_workflow_task_is_pending(run) || map_count(&run->activities) > 0 || run->timer_dues.count > 0 ||
           agenda_is_pending(&run->backoff);
}

static void tell_late_timers(struct why *why, const struct run *run)
{
    for (struct map_entry *entry = map_next(&run->timers, NULL); entry != NULL; entry = map_next(&run->timers, entry)) {
        tl_time at = sim_timer_fires_at(entry->value);
        if (run->expires_at != 0 && at >= run->expires_at) {
            struct moment fires = moment(why, run, at);
            tell(
                why,
                "%s: timer %s, for %s, falls behind the end of the run",
                run->workflow_id,
                (const char *)entry->key,
                fires.text);
        }
    }
}

static void tell_stuck(struct why *why, const struct run *run)
{
    if (run->expires_at != 0) {
        struct moment expires = moment(why, run, run->expires_at);
        tell(why, "%s: nothing wakes it before it times out at %s", run->workflow_id, expires.text);
    } else {
        tell(why, "%s: nothing wakes it but a request from outside", run->workflow_id);
    }
}

static void tell_run(struct why *why, const struct run *run)
{
    tell_workflow_task(why, run);
    for (struct map_entry *entry = map_next(&run->activities, NULL); entry != NULL;
         entry = map_next(&run->activities, entry)) {
        tell_activity(why, entry->value);
    }
    tell_late_timers(why, run);
    if (!is_woken(run)) {
        tell_stuck(why, run);
    }
}

size_t tl_sim_why(
    const struct tl_sim *sim, tl_time origin, size_t most, void (*each)(void *user, const char *line), void *user)
{
    struct why why = {.origin = origin, .most = most, .each = each, .user = user};

    for (size_t i = 0; i < sim->run_count; i++) {
        if (sim_run_is_open(sim->runs[i])) {
            tell_run(&why, sim->runs[i]);
        }
    }
    return why.count;
}
