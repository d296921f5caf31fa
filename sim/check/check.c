/* SPDX-License-Identifier: MIT */
#include "sim/check/check.h"

#include "sim/check/parts.h"
#include "sim/machines/clock.h"
#include "sim/machines/machines.h"
#include "sim/service/call.h"
#include "sim/service/namespace.h"

/* Everything is looked at after so many checks, and as many more as there are runs: the cost of one stays the same. */
#define CHECKS_BETWEEN 32

static enum tl_status check_run(const struct run *run, struct tl_error *error)
{
    const char *what = sim_check_events(run);

    if (what == NULL) {
        what = sim_check_run(run);
    }
    if (what == NULL) {
        return TL_OK;
    }
    return tl_error_set(error, TL_INTERNAL, NULL, "workflow %.100s run %s: %s", run->workflow_id, run->run_id, what);
}

static enum tl_status check_runs(const struct tl_sim *sim, struct tl_error *error)
{
    size_t open = 0;

    for (size_t i = 0; i < sim->run_count; i++) {
        open += sim_run_is_open(sim->runs[i]) ? 1 : 0;
        if (check_run(sim->runs[i], error) != TL_OK) {
            return TL_INTERNAL;
        }
    }
    if (open != sim->open_runs) {
        return tl_error_set(error, TL_INTERNAL, NULL, "%zu runs are open, %zu are counted", open, sim->open_runs);
    }
    return TL_OK;
}

static enum tl_status check_queues(const struct map *queues, struct tl_error *error)
{
    for (struct map_entry *entry = map_next(queues, NULL); entry != NULL; entry = map_next(queues, entry)) {
        const struct queue *queue = entry->value;
        const char *what = sim_check_queue(queue);
        if (what != NULL) {
            return tl_error_set(error, TL_INTERNAL, NULL, "queue %.100s %s", queue->name, what);
        }
    }
    return TL_OK;
}

static enum tl_status check_spaces(const struct tl_sim *sim, struct tl_error *error)
{
    size_t runs = 0;

    for (struct map_entry *entry = map_next(&sim->spaces, NULL); entry != NULL; entry = map_next(&sim->spaces, entry)) {
        const struct name_space *space = entry->value;
        runs += map_count(&space->runs);
        for (size_t kind = 0; kind < QUEUE_KINDS; kind++) {
            if (check_queues(&space->queues[kind], error) != TL_OK) {
                return TL_INTERNAL;
            }
        }
    }
    if (runs != sim->run_count) {
        return tl_error_set(error, TL_INTERNAL, NULL, "namespaces have %zu runs of %zu", runs, sim->run_count);
    }
    return TL_OK;
}

static enum tl_status check_calls(const struct tl_sim *sim, struct tl_error *error)
{
    for (struct list_node *node = list_first(&sim->calls); node != NULL; node = list_next(&sim->calls, node)) {
        const struct tl_call *call = LIST_ITEM(node, struct tl_call, under_way);
        if (!agenda_is_pending(&call->item)) {
            return tl_error_set(error, TL_INTERNAL, NULL, "a call of %s is never answered", call->rpc->name);
        }
    }
    return TL_OK;
}

static enum tl_status check_all(struct tl_sim *sim, struct tl_error *error)
{
    if (check_runs(sim, error) != TL_OK || check_spaces(sim, error) != TL_OK) {
        return TL_INTERNAL;
    }
    return check_calls(sim, error);
}

static enum tl_status check_changed(struct tl_sim *sim, struct tl_error *error)
{
    for (struct list_node *node = list_take_first(&sim->changed); node != NULL; node = list_take_first(&sim->changed)) {
        if (check_run(LIST_ITEM(node, struct run, changed), error) != TL_OK) {
            return TL_INTERNAL;
        }
    }
    return TL_OK;
}

enum tl_status sim_check(struct tl_sim *sim, struct tl_error *error)
{
    if (check_changed(sim, error) != TL_OK) {
        return TL_INTERNAL;
    }
    if (sim->checks++ < CHECKS_BETWEEN + sim->run_count) {
        return TL_OK;
    }
    sim->checks = 0;
    return check_all(sim, error);
}

/* ---- The agenda ---- */

static size_t one(const struct agenda_item *item)
{
    return agenda_is_pending(item) ? 1 : 0;
}

/* What is pending in a run: its tasks wait in queues and are counted there. */
static size_t count_run(const struct run *run)
{
    size_t forward = run->clock == NULL ? 0 : one(&run->clock->forward);

    return forward + one(&run->backoff) + one(&run->expiry) + one(&run->task.deadline) + run->activity_dues.count +
           one(&run->timer_deadline);
}

static size_t count_deliveries(const struct tl_sim *sim)
{
    size_t count = 0;

    for (struct map_entry *entry = map_next(&sim->spaces, NULL); entry != NULL; entry = map_next(&sim->spaces, entry)) {
        const struct name_space *space = entry->value;
        for (size_t kind = 0; kind < QUEUE_KINDS; kind++) {
            const struct map *queues = &space->queues[kind];
            for (struct map_entry *queue = map_next(queues, NULL); queue != NULL; queue = map_next(queues, queue)) {
                count += ((const struct queue *)queue->value)->posted;
            }
        }
    }
    return count;
}

enum tl_status sim_check_agenda(const struct tl_sim *sim, struct tl_error *error)
{
    const struct agenda *agenda = sim->agenda;
    size_t found = agenda->ready_count + agenda->waking.count + agenda->idle.count + agenda->idle_passed.count +
                   agenda->run_timeouts.count;
    size_t expected = count_deliveries(sim);

    for (size_t i = 0; i < sim->run_count; i++) {
        expected += count_run(sim->runs[i]);
    }
    for (struct list_node *node = list_first(&sim->calls); node != NULL; node = list_next(&sim->calls, node)) {
        expected++;
    }
    if (found != expected) {
        return tl_error_set(error, TL_INTERNAL, NULL, "the agenda has %zu items, %zu are expected", found, expected);
    }
    return TL_OK;
}
