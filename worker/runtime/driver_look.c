/* SPDX-License-Identifier: MIT */
/* Looking at what the driver has before it: nothing here changes anything. */
#include <timelapse/driver.h>

#include "worker/runtime/driver_private.h"

#define NAME_SIZE 256

struct looker {
    void (*each)(void *user, const struct tl_pending *pending);
    void *user;
};

static void tell(const struct looker *looker, const struct agenda_item *item, tl_time at, unsigned kind)
{
    char name[NAME_SIZE] = "";
    const struct tl_pending pending = {.kind = kind, .at = at, .name = name};

    if (item->name != NULL) {
        item->name(item, name, sizeof(name));
    }
    looker->each(looker->user, &pending);
}

static void tell_deadline(void *user, const struct agenda_item *item, tl_time at, enum tl_deadline_kind kind)
{
    tell(user, item, at, (unsigned)kind);
}

static void tell_ready(const struct looker *looker, const struct agenda *agenda, size_t most)
{
    LIST_EACH(&agenda->ready, node)
    {
        if (most-- == 0) {
            break;
        }
        tell(looker, CONST_CONTAINER_OF(node, struct agenda_item, ready), agenda->now, 0);
    }
}

void tl_driver_pending(
    const struct tl_driver *driver, unsigned kinds, size_t most,
    void (*each)(void *user, const struct tl_pending *pending), void *user)
{
    struct looker looker = {each, user};
    unsigned held = driver_lock(driver);

    if (kinds == 0) {
        tell_ready(&looker, &driver->agenda, most);
    } else {
        agenda_look(&driver->agenda, kinds, most, tell_deadline, &looker);
    }
    driver_unlock(driver, held);
}
