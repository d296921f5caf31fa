/* SPDX-License-Identifier: MIT */
/* The oracle of a queue: what it counts, and that what could be matched is. */
#include "sim/check/parts.h"
#include "sim/service/call.h"

static const char *check_tasks(const struct queue *queue, size_t *out_posted)
{
    size_t tasks = 0;
    size_t posted = 0;
    bool passed = false; /* the oldest without a delivery */

    for (struct list_node *node = list_first(&queue->tasks); node != NULL; node = list_next(&queue->tasks, node)) {
        const struct queue_task *task = LIST_ITEM(node, struct queue_task, node);
        bool has_delivery = agenda_is_pending(&task->delivery);
        tasks++;
        posted += has_delivery ? 1 : 0;
        passed = passed || node == queue->unposted;
        if (task->queue != queue) {
            return "holds a task of another queue";
        }
        if (!has_delivery && !passed) {
            return "has forgotten a task that waits for a poll";
        }
    }
    if (list_is_linked(&queue->filled) != (tasks > 0 && queue->kind != QUEUE_WITHHELD)) {
        return "has tasks and is not among the filled, or the reverse";
    }
    *out_posted = posted;
    return tasks == queue->task_count && posted == queue->posted ? NULL : "counts its tasks wrongly";
}

static const char *check_polls(const struct queue *queue)
{
    size_t polls = 0;

    for (struct list_node *node = list_first(&queue->polls); node != NULL; node = list_next(&queue->polls, node)) {
        const struct tl_call *poll = LIST_ITEM(node, struct tl_call, waiting);
        polls++;
        if (!agenda_is_pending(&poll->item)) {
            return "has a poll that never ends";
        }
    }
    return polls == queue->poll_count ? NULL : "counts its polls wrongly";
}

const char *sim_check_queue(const struct queue *queue)
{
    size_t posted = 0;
    const char *what = check_tasks(queue, &posted);

    if (what == NULL) {
        what = check_polls(queue);
    }
    if (what == NULL && posted < queue->task_count && posted < queue->poll_count) {
        what = "leaves a task and a poll unmatched";
    }
    return what;
}
