/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <timelapse/alarm.h>

#include "base/pool.h"
#include "worker/runtime/driver_private.h"

struct tl_alarm {
    struct agenda_item item;
    struct tl_driver *driver;
    tl_alarm_fn *run;
    void *user;
    size_t size; /* of this struct and the name behind it */
    char name[];
};

static struct tl_alarm *alarm_of(const struct agenda_item *item)
{
    return (struct tl_alarm *)(uintptr_t)item; /* the first member */
}

static void ring(struct agenda_item *item)
{
    struct tl_alarm *alarm = alarm_of(item);

    alarm->run(alarm->user);
}

static void write_name(const struct agenda_item *item, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", alarm_of(item)->name);
}

/* ---- Life ---- */

struct making {
    struct tl_driver *driver;
    size_t size;
    struct tl_alarm *alarm;
};

static enum tl_status make(void *user)
{
    struct making *making = user;

    making->alarm = pool_zalloc(making->driver->pool, making->size);
    return TL_OK;
}

struct tl_alarm *tl_alarm_new(struct tl_driver *driver, const char *name, tl_alarm_fn *run, void *user)
{
    size_t len = name == NULL ? 0 : strlen(name);
    struct making making = {driver, sizeof(struct tl_alarm) + len + 1, NULL};

    if (driver_guarded(driver, make, &making) != TL_OK) {
        return NULL;
    }
    struct tl_alarm *alarm = making.alarm;
    alarm->item.run = ring;
    alarm->item.name = name == NULL ? NULL : write_name;
    alarm->driver = driver;
    alarm->run = run;
    alarm->user = user;
    alarm->size = making.size;
    if (name != NULL) {
        memcpy(alarm->name, name, len);
    }
    return alarm;
}

void tl_alarm_free(struct tl_alarm *alarm)
{
    if (alarm != NULL) {
        struct tl_driver *driver = alarm->driver;
        unsigned held = driver_lock(driver);

        agenda_cancel(&driver->agenda, &alarm->item);
        pool_free(driver->pool, alarm, alarm->size);
        driver_unlock(driver, held);
    }
}

/* ---- Setting ---- */

struct setting {
    struct tl_alarm *alarm;
    tl_time at;
};

static enum tl_status set(void *user)
{
    const struct setting *setting = user;

    agenda_at(&setting->alarm->driver->agenda, &setting->alarm->item, setting->at, TL_DEADLINE_WAKING);
    return TL_OK;
}

enum tl_status tl_alarm_set(struct tl_alarm *alarm, tl_time at)
{
    struct setting setting = {alarm, at};

    return driver_guarded(alarm->driver, set, &setting);
}
