/* SPDX-License-Identifier: MIT */
#include "tests/scenarios/call_paths.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/backtrace.h"

struct known_path {
    uint64_t hash;
    unsigned turns; /* that are kept */
};

static int compare(const void *left, const void *right)
{
    const struct known_path *a = left;
    const struct known_path *b = right;

    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

/* FNV-1a, over whole addresses. */
static uint64_t hash_of_path(void)
{
    struct backtrace path;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    backtrace_take(&path);
    for (size_t i = 0; i < path.count; i++) {
        hash = (hash ^ path.addresses[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* The path that is gone now; NULL: out of memory. */
static struct known_path *find_path(struct call_paths *paths)
{
    struct known_path *path = calloc(1, sizeof *path);

    if (path == NULL) {
        return NULL;
    }
    path->hash = hash_of_path();
    struct known_path **found = tsearch(path, &paths->known, compare);
    struct known_path *result = found == NULL ? NULL : *found;
    if (result != path) {
        free(path);
    }
    return result;
}

static bool make_room(struct call_paths *paths)
{
    if (paths->count < paths->capacity) {
        return true;
    }
    size_t capacity = paths->capacity == 0 ? 256 : paths->capacity * 2;
    struct path_turn *turns = realloc(paths->turns, capacity * sizeof *turns);
    if (turns == NULL) {
        return false;
    }
    paths->turns = turns;
    paths->capacity = capacity;
    return true;
}

bool call_paths_add(struct call_paths *paths, size_t number)
{
    struct known_path *path = find_path(paths);

    if (path == NULL) {
        return false;
    }
    if (path->turns == paths->most) {
        return true;
    }
    if (!make_room(paths)) {
        return false;
    }
    path->turns++;
    paths->turns[paths->count++] = (struct path_turn){number, path->turns};
    return true;
}

void call_paths_done(struct call_paths *paths)
{
    tdestroy(paths->known, free);
    free(paths->turns);
    *paths = (struct call_paths){.most = paths->most};
}
