/* SPDX-License-Identifier: MIT */
#include "worker/runtime/eager_host.h"

#include <string.h>

#include "worker/runtime/driver_private.h"

static struct eager_host *host_of(struct list_node *node)
{
    return LIST_ITEM(node, struct eager_host, node);
}

void eager_host_add(struct tl_driver *driver, struct eager_host *host)
{
    host->number = driver->eager_hosts_made++;
    list_append(&driver->eager_hosts, &host->node);
}

void eager_host_remove(struct eager_host *host)
{
    list_remove(&host->node);
}

struct eager_seat eager_host_reserve(
    struct tl_driver *driver, const struct tl_service *service, const char *name_space, const char *task_queue)
{
    LIST_EACH(&driver->eager_hosts, node)
    {
        struct eager_host *host = host_of(node);

        if (host->service == service && strcmp(host->name_space, name_space) == 0 &&
            strcmp(host->task_queue, task_queue) == 0 && host->reserve(host)) {
            return (struct eager_seat){host, host->number};
        }
    }
    return (struct eager_seat){NULL, 0};
}

static bool is_there(const struct tl_driver *driver, const struct eager_seat *seat)
{
    LIST_EACH(&driver->eager_hosts, node)
    {
        if (host_of(node) == seat->host && seat->host->number == seat->number) {
            return true;
        }
    }
    return false;
}

void eager_host_settle(
    struct tl_driver *driver, struct eager_seat seat, struct tl_reply *reply,
    const Pb__PollWorkflowTaskQueueResponse *task)
{
    if (!is_there(driver, &seat)) {
        return;
    }
    if (task != NULL && task->task_token.len > 0) {
        seat.host->take(seat.host, tl_reply_ref(reply), task);
    } else {
        seat.host->release(seat.host);
    }
}
