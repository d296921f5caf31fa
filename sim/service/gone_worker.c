/* SPDX-License-Identifier: MIT */
#include "sim/service/gone_worker.h"

#include <string.h>

#include "sim/service/limits.h"
#include "sim/service/namespace.h"

struct gone_worker {
    struct list_node node;
    tl_time forgotten_at;
    size_t size;
    char key[];
};

static struct gone_worker *worker_of(struct list_node *node)
{
    return LIST_ITEM(node, struct gone_worker, node);
}

static void forget(struct name_space *space, struct gone_worker *worker)
{
    list_remove(&worker->node);
    pool_free(space->sim->pool, worker, worker->size);
}

/* They are in the order of their times. */
static void forget_old(struct name_space *space)
{
    struct list_node *node = list_first(&space->gone_workers);

    while (node != NULL && worker_of(node)->forgotten_at <= sim_now(space->sim)) {
        forget(space, worker_of(node));
        node = list_first(&space->gone_workers);
    }
}

void sim_gone_worker_add(struct name_space *space, const char *key)
{
    size_t length = strlen(key) + 1;
    size_t size = sizeof(struct gone_worker) + length;
    struct gone_worker *worker = pool_zalloc(space->sim->pool, size);

    forget_old(space);
    worker->size = size;
    worker->forgotten_at = sim_now(space->sim) + GONE_WORKER_WINDOW;
    memcpy(worker->key, key, length);
    list_append(&space->gone_workers, &worker->node);
}

void sim_gone_workers_free(struct name_space *space)
{
    struct list_node *node = list_first(&space->gone_workers);

    while (node != NULL) {
        forget(space, worker_of(node));
        node = list_first(&space->gone_workers);
    }
}

bool sim_gone_worker_has(struct name_space *space, const char *key)
{
    if (key[0] == '\0' || list_is_empty(&space->gone_workers)) {
        return false;
    }
    forget_old(space);
    for (struct list_node *node = list_first(&space->gone_workers); node != NULL;
         node = list_next(&space->gone_workers, node)) {
        if (strcmp(worker_of(node)->key, key) == 0) {
            return true;
        }
    }
    return false;
}
