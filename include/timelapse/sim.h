/* SPDX-License-Identifier: MIT */
/* The simulator: a Temporal service in memory, on the clock of the driver it is made on. */
#ifndef TIMELAPSE_SIM_H
#define TIMELAPSE_SIM_H

#include <timelapse/driver.h>
#include <timelapse/history.h>
#include <timelapse/payload.h>
#include <timelapse/search_attribute.h>
#include <timelapse/service.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_sim;

/*
 * Limits that would take a test long to reach. Zero means the real server's number, which stands beside each. What
 * happens beyond them is what happens there: a run whose history is too large is terminated, a command too many fails
 * its workflow task, a signal too many is refused.
 */
struct tl_sim_limits {
    int64_t history_events;     /* 51,200 */
    int64_t history_bytes;      /* 50 MiB */
    int64_t state_bytes;        /* 8 MiB: memo, heartbeat details, last failures, buffered events of a run */
    int64_t suggest_events;     /* 4096: from here on workflow tasks suggest continue-as-new */
    int64_t suggest_bytes;      /* 4 MiB */
    int64_t pending_activities; /* 2000, in one run */
    int64_t signals;            /* 10,000, in one run */
};

/* Zero means default. */
struct tl_sim_options {
    int wire; /* 1: every request and reply is packed, poisoned and unpacked on its way, as a network would */
    struct tl_sim_limits limits;
    const char *const *namespaces; /* registered from the start, beside "default"; copied; up to a NULL. NULL: none */
    /* Of every namespace that is there from the start; copied; up to one without a name. NULL: none, as on a new server
     */
    const struct tl_search_definition *search_attributes;
};

/*
 * A universe with the namespace "default". Returns owned, free with tl_sim_free after the workers
 * and clients that call it and before the driver; NULL with `error` filled: out of memory, or an option
 * that cannot be. Calls under way at tl_sim_free are never answered; replies and histories given out
 * stay valid.
 */
TL_API struct tl_sim *
tl_sim_new(struct tl_driver *driver, const struct tl_sim_options *options, struct tl_error *error);
TL_API void tl_sim_free(struct tl_sim *sim);

/* The service to give to workers and clients; lives as long as the simulator. */
TL_API struct tl_service *tl_sim_service(struct tl_sim *sim);

/*
 * The history of a run up to and including event `last_event` (0: all), without a call: nothing
 * is traced or scheduled. run_id NULL: the latest run of the id. Returned owned in *out_history,
 * sharing its events with the run; its memory is the driver's, so it is given back before
 * tl_driver_free. TL_NOT_FOUND, also when there is no event `last_event`.
 */
TL_API TL_MUST_CHECK enum tl_status tl_sim_history(
    struct tl_sim *sim, const char *name_space, const char *workflow_id, const char *run_id, int64_t last_event,
    struct tl_history **out_history);

/* A task of an activity that is about to be put into its queue. Everything is borrowed for the call. */
struct tl_sim_activity {
    const char *type;
    const char *workflow_id;
    const char *run_id;
    const char *activity_id;
    int32_t attempt;               /* from 1 */
    struct tl_payloads input;      /* as the service sees it: encoded where there are codecs */
    tl_time scheduled_at;          /* of the first attempt */
    tl_time at;                    /* now */
    tl_duration schedule_to_start; /* 0: none */
    tl_duration schedule_to_close;
};

/*
 * Keeps tasks from all workers: those for which `withhold` returns other than 0 are given to nobody, as when every
 * worker is busy or gone, so that their timeouts end them. Asked once for each attempt, inside the service's work: it
 * may not call back. NULL ends it; tasks that were kept stay so.
 */
typedef int tl_sim_withhold_fn(void *user, const struct tl_sim_activity *activity);
TL_API void tl_sim_withhold(struct tl_sim *sim, tl_sim_withhold_fn *withhold, void *user);

/* How many runs are open. */
TL_API size_t tl_sim_open_runs(const struct tl_sim *sim);

/* 1 when the run is closed, 0 when open, -1 when unknown. run_id NULL: the latest run of the id. */
TL_API int
tl_sim_is_closed(const struct tl_sim *sim, const char *name_space, const char *workflow_id, const char *run_id);

/*
 * Checks the invariants between two steps: dense event ids, every started has its scheduled, nothing
 * pending in a closed run, counters equal to what they count. Looks at each event once, at the runs that
 * changed since it was last called, and at everything now and then: calling it after every step costs
 * little. TL_OK, or TL_INTERNAL with what is broken.
 */
TL_API TL_MUST_CHECK enum tl_status tl_sim_check(struct tl_sim *sim, struct tl_error *error);

/*
 * Why time does not move, as the service sees it: one line for each task that is at a worker or waits for one, and
 * for each open run that nothing wakes. Runs in the order of their starts, at most `most` lines; returns how many
 * there are. Times are told as what passed since `origin` ("+5s"), 0: as dates.
 */
TL_API size_t tl_sim_why(
    const struct tl_sim *sim, tl_time origin, size_t most, void (*each)(void *user, const char *line), void *user);

#ifdef __cplusplus
}
#endif
#endif
