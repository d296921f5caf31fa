/* SPDX-License-Identifier: MIT */
#include "tests/scenarios/call_paths.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/backtrace.h"

struct known_path {
    uint64_t hash;
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

/* 1: it is new, 0: it is known, -1: out of memory. */
static int note_path(struct call_paths *paths)
{
    struct known_path *path = malloc(sizeof *path);

    if (path == NULL) {
        return -1;
    }
    path->hash = hash_of_path();
    struct known_path **found = tsearch(path, &paths->known, compare);
    if (found == NULL || *found != path) {
        free(path);
    }
    return found == NULL ? -1 : *found == path;
}

bool call_paths_add(struct call_paths *paths, size_t number)
{
    int is_new = note_path(paths);

    if (is_new <= 0) {
        return is_new == 0;
    }
    if (paths->count == paths->capacity) {
        size_t capacity = paths->capacity == 0 ? 256 : paths->capacity * 2;
        size_t *numbers = realloc(paths->numbers, capacity * sizeof *numbers);

        if (numbers == NULL) {
            return false;
        }
        paths->numbers = numbers;
        paths->capacity = capacity;
    }
    paths->numbers[paths->count++] = number;
    return true;
}

void call_paths_done(struct call_paths *paths)
{
    tdestroy(paths->known, free);
    free(paths->numbers);
    *paths = (struct call_paths){0};
}
