/* SPDX-License-Identifier: MIT */
/*
 * Several workers, task queues and namespaces in one test environment, and what may befall a worker: stopping,
 * crashing, being slow, losing its cache. On the test's own stack or in its callbacks (timelapse/env_hook.h); elsewhere
 * a verdict.
 */
#ifndef TIMELAPSE_ENV_WORKER_H
#define TIMELAPSE_ENV_WORKER_H

#include <timelapse/env.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_env_worker;

/* Zero means default in every member. */
struct tl_env_worker_options {
    tl_register_fn *register_all; /* called on a registry of the worker's own; NULL: worker.registry */
    /*
     * Strings are copied. registry NULL: the environment's, mocks included, which other registries have not; task_queue
     * NULL: the environment's; identity NULL: "worker-<number>@<task queue>", the environment's own being worker 1.
     * Runs are replayed behind the test by the registry of the worker that ran them last, told by its identity.
     */
    struct tl_worker_options worker;
};

/*
 * One more worker. options: NULL for defaults. Returns borrowed until tl_env_free. What the worker refuses is a
 * verdict; NULL is returned when the reporter returns.
 */
TL_API struct tl_env_worker *tl_env_add_worker(struct tl_env *env, const struct tl_env_worker_options *options);

/* The worker that is there from the start. Borrowed. */
TL_API struct tl_env_worker *tl_env_own_worker(struct tl_env *env);

/* The worker behind it, as it is now; NULL after a crash. Borrowed until it crashes or is started again. */
TL_API struct tl_worker *tl_env_worker_get(struct tl_env_worker *worker);

/* Begins a graceful stop (tl_worker_stop). Of one that crashed: nothing. */
TL_API void tl_env_worker_stop(struct tl_env_worker *worker);

/*
 * The worker is gone at once: its cache is lost and its tasks are never answered, so that the service finds out by
 * their timeouts. Of one that crashed: nothing.
 */
TL_API void tl_env_worker_crash(struct tl_env_worker *worker);

/* A new worker with the same options in place of one that crashed or was told to stop. One that runs crashes first. */
TL_API void tl_env_worker_restart(struct tl_env_worker *worker);

/* Evicts a run (NULL: all) from the cache; see tl_worker_evict. Returns how many were or will be. */
TL_API size_t tl_env_worker_evict(struct tl_env_worker *worker, struct tl_handle *run);

/*
 * From now on every answer of the service comes to the worker so much later: what it does takes that long, and so does
 * coming back for more. 0: at once again. A negative delay is a verdict.
 */
TL_API void tl_env_worker_slow(struct tl_env_worker *worker, tl_duration delay);

/* ---- Namespaces: those of tl_env_options.namespaces ---- */

/* The client of a namespace; of one that there is not, a verdict with the nearest name. Borrowed until tl_env_free. */
TL_API struct tl_client *tl_env_client_in(struct tl_env *env, const char *name_space);

/* As tl_env_start, in that namespace. The handle serves all functions of the environment. */
TL_API struct tl_handle *tl_env_start_in(
    struct tl_env *env, const char *name_space, const char *workflow_type, const char *workflow_id,
    const char *input_json, const struct tl_start_options *options);

/* As all such functions of the environment: see tl_env_here. */
#define tl_env_add_worker(env, ...)           (tl_env_add_worker)(TL_ENV_HERE(env), __VA_ARGS__)
#define tl_env_client_in(env, name_space)     (tl_env_client_in)(TL_ENV_HERE(env), (name_space))
#define tl_env_start_in(env, name_space, ...) (tl_env_start_in)(TL_ENV_HERE(env), (name_space), __VA_ARGS__)

/* The same for a call on a worker, which it returns. */
TL_API struct tl_env_worker *tl_env_worker_here(struct tl_env_worker *worker, const char *file, int line);

#define TL_ENV_WORKER_HERE(worker)        tl_env_worker_here((worker), __FILE__, __LINE__)
#define tl_env_worker_stop(worker)        (tl_env_worker_stop)(TL_ENV_WORKER_HERE(worker))
#define tl_env_worker_crash(worker)       (tl_env_worker_crash)(TL_ENV_WORKER_HERE(worker))
#define tl_env_worker_restart(worker)     (tl_env_worker_restart)(TL_ENV_WORKER_HERE(worker))
#define tl_env_worker_evict(worker, run)  (tl_env_worker_evict)(TL_ENV_WORKER_HERE(worker), (run))
#define tl_env_worker_slow(worker, delay) (tl_env_worker_slow)(TL_ENV_WORKER_HERE(worker), (delay))

#ifdef __cplusplus
}
#endif
#endif
