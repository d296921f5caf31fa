/* SPDX-License-Identifier: MIT */
/* The namespaces of an environment beside "default", and their clients. */
#include <string.h>

#include "sim/env/environment.h"
#include "sim/env/nearest.h"

enum tl_status env_take_namespaces(struct tl_env *env, const char *const *namespaces, struct tl_error *error)
{
    size_t count = 0;

    if (namespaces == NULL) {
        return TL_OK;
    }
    while (namespaces[count] != NULL) {
        count++;
    }
    const char **kept = env_alloc(&env->memory, (count + 1) * sizeof *kept);
    for (size_t i = 0; kept != NULL && i < count; i++) {
        kept[i] = env_strdup(&env->memory, namespaces[i]);
        if (kept[i] == NULL) {
            kept = NULL;
        }
    }
    env->namespaces = kept;
    return kept == NULL ? tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory") : TL_OK;
}

void env_clients_free(struct tl_env *env)
{
    for (struct env_client *client = env->clients; client != NULL; client = client->next) {
        if (client->client != NULL) {
            tl_client_free(client->client);
        }
    }
}

/* ---- Where a run is ---- */

/* The nth namespace, "default" first; NULL: there were not so many. */
static const char *nth_namespace(const struct tl_env *env, size_t n)
{
    if (n == 0) {
        return ENV_NAMESPACE;
    }
    return env->namespaces == NULL ? NULL : env->namespaces[n - 1];
}

static const char *run_or_latest(const char *run_id)
{
    return run_id == NULL || run_id[0] == '\0' ? NULL : run_id;
}

/* Run ids are unique over namespaces: the first that has it is it. */
enum tl_status
env_history(struct tl_env *env, const char *workflow_id, const char *run_id, struct tl_history **out_history)
{
    enum tl_status status = TL_NOT_FOUND;
    const char *name;

    if (env_is_elsewhere(env)) {
        return env_elsewhere_history(env, workflow_id, run_or_latest(run_id), out_history);
    }
    for (size_t i = 0; status == TL_NOT_FOUND && (name = nth_namespace(env, i)) != NULL; i++) {
        status = tl_sim_history(env->sim, name, workflow_id, run_or_latest(run_id), 0, out_history);
    }
    return status;
}

int env_is_closed(const struct tl_env *env, const char *workflow_id, const char *run_id)
{
    int closed = -1;
    const char *name;

    if (env_is_elsewhere(env)) {
        return env_elsewhere_is_closed(env, workflow_id, run_or_latest(run_id));
    }
    for (size_t i = 0; closed < 0 && (name = nth_namespace(env, i)) != NULL; i++) {
        closed = tl_sim_is_closed(env->sim, name, workflow_id, run_or_latest(run_id));
    }
    return closed;
}

/* ---- Clients ---- */

static void fail_unknown(struct tl_env *env, const char *name_space)
{
    struct nearest nearest;
    const char *name;

    nearest_init(&nearest, name_space);
    for (size_t i = 0; (name = nth_namespace(env, i)) != NULL; i++) {
        nearest_offer(&nearest, name);
    }
    env_fail(
        env,
        TL_VERDICT,
        "there is no namespace %s (option namespaces)%s%s%s",
        name_space,
        nearest.name == NULL ? "" : "; did you mean ",
        nearest.name == NULL ? "" : nearest.name,
        nearest.name == NULL ? "" : "?");
}

static int is_there(const struct tl_env *env, const char *name_space)
{
    const char *name;

    for (size_t i = 0; (name = nth_namespace(env, i)) != NULL; i++) {
        if (strcmp(name, name_space) == 0) {
            return 1;
        }
    }
    return 0;
}

static struct tl_client *make_client(struct tl_env *env, const char *name_space)
{
    const struct tl_client_options options = {
        .name_space = name_space, .identity = "test", .skip_time = (int)env->targets, .registry = env->registry};
    struct env_client *client = env_alloc(&env->memory, sizeof *client);
    struct tl_error error;

    if (client != NULL) {
        client->name_space = env_strdup(&env->memory, name_space);
        client->client = tl_client_new(env->driver, env->service, &options, &error);
        client->next = env->clients;
        env->clients = client;
    }
    if (client == NULL || client->client == NULL || client->name_space == NULL) {
        env_fail(env, TL_NO_MEMORY, "out of memory");
        return NULL;
    }
    return client->client;
}

struct tl_client *(tl_env_client_in)(struct tl_env *env, const char *name_space)
{
    if (!env_enter(env, __func__)) {
        return NULL;
    }
    if (!env_check_named(env, "namespace", name_space)) {
        return NULL;
    }
    if (strcmp(name_space, ENV_NAMESPACE) == 0) {
        return env->client;
    }
    if (!is_there(env, name_space)) {
        fail_unknown(env, name_space);
        return NULL;
    }
    for (struct env_client *client = env->clients; client != NULL; client = client->next) {
        if (strcmp(client->name_space, name_space) == 0) {
            return client->client;
        }
    }
    return make_client(env, name_space);
}
