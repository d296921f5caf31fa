/* SPDX-License-Identifier: MIT */
#include "tests/lib/arena_fixture.h"

#include "base/pool.h"

int arena_fixture_setup(void **state)
{
    struct pool *pool = pool_new(NULL);

    if (pool == NULL) {
        return -1;
    }
    struct arena *arena = pool_alloc(pool, sizeof(*arena));

    if (arena == NULL) {
        pool_free_all(pool);
        return -1;
    }
    arena_init(arena, pool);
    *state = arena;
    return 0;
}

int arena_fixture_teardown(void **state)
{
    struct arena *arena = *state;

    pool_free_all(arena->pool);
    return 0;
}
