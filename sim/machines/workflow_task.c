/* SPDX-License-Identifier: MIT */
/* Facts: service/history/workflow/workflow_task_state_machine.go of the real server. */
#include "sim/machines/workflow_task.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/event.h"
#include "model/message.h"
#include "sim/machines/machines.h"
#include "sim/machines/workflow_task_events.h"
#include "sim/machines/workflow_task_poll.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"

#define MACHINE      sim_workflow_task
#define MACHINE_FILE "sim/machines/workflow_task.def"
#include "base/machine_define.h"

/* ---- Actions ---- */

/* Longer for every attempt after the third: 5 s, doubled, at most 10 minutes, up to a fifth less by chance. */
static tl_duration attempt_timeout(struct run *run, int32_t attempt)
{
    if (attempt <= TASK_RETRY_FROM) {
        return run->task_timeout;
    }
    double longer = (double)TASK_RETRY_FIRST * pow(2, attempt - TASK_RETRY_FROM - 1);
    longer = fmin(longer, (double)TASK_RETRY_MAX);
    return run->task_timeout + (tl_duration)(longer * (0.8 + 0.2 * random_unit(&run->sim->random)));
}

static int schedule(void *self, const void *argument)
{
    struct run *run = self;
    const struct task_schedule *how = argument;
    struct workflow_task *task = &run->task;

    if (run->buffered_count > 0) {
        task->attempt = 1; /* there is news: no mere repetition */
        sim_run_flush(run);
    }
    task->scheduled_at = sim_run_now(run);
    task->original_scheduled_at = how->original_scheduled_at != 0 ? how->original_scheduled_at : task->scheduled_at;
    task->timeout = attempt_timeout(run, task->attempt);
    task->scheduled_event_id = sim_history_next_id(run->history);
    task->started_event_id = 0;
    if (task->attempt > 1) {
        return STATE_TRANSIENT_SCHEDULED;
    }
    sim_run_add(run, sim_task_scheduled_event(run, &run->history->arena, task->scheduled_at));
    return STATE_SCHEDULED;
}

static void begin(struct run *run, const struct task_start *how)
{
    struct workflow_task *task = &run->task;

    task->started_at = sim_run_now(run);
    task->history_size = run->committed_size;
    task->suggest_by_size = run->committed_size >= run->sim->limits.suggest_bytes;
    task->suggest_by_count = sim_history_next_id(run->history) >= run->sim->limits.suggest_events;
    task->request_id = how->request_id;
    if (task->request_id == NULL) {
        sim_uuid(run->sim, task->own_request_id);
        task->request_id = task->own_request_id;
    }
}

static void add_started(struct run *run, const struct task_start *how)
{
    struct workflow_task *task = &run->task;

    task->started_event_id = sim_history_next_id(run->history);
    sim_run_add(run, sim_task_started_event(run, &run->history->arena, how->identity, how->worker_version));
}

static int start(void *self, const void *argument)
{
    begin(self, argument);
    add_started(self, argument);
    return 0;
}

static int start_again(void *self, const void *argument)
{
    struct run *run = self;
    struct workflow_task *task = &run->task;

    begin(run, argument);
    if (task->scheduled_event_id == sim_history_next_id(run->history)) {
        task->started_event_id = task->scheduled_event_id + 1;
        return STATE_TRANSIENT_STARTED;
    }
    task->attempt = 1;
    task->scheduled_event_id = sim_history_next_id(run->history);
    sim_run_add(run, sim_task_scheduled_event(run, &run->history->arena, task->started_at));
    add_started(run, argument);
    return STATE_STARTED;
}

static int complete(void *self, const void *argument)
{
    struct run *run = self;
    struct workflow_task *task = &run->task;

    sim_run_add(run, sim_task_completed_event(run, argument));
    run->last_completed_started_id = task->started_event_id;
    task->attempt = 1;
    task->close_attempted = false;
    return 0;
}

static int complete_all(void *self, const void *argument)
{
    struct run *run = self;
    const Pb__RespondWorkflowTaskCompletedRequest *request = argument;
    struct arena *arena = &run->history->arena;

    sim_run_add(run, sim_task_scheduled_event(run, arena, run->task.scheduled_at));
    sim_run_add(run, sim_task_started_event(run, arena, request->identity, sim_task_stamp(request)));
    return complete(self, argument);
}

/*
 * What any end but a completion does: a task of a sticky queue is tried once more on the normal
 * one before it counts as an attempt.
 */
static void count_attempt(struct run *run, bool counts)
{
    struct workflow_task *task = &run->task;

    task->attempt = counts && run->sticky == NULL ? task->attempt + 1 : 1;
    task->close_attempted = false;
    sim_run_clear_sticky(run);
}

static int fail_again(void *self, const void *argument)
{
    struct run *run = self;
    const struct task_failure *failure = argument;

    count_attempt(run, true);
    if (failure->cause == WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW ||
        failure->cause == WORKFLOW_TASK_FAILED_CAUSE_FAILOVER_CLOSE_COMMAND) {
        run->task.attempt = 1;
    }
    run->task.close_attempted = failure->cause == WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND;
    return 0;
}

static int fail(void *self, const void *argument)
{
    sim_run_add(self, sim_task_failed_event(self, argument));
    return fail_again(self, argument);
}

static int time_out_again(void *self, const void *argument)
{
    (void)argument;
    count_attempt(self, true);
    return 0;
}

static int time_out(void *self, const void *argument)
{
    sim_run_add(self, sim_task_timed_out_event(self, TIMEOUT_TYPE_START_TO_CLOSE));
    return time_out_again(self, argument);
}

static int leave_sticky(void *self, const void *argument)
{
    (void)argument;
    sim_run_add(self, sim_task_timed_out_event(self, TIMEOUT_TYPE_SCHEDULE_TO_START));
    count_attempt(self, false);
    return 0;
}

/* ---- Steps ---- */

/* A step leaves the queue and the deadline that belonged to the state before. */
static void step(struct run *run, unsigned event, const void *argument)
{
    struct workflow_task *task = &run->task;

    CHECK(machine_step(&sim_workflow_task_machine, &task->state, event, run, argument, true) == MACHINE_OK);
    sim_queue_remove(&task->queued);
    sim_outstanding_end(&task->out);
    sim_run_disarm(run, &task->deadline);
}

bool sim_workflow_task_is_pending(const struct run *run)
{
    return run->task.state != STATE_NONE && run->task.state != STATE_CLOSED;
}

bool sim_workflow_task_is_started(const struct run *run)
{
    return run->task.state == STATE_STARTED || run->task.state == STATE_TRANSIENT_STARTED;
}

bool sim_workflow_task_is_transient(const struct run *run)
{
    return run->task.state == STATE_TRANSIENT_SCHEDULED || run->task.state == STATE_TRANSIENT_STARTED;
}

static void on_deadline(struct agenda_item *item)
{
    struct run *run = CONTAINER_OF(item, struct run, task.deadline);

    step(run, sim_workflow_task_is_started(run) ? EVENT_TIME_OUT : EVENT_LEAVE_STICKY, NULL);
    sim_workflow_task_ensure(run);
    sim_run_commit(run);
}

static void name_deadline(const struct agenda_item *item, char *text, size_t size)
{
    const struct run *run = CONST_CONTAINER_OF(item, struct run, task.deadline);

    snprintf(text, size, "%s: workflow task %d times out", run->workflow_id, (int)run->task.scheduled_event_id);
}

static void arm(struct run *run, tl_time at)
{
    run->task.deadline.run = on_deadline;
    run->task.deadline.name = name_deadline;
    (void)sim_run_arm(run, &run->task.deadline, at);
}

/* "order-1: workflow task after ActivityTaskCompleted 7" */
static void name_delivery(const struct agenda_item *item, char *text, size_t size)
{
    const struct run *run = CONST_CONTAINER_OF(item, struct run, task.queued.delivery);
    int64_t cause = run->task.scheduled_event_id - 1;
    char type[EVENT_TYPE_NAME_SIZE];

    const Pb__HistoryEvent *event = sim_history_event(run->history, cause);
    snprintf(
        text,
        size,
        "%s: workflow task after %s %lld",
        run->workflow_id,
        event_type_name((int)event->event_type, type, sizeof(type)),
        (long long)cause);
}

/* A sticky queue that nobody polls is passed over, but the task still times out as a sticky one. */
static void dispatch(struct run *run)
{
    struct workflow_task *task = &run->task;
    struct queue *queue = run->queue;

    if (run->sticky != NULL) {
        arm(run, sim_later(task->scheduled_at, run->sticky_timeout));
        if (sim_queue_is_served(run->sticky)) {
            queue = run->sticky;
        }
    }
    task->queued.give = sim_workflow_task_give;
    task->queued.rank = sim_queue_rank(run->started->priority, false);
    task->queued.name = name_delivery;
    sim_queue_add(queue, &task->queued);
}

void sim_workflow_task_schedule(struct run *run, const struct task_schedule *how)
{
    step(run, EVENT_SCHEDULE, how);
    if (!how->returned) {
        dispatch(run);
    }
}

void sim_workflow_task_ensure(struct run *run)
{
    const struct task_schedule how = {0};

    if (!sim_workflow_task_is_pending(run)) {
        sim_workflow_task_schedule(run, &how);
    }
}

/* A worker that polled elsewhere has no cache of the run: it is sticky no more. */
void sim_workflow_task_start(struct run *run, const struct task_start *how)
{
    if (how->queue != NULL && run->sticky != how->queue) {
        sim_run_clear_sticky(run);
    }
    step(run, EVENT_START, how);
    sim_outstanding_begin(run->sim, &run->sim->workflow_tasks_out, &run->task.out, how->peer);
    arm(run, sim_later(run->task.started_at, run->task.timeout));
}

int64_t sim_workflow_task_complete(struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request)
{
    step(run, EVENT_COMPLETE, request);
    return (int64_t)run->history->count;
}

void sim_workflow_task_fail(struct run *run, const struct task_failure *failure)
{
    step(run, EVENT_FAIL, failure);
}

void sim_workflow_task_time_out(struct run *run)
{
    step(run, EVENT_TIME_OUT, NULL);
}

static const struct task_failure forced = {
    .cause = WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
    .identity = "history-service",
    .binary_checksum = "",
};

void sim_workflow_task_shed(struct run *run)
{
    if (sim_workflow_task_is_started(run)) {
        sim_workflow_task_fail(run, &forced);
        sim_run_flush(run);
        sim_workflow_task_ensure(run);
    }
}

void sim_workflow_task_abort(struct run *run)
{
    if (sim_workflow_task_is_started(run)) {
        sim_workflow_task_fail(run, &forced);
        sim_run_flush(run);
    }
}

void sim_workflow_task_close(struct run *run)
{
    step(run, EVENT_CLOSE_RUN, NULL);
}

void sim_workflow_task_transient_events(
    const struct run *run, struct arena *arena, const char *identity, Pb__HistoryEvent *out[2])
{
    out[0] = sim_task_scheduled_event(run, arena, run->task.scheduled_at);
    out[0]->event_id = run->task.scheduled_event_id;
    out[1] = sim_task_started_event(run, arena, identity, NULL);
    out[1]->event_id = run->task.started_event_id;
}

const char *sim_workflow_task_check(const struct run *run)
{
    const struct workflow_task *task = &run->task;
    bool scheduled = task->state == STATE_SCHEDULED || task->state == STATE_TRANSIENT_SCHEDULED;

    bool left = scheduled && agenda_is_pending(&task->deadline); /* by a sticky queue that the run has left */

    if (scheduled != (task->queued.queue != NULL) && !left) {
        return "a workflow task is scheduled and in no queue, or the reverse";
    }
    if (sim_workflow_task_is_started(run) && !agenda_is_pending(&task->deadline) && run->expires_at == 0) {
        return "a started workflow task has no deadline";
    }
    if (list_is_linked(&task->out.node) && !sim_workflow_task_is_started(run)) {
        return "a workflow task is out at a worker and not started";
    }
    if (sim_run_is_open(run) == (task->state == STATE_CLOSED)) {
        return "the workflow task of a closed run is open, or the reverse";
    }
    if ((task->attempt > 1) != sim_workflow_task_is_transient(run) && sim_workflow_task_is_pending(run)) {
        return "an attempt beyond the first is not transient, or the reverse";
    }
    return NULL;
}
