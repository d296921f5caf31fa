/* SPDX-License-Identifier: MIT */
#include "sim/service/outstanding.h"

#include "sim/service/queue.h"
#include "sim/service/sim.h"

void sim_outstanding_begin(struct tl_sim *sim, struct list *list, struct outstanding *task, uint64_t peer)
{
    task->peer = peer;
    task->number = ++sim->last_outstanding;
    list_append(list, &task->node);
}

void sim_outstanding_end(struct outstanding *task)
{
    list_remove(&task->node);
}

static void desert_tasks(struct list *list, uint64_t peer)
{
    LIST_EACH(list, node)
    {
        struct outstanding *task = LIST_ITEM(node, struct outstanding, node);
        if (task->peer == peer) {
            sim_outstanding_end(task);
        }
    }
}

void sim_outstanding_desert(struct tl_sim *sim, uint64_t peer)
{
    desert_tasks(&sim->workflow_tasks_out, peer);
    desert_tasks(&sim->activities_out, peer);
    LIST_EACH(&sim->queues, node)
    {
        struct queue *queue = LIST_ITEM(node, struct queue, all);
        if (queue->last_peer == peer) {
            queue->deserted = true;
        }
    }
}

bool sim_outstanding_waits(const struct tl_sim *sim)
{
    for (struct list_node *node = list_first(&sim->filled); node != NULL; node = list_next(&sim->filled, node)) {
        const struct queue *queue = LIST_ITEM(node, struct queue, filled);
        if (!queue->deserted && !queue->shut_down) {
            return true;
        }
    }
    return false;
}
