/* SPDX-License-Identifier: MIT */
#include "sim/server/server.h"

#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "sim/server/link.h"
#include "sim/server/universe.h"

/* How long time may stand, though it is unlocked, before the log says why. */
#define STANDS TL_SECONDS(2)

#define WHY_LINES 8

/* ---- Life ---- */

static struct server *
make(struct pool *pool, const struct server_options *options, tl_time wall, struct tl_error *error)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        (void)tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    struct server *server = pool_zalloc(pool, sizeof(*server));
    server->pool = pool;
    server->options = *options;
    server->wall = wall;
    arena_init(&server->scratch, pool);
    list_init(&server->links);
    list_init(&server->dirty);
    list_init(&server->universes);
    struct universe *first = server_universe(server, SERVER_DEFAULT_UNIVERSE, error);
    pool_guard_pop(pool, &guard);
    return first == NULL ? NULL : server;
}

struct server *server_new(const struct server_options *options, tl_time wall, struct tl_error *error)
{
    struct pool *pool = pool_new(NULL);

    if (pool == NULL) {
        (void)tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    struct server *server = make(pool, options, wall, error);
    if (server == NULL) {
        pool_free_all(pool);
    }
    return server;
}

void server_free(struct server *server)
{
    if (server == NULL) {
        return;
    }
    struct pool *pool = server->pool;

    LIST_EACH(&server->links, node)
    {
        link_free(LIST_ITEM(node, struct link, node));
    }
    LIST_EACH(&server->universes, node)
    {
        list_remove(node);
        universe_free(LIST_ITEM(node, struct universe, node));
    }
    pool_free_all(pool);
}

/* ---- Universes ---- */

static struct universe *find(const struct server *server, const char *name)
{
    for (struct list_node *node = list_first(&server->universes); node != NULL;
         node = list_next(&server->universes, node)) {
        struct universe *universe = LIST_ITEM(node, struct universe, node);
        if (strcmp(universe->name, name) == 0) {
            return universe;
        }
    }
    return NULL;
}

struct universe *server_universe(struct server *server, const char *name, struct tl_error *error)
{
    struct universe *universe = find(server, name);

    if (universe != NULL) {
        return universe;
    }
    const struct server_options *options = &server->options;
    const char *const namespaces[] = {name, NULL};
    struct universe_options made = {
        .name = name,
        .start_time = options->initial_time,
        .wall_time = options->wall_time(),
        .seed = options->seed,
        .starts_locked = !options->starts_unlocked || options->real_time,
        .sim = options->sim,
    };
    if (options->universe_per_namespace) {
        made.sim.namespaces = namespaces;
    }
    universe = universe_new(server->pool, &made, server->wall, error);
    if (universe != NULL) {
        list_append(&server->universes, &universe->node);
    }
    return universe;
}

/* ---- Running ---- */

static void log_why_line(void *user, const char *line)
{
    struct server *server = user;

    server->options.log(server->options.user, line);
}

static void log_why(struct server *server, struct universe *universe)
{
    if (server->options.log == NULL || universe->told_why || universe->still_since == TL_NEVER ||
        universe->wall - universe->still_since < STANDS) {
        return;
    }
    universe->told_why = true;
    server->options.log(server->options.user, "time is unlocked and does not move:");
    (void)universe_why(universe, WHY_LINES, log_why_line, server);
}

static tl_time run_universe(struct server *server, struct universe *universe)
{
    tl_time next = universe_run(universe, server->wall);

    log_why(server, universe);
    if (universe->still_since != TL_NEVER && !universe->told_why && universe->still_since + STANDS < next) {
        next = universe->still_since + STANDS;
    }
    return next;
}

tl_time server_run(struct server *server, tl_time wall)
{
    tl_time next = TL_NEVER;

    server->wall = wall > server->wall ? wall : server->wall;
    LIST_EACH(&server->universes, node)
    {
        tl_time wanted = run_universe(server, LIST_ITEM(node, struct universe, node));
        next = wanted < next ? wanted : next;
    }
    return next;
}

void server_loses(struct server *server, uint64_t peer)
{
    LIST_EACH(&server->universes, node)
    {
        universe_loses(LIST_ITEM(node, struct universe, node), peer);
    }
}
