/* SPDX-License-Identifier: MIT */
#include "sim/machines/timer.h"

#include <stdio.h>

#include "sim/machines/machines.h"
#include "sim/service/messages.h"

struct timer {
    struct run *run;
    const char *id; /* in the history */
    int64_t started_event_id;
    tl_time fires_at; /* in the run's time */
    uint64_t turn;    /* among equal times, of all runs */
    uint8_t state;
    struct heap_item due; /* in run->timer_dues */
};

#define MACHINE      sim_timer
#define MACHINE_FILE "sim/machines/timer.def"
#include "base/machine_define.h"

/* ---- Actions ---- */

static int fire(void *self, const void *argument)
{
    struct timer *timer = self;
    Pb__HistoryEvent *event = sim_run_event(timer->run);
    Pb__TimerFiredEventAttributes *fired =
        EVENT_ATTRIBUTES(&timer->run->history->arena, event, TimerFired, timer_fired, TIMER_FIRED);

    (void)argument;
    fired->timer_id = (char *)(uintptr_t)timer->id;
    fired->started_event_id = timer->started_event_id;
    sim_run_buffer(timer->run, event, NULL);
    return 0;
}

struct cancellation {
    const Pb__Command *command;
    int64_t completed_id;
    const char *identity;
};

static void add_canceled(struct run *run, const struct cancellation *cancellation, int64_t started_event_id)
{
    struct history *history = run->history;
    Pb__HistoryEvent *event = sim_run_command_event(run, cancellation->command);
    Pb__TimerCanceledEventAttributes *canceled =
        EVENT_ATTRIBUTES(&history->arena, event, TimerCanceled, timer_canceled, TIMER_CANCELED);

    canceled->timer_id = sim_history_text(history, cancellation->command->cancel_timer_command_attributes->timer_id);
    canceled->started_event_id = started_event_id;
    canceled->workflow_task_completed_event_id = cancellation->completed_id;
    canceled->identity = sim_history_identity(history, cancellation->identity);
    sim_run_add(run, event);
}

static int cancel(void *self, const void *argument)
{
    struct timer *timer = self;

    add_canceled(timer->run, argument, timer->started_event_id);
    return 0;
}

/* ---- Deadlines ---- */

static void on_deadline(struct agenda_item *item);

static struct timer *first_timer(const struct run *run)
{
    const struct heap_slot *slot = heap_first(&run->timer_dues);

    return slot == NULL ? NULL : CONTAINER_OF(slot->item, struct timer, due);
}

static void name_deadline(const struct agenda_item *item, char *text, size_t size)
{
    const struct run *run = CONST_CONTAINER_OF(item, struct run, timer_deadline);

    snprintf(text, size, "%s: timer %s fires", run->workflow_id, first_timer(run)->id);
}

/* Of all timers of a run the first one has a deadline on the agenda, in the turn that it took when it was started. */
static void arm(struct run *run)
{
    const struct timer *first = first_timer(run);

    if (first == NULL) {
        sim_run_disarm(run, &run->timer_deadline);
        return;
    }
    run->timer_deadline.run = on_deadline;
    run->timer_deadline.name = name_deadline;
    agenda_at_turn(
        run->sim->agenda, &run->timer_deadline, first->fires_at - run->offset, TL_DEADLINE_WAKING, first->turn);
}

/* One that would fire after the run's own end never does. */
static void add_due(struct timer *timer)
{
    struct run *run = timer->run;

    if (run->expires_at == 0 || timer->fires_at < run->expires_at) {
        heap_add(&run->timer_dues, &timer->due, timer->fires_at, timer->turn);
        if (first_timer(run) == timer) {
            arm(run);
        }
    }
}

/* ---- Life ---- */

/* Takes the step, which ends the timer, and drops it. */
static void end(struct timer *timer, unsigned event, const void *argument)
{
    struct run *run = timer->run;

    CHECK(machine_step(&sim_timer_machine, &timer->state, event, timer, argument, true) == MACHINE_OK);
    heap_remove(&run->timer_dues, &timer->due);
    map_remove_string(&run->timers, timer->id);
    pool_free(run->sim->pool, timer, sizeof(*timer));
}

/*
 * All timers of the run that are due fire in one transaction, by time and then by their started
 * events (timer_queue_active_task_executor.go, executeUserTimerTimeoutTask).
 */
static void on_deadline(struct agenda_item *item)
{
    struct run *run = CONTAINER_OF(item, struct run, timer_deadline);
    struct timer *timer = first_timer(run);

    while (timer != NULL && timer->fires_at <= sim_run_now(run)) {
        end(timer, EVENT_FIRE, NULL);
        timer = first_timer(run);
    }
    arm(run);
    sim_workflow_task_ensure(run);
    sim_run_commit(run);
}

void sim_timer_start(struct run *run, const Pb__Command *command, int64_t completed_id)
{
    const Pb__StartTimerCommandAttributes *wanted = command->start_timer_command_attributes;
    struct history *history = run->history;
    Pb__HistoryEvent *event = sim_run_command_event(run, command);
    Pb__TimerStartedEventAttributes *started =
        EVENT_ATTRIBUTES(&history->arena, event, TimerStarted, timer_started, TIMER_STARTED);
    struct timer *timer = pool_zalloc(run->sim->pool, sizeof(*timer));
    tl_duration duration = sim_read_duration(wanted->start_to_fire_timeout);

    started->timer_id = sim_history_text(history, wanted->timer_id);
    started->workflow_task_completed_event_id = completed_id;
    if (wanted->start_to_fire_timeout != NULL) {
        started->start_to_fire_timeout = sim_duration(&history->arena, duration);
    }
    sim_run_add(run, event);
    timer->run = run;
    timer->id = started->timer_id;
    timer->started_event_id = event->event_id;
    timer->fires_at = sim_later(sim_run_now(run), duration);
    timer->turn = agenda_take_turn(run->sim->agenda);
    map_put_string(&run->timers, timer->id, timer);
    add_due(timer);
}

void sim_timer_cancel(struct run *run, const Pb__Command *command, int64_t completed_id, const char *identity)
{
    const struct cancellation cancellation = {command, completed_id, identity};
    struct timer *timer = sim_timer_find(run, command->cancel_timer_command_attributes->timer_id);

    if (timer != NULL) {
        bool first = timer == first_timer(run);
        end(timer, EVENT_CANCEL, &cancellation);
        if (first) {
            arm(run);
        }
        return;
    }
    int64_t started_event_id = sim_run_unbuffer_timer(run, command->cancel_timer_command_attributes->timer_id);
    CHECK(started_event_id != 0);
    add_canceled(run, &cancellation, started_event_id);
}

struct timer *sim_timer_find(const struct run *run, const char *timer_id)
{
    return map_get_string(&run->timers, timer_id);
}

tl_time sim_timer_fires_at(const struct timer *timer)
{
    return timer->fires_at;
}

void sim_timer_rearm(struct run *run)
{
    arm(run);
}

void sim_timer_drop_all(struct run *run)
{
    for (struct map_entry *entry = map_next(&run->timers, NULL); entry != NULL; entry = map_next(&run->timers, entry)) {
        end(entry->value, EVENT_CLOSE_RUN, NULL);
    }
    sim_run_disarm(run, &run->timer_deadline);
}

const char *sim_timer_check(const struct timer *timer)
{
    const struct run *run = timer->run;
    bool due = heap_has(&timer->due);

    if (!due && (run->expires_at == 0 || timer->fires_at < run->expires_at)) {
        return "a pending timer has no deadline";
    }
    if ((run->timer_dues.count > 0) != agenda_is_pending(&run->timer_deadline)) {
        return "a run with timers has no deadline, or the reverse";
    }
    return NULL;
}
