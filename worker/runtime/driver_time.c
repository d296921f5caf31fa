/* SPDX-License-Identifier: MIT */
/* A driver's time: clocks that it follows, jumps and holds; and waits, which step and move it. */
#include <timelapse/driver.h>

#include "worker/runtime/driver_private.h"

#define ANY_DEADLINE (TL_DEADLINE_WAKING | TL_DEADLINE_IDLE | TL_DEADLINE_RUN)

void driver_keep_up(struct tl_driver *driver)
{
    struct agenda *agenda = &driver->agenda;
    tl_time now = driver->clock.now(driver->clock.user);

    if (!agenda->stopped && now >= agenda->now) { /* a clock that stands may stand on a deadline */
        agenda->now = now;
        agenda_advance_to(agenda, now);
    }
}

tl_time tl_driver_now(const struct tl_driver *driver)
{
    unsigned held = driver_lock(driver);
    tl_time now = driver->agenda.now;

    driver_unlock(driver, held);
    return now;
}

/* With nothing ready: what the world outside does next. */
static enum tl_world go_on_outside(struct tl_driver *driver, tl_time to, unsigned kinds)
{
    const struct tl_leg leg = {.to = to, .stop = agenda_next_deadline(&driver->agenda, ANY_DEADLINE), .kinds = kinds};
    enum tl_world world = driver->clock.go_on(driver->clock.user, &leg);

    driver->outside_rests = world == TL_WORLD_RESTS;
    driver_keep_up(driver);
    if (driver->pacer.after_step != NULL) {
        driver->pacer.after_step(driver->pacer.user);
    }
    return world;
}

void tl_driver_jump(struct tl_driver *driver, tl_time to)
{
    if (driver->host != NULL || driver->stepping) {
        return;
    }
    if (!driver_follows(driver)) {
        agenda_jump(&driver->agenda, to);
    } else if (driver_stands(driver) && !driver->agenda.stopped && to > driver->agenda.now) {
        (void)go_on_outside(driver, to, ANY_DEADLINE);
    }
}

void tl_driver_skip(struct tl_driver *driver, tl_time to)
{
    if (driver->host == NULL && !driver->stepping && !driver_follows(driver)) {
        agenda_skip(&driver->agenda, to);
    }
}

void tl_driver_follow(struct tl_driver *driver, const struct tl_clock *clock)
{
    if (driver->host != NULL || driver->stepping) {
        return;
    }
    agenda_end_jump(&driver->agenda);
    driver->clock = *clock;
    driver->mailbox.waker = clock->user;
    driver->mailbox.wake = clock->wake;
    driver_keep_up(driver);
}

int tl_driver_time_passes(const struct tl_driver *driver)
{
    return driver->host != NULL || (driver_follows(driver) && !driver_stands(driver));
}

/* With nothing ready: until something may be. */
static void rest(struct tl_driver *driver, tl_time until)
{
    tl_time next = agenda_next_deadline(&driver->agenda, ANY_DEADLINE);

    driver->clock.wait(driver->clock.user, next < until ? next : until);
    driver_keep_up(driver);
    if (driver->pacer.after_step != NULL) {
        driver->pacer.after_step(driver->pacer.user);
    }
}

/* A stopped driver waits for nothing. */
static void wait_until(struct tl_driver *driver, tl_time to)
{
    while (!driver->stepping && driver->agenda.now < to) {
        enum tl_step step = tl_driver_step(driver);

        if (step == TL_STEP_STOPPED) {
            return;
        }
        if (step == TL_STEP_IDLE && driver_stands(driver)) {
            tl_driver_jump(driver, to);
        } else if (step == TL_STEP_IDLE) {
            rest(driver, to);
        }
    }
}

void tl_driver_advance_to(struct tl_driver *driver, tl_time to)
{
    if (driver->host != NULL) {
        return;
    }
    if (driver_follows(driver)) {
        wait_until(driver, to);
        return;
    }
    agenda_end_jump(&driver->agenda);
    while (!driver->stepping && driver->agenda.now < to) {
        tl_driver_jump(driver, to);
        while (driver->agenda.now < to && tl_driver_step(driver) == TL_STEP_RAN) {
        }
    }
}

void tl_driver_hold(struct tl_driver *driver)
{
    unsigned held = driver_lock(driver);

    driver->holds++;
    driver_unlock(driver, held);
}

enum tl_status tl_driver_release(struct tl_driver *driver)
{
    unsigned held = driver_lock(driver);
    bool is_held = driver->holds > 0;

    driver->holds -= is_held ? 1 : 0;
    driver_unlock(driver, held);
    return is_held ? TL_OK : TL_FAILED_PRECONDITION;
}

size_t tl_driver_holds(const struct tl_driver *driver)
{
    unsigned held = driver_lock(driver);
    size_t holds = driver->holds;

    driver_unlock(driver, held);
    return holds;
}

/* A driver with threads jumps nowhere, held or not. */
tl_time tl_driver_next_target(const struct tl_driver *driver, unsigned targets)
{
    return driver->host != NULL || driver->holds > 0 || driver_follows(driver)
               ? TL_NEVER
               : agenda_next_deadline(&driver->agenda, targets & (TL_DEADLINE_WAKING | TL_DEADLINE_RUN));
}

/* ---- Waits ---- */

/* False when there is nothing left, here and there. That it rests is news: conditions are looked at first. */
static bool leave_to_outside(struct tl_driver *driver, unsigned targets)
{
    targets &= driver->holds > 0 ? 0 : TL_DEADLINE_WAKING | TL_DEADLINE_RUN;
    if (!driver->outside_rests) {
        (void)go_on_outside(driver, driver->agenda.now, 0);
        return true;
    }
    return targets != 0 &&
           go_on_outside(driver, agenda_next_deadline(&driver->agenda, targets), targets) != TL_WORLD_RESTS;
}

/* One more thing happens: a step or, when nothing is ready, a leg of a jump. False when there is nothing left. */
static bool go_on(struct tl_driver *driver, unsigned targets)
{
    enum tl_step step = tl_driver_step(driver);

    if (step == TL_STEP_IDLE && driver_stands(driver)) {
        return leave_to_outside(driver, targets);
    }
    if (step == TL_STEP_IDLE && driver_follows(driver)) {
        rest(driver, TL_NEVER);
        return true;
    }
    tl_time next = step == TL_STEP_IDLE ? tl_driver_next_target(driver, targets) : TL_NEVER;

    if (next != TL_NEVER) {
        tl_driver_jump(driver, next);
        return true;
    }
    return step != TL_STEP_IDLE;
}

static enum tl_status run(struct tl_driver *driver, int (*done)(void *user), void *user, unsigned targets)
{
    for (;;) {
        enum tl_status status = driver_stopped_status(driver, NULL);

        if (status != TL_OK) {
            return status;
        }
        if (done(user)) {
            return TL_OK;
        }
        if (!go_on(driver, targets)) {
            return TL_UNAVAILABLE;
        }
    }
}

void driver_begin_wait(struct tl_driver *driver)
{
    const struct tl_pacer *pacer = &driver->pacer;

    if (driver->waits++ == 0 && pacer->begin_wait != NULL) {
        pacer->begin_wait(pacer->user);
    }
}

void driver_end_wait(struct tl_driver *driver)
{
    const struct tl_pacer *pacer = &driver->pacer;

    if (--driver->waits == 0 && pacer->end_wait != NULL) {
        pacer->end_wait(pacer->user);
    }
}

/* Between the lock and its end under a driver with threads. */
static enum tl_status wait_for(struct tl_driver *driver, int (*done)(void *user), void *user, unsigned targets)
{
    if (driver->stepping) {
        return TL_FAILED_PRECONDITION;
    }
    if (driver->host != NULL) {
        return driver->host->methods->wait(driver->host, done, user);
    }
    driver_begin_wait(driver);
    enum tl_status status = run(driver, done, user, targets);
    driver_end_wait(driver);
    return status;
}

enum tl_status tl_driver_run(struct tl_driver *driver, int (*done)(void *user), void *user, int skip)
{
    unsigned held = driver_lock(driver);
    enum tl_status status = wait_for(driver, done, user, (unsigned)skip);

    driver_unlock(driver, held);
    return status;
}

void tl_driver_set_pacer(struct tl_driver *driver, const struct tl_pacer *pacer)
{
    unsigned held = driver_lock(driver);

    driver->pacer = *pacer;
    driver_unlock(driver, held);
}
