/* SPDX-License-Identifier: MIT */
/* What an environment asks of a service that is no simulator: by the calls that every client has. */
#include <timelapse/describe.h>

#include "sim/env/environment.h"

#define LOOK_AGAIN TL_MILLISECONDS(20)  /* until a run that was open is asked about again */
#define QUIET      TL_MILLISECONDS(150) /* without anything to do: nothing comes of itself */

enum tl_status
env_elsewhere_begin(struct tl_env *env, const struct tl_search_definition *attributes, struct tl_error *error)
{
    env->service = env->elsewhere.begin(env->elsewhere.user, env->driver, attributes, error);
    if (env->service == NULL) {
        return TL_UNAVAILABLE;
    }
    env->time_passes = tl_driver_time_passes(env->driver);
    env->start_time = tl_driver_now(env->driver);
    env->no_shadow = 1; /* histories are a call away, and calls cannot be made after each step */
    return TL_OK;
}

void env_elsewhere_end(struct tl_env *env)
{
    if (env->service != NULL) {
        env->elsewhere.end(env->elsewhere.user, env->service);
        env->service = NULL;
    }
}

enum tl_status
env_elsewhere_history(struct tl_env *env, const char *workflow_id, const char *run_id, struct tl_history **out_history)
{
    struct tl_error error;
    struct tl_handle *handle = tl_client_handle(env->client, workflow_id, run_id);

    if (handle == NULL) {
        return TL_NO_MEMORY;
    }
    enum tl_status status = tl_handle_history(handle, out_history, &error);
    tl_handle_free(handle);
    return status;
}

int env_elsewhere_is_closed(const struct tl_env *env, const char *workflow_id, const char *run_id)
{
    struct tl_description description;
    struct tl_error error;
    struct tl_handle *handle = tl_client_handle(env->client, workflow_id, run_id);
    int closed = -1;

    if (handle != NULL) {
        if (tl_handle_describe(handle, &description, &error) == TL_OK) {
            closed = description.closed_at != TL_NEVER;
        }
        tl_handle_free(handle);
    }
    return closed;
}

/* Where time stands a look is worth its calls once something has happened since the last one, and all of it has. */
static int may_look(const struct tl_env *env)
{
    tl_time now = tl_driver_now(env->driver);

    if (env->time_passes) {
        return now >= env->looked_at + LOOK_AGAIN;
    }
    return tl_driver_rests(env->driver) && (now != env->looked_at || tl_driver_steps(env->driver) != env->looked_steps);
}

int env_elsewhere_look(struct tl_env *env, int (*look)(void *user), void *user)
{
    if (!may_look(env)) {
        return 0;
    }
    int seen = look(user);
    env->looked_at = tl_driver_now(env->driver);
    env->looked_steps = tl_driver_steps(env->driver);
    return seen;
}

int env_elsewhere_are_all_closed(const struct tl_env *env)
{
    for (size_t i = 0; i < env->runs.capacity; i++) {
        struct env_run *run = env->runs.slots[i];

        if (run != NULL && !run->closed) {
            run->closed = env_elsewhere_is_closed(env, run->workflow_id, run->run_id) == 1;
            if (!run->closed) {
                return 0;
            }
        }
    }
    return env->runs.count > 0;
}

size_t env_elsewhere_open_runs(const struct tl_env *env)
{
    size_t open = 0;

    for (size_t i = 0; i < env->runs.capacity; i++) {
        const struct env_run *run = env->runs.slots[i];

        open += run != NULL && env_elsewhere_is_closed(env, run->workflow_id, run->run_id) == 0;
    }
    return open;
}

int env_elsewhere_is_quiet(struct tl_env *env, tl_time *busy_at)
{
    tl_time now = tl_driver_now(env->driver);

    if (*busy_at == 0 || tl_driver_ready(env->driver) > 0) {
        *busy_at = now;
    }
    return now - *busy_at >= QUIET;
}
