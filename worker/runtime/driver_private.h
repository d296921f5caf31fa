/* SPDX-License-Identifier: MIT */
/*
 * The driver from the inside: what workers, clients and replayers made on it may use.
 *
 * Memory. Whatever runs inside a step is covered by the step's guard (base/pool.h). Public entry
 * points that may be called from the test's own stack go through driver_guarded.
 */
#ifndef TIMELAPSE_WORKER_DRIVER_PRIVATE_H
#define TIMELAPSE_WORKER_DRIVER_PRIVATE_H

#include <stdbool.h>
#include <timelapse/driver.h>

#include "base/agenda.h"
#include "base/arena.h"
#include "base/list.h"
#include "base/random.h"
#include "worker/runtime/coroutine_owner.h"
#include "worker/runtime/fault.h"
#include "worker/runtime/host.h"
#include "worker/runtime/mailbox.h"
#include "worker/runtime/parked.h"

struct tl_driver {
    struct pool *pool;
    struct agenda agenda;
    struct arena arena; /* of the verdict's texts */
    uint64_t seed;
    uint64_t streams;        /* how many random streams were given out */
    struct list members;     /* struct driver_member, in order of their making */
    struct list eager_hosts; /* struct eager_host, likewise */
    uint64_t eager_hosts_made;
    const char *identity; /* of workers that are given none; NULL: none. Borrowed, until they are made */
    size_t holds;         /* jumps wait for the release of each */
    uint64_t steps;       /* that ran */
    struct tl_pacer pacer;
    size_t waits; /* open ones, each within the one before */
    bool stepping;
    bool failed; /* verdict is set */
    struct tl_verdict verdict;
    struct driver_fault_state fault;
    struct mailbox mailbox;
    struct driver_host *host; /* NULL: the deterministic driver, which serves one thread */
    struct tl_clock clock;    /* that is followed; now NULL: time moves when it is told to */
    bool outside_rests;       /* nothing is under way in its world since the last step */
};

static inline bool driver_follows(const struct tl_driver *driver)
{
    return __builtin_expect(driver->clock.now != NULL, 0);
}

/* The clock that is followed stands until it is moved. */
static inline bool driver_stands(const struct tl_driver *driver)
{
    return __builtin_expect(driver->clock.go_on != NULL, 0);
}

/*
 * Public calls that other threads may make under a driver with threads stand between these two. Abandoning a coroutine
 * or unwinding between them is fine: whoever goes on holds the lock as often as it did.
 */
static inline unsigned driver_lock(const struct tl_driver *driver)
{
    return __builtin_expect(driver->host == NULL, 1) ? 0 : driver->host->methods->lock(driver->host);
}

static inline void driver_unlock(const struct tl_driver *driver, unsigned held)
{
    if (__builtin_expect(driver->host != NULL, 0)) {
        driver->host->methods->unlock(driver->host, held);
    }
}

/* Has a driver with threads look again at what is waited for. Any thread, without a lock. */
static inline void driver_look(const struct tl_driver *driver)
{
    if (driver->mailbox.wake != NULL) {
        driver->mailbox.wake(driver->mailbox.waker);
    }
}

/* The driver's clock goes to where the one that it follows is; that is no skip. */
void driver_keep_up(struct tl_driver *driver);

/* What lives on a driver and has coroutines of its own. */
struct driver_member {
    struct list_node node;
    void (*waits)(const struct driver_member *member, parked_fn *each, void *user);
    /* The driver has stopped for good; out of memory, maybe: nothing is allocated. NULL: it need not know. */
    void (*on_stopped)(struct driver_member *member);
};

/* Adds and removes a member; removing one that was never added does nothing. */
void driver_join(struct tl_driver *driver, struct driver_member *member);
void driver_leave(struct driver_member *member);

/* Calls `each` for every parked coroutine of the members. */
void driver_parked(const struct tl_driver *driver, parked_fn *each, void *user);

/*
 * Seeds `random` for a part of the universe: the same seed, noun and order of asking give the same
 * numbers, and no part's numbers depend on how many another part used.
 */
void driver_random(struct tl_driver *driver, const char *noun, struct random *random);

/*
 * Calls body(user) with memory guarded and returns what it returns. TL_NO_MEMORY when memory ran
 * out: the driver is stopped. Inside a step the step's own guard serves. A driver that is stopped
 * already calls nothing and returns driver_stopped_status.
 */
typedef enum tl_status driver_body_fn(void *user);
enum tl_status driver_guarded(struct tl_driver *driver, driver_body_fn *body, void *user);

/* As driver_guarded, for calls that are allowed on a stopped driver too: to free and to look. */
void driver_guarded_always(struct tl_driver *driver, void (*body)(void *user), void *user);

/*
 * A wait on the thread's own stack begins and ends: of tl_driver_run, or of a call that needs several. They nest, and
 * the pacer hears of the outermost.
 */
void driver_begin_wait(struct tl_driver *driver);
void driver_end_wait(struct tl_driver *driver);

/* One step, as tl_driver_step: of a driver with threads only its own thread makes them. */
enum tl_step driver_step(struct tl_driver *driver);

/* Stops the driver with a copy of the verdict, whose texts stay, and tells the sinks; allocates nothing. */
void driver_stop_with(struct tl_driver *driver, const struct tl_verdict *verdict);

/* Stops the driver with the verdict TL_NO_MEMORY; allocates nothing. */
void driver_out_of_memory(struct tl_driver *driver);

/* TL_OK while the driver runs; else TL_NO_MEMORY or TL_VERDICT, `error` filled with the verdict's text. */
enum tl_status driver_stopped_status(const struct tl_driver *driver, struct tl_error *error);

#endif
