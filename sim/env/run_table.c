/* SPDX-License-Identifier: MIT */
#include "sim/env/run_table.h"

#include <string.h>

#define FIRST_CAPACITY ((size_t)16)
#define FNV_OFFSET     UINT64_C(14695981039346656037)
#define FNV_PRIME      UINT64_C(1099511628211)

void run_table_init(struct run_table *table, struct env_memory *memory)
{
    *table = (struct run_table){.memory = memory};
}

static void free_slots(struct run_table *table)
{
    if (table->slots != NULL) {
        const struct tl_allocator *allocator = &table->memory->allocator;

        allocator->free(allocator->user, table->slots, table->capacity * sizeof *table->slots);
    }
}

void run_table_done(struct run_table *table)
{
    free_slots(table);
    run_table_init(table, table->memory);
}

/* FNV-1a. Run ids come from the simulator: nobody can choose them to collide. */
static uint64_t hash_of(const char *run_id)
{
    uint64_t hash = FNV_OFFSET;

    for (; *run_id != '\0'; run_id++) {
        hash = (hash ^ (unsigned char)*run_id) * FNV_PRIME;
    }
    return hash;
}

/* The slot of the run, or the empty one where it belongs. capacity > 0. */
static struct env_run **slot_of(struct env_run **slots, size_t capacity, uint64_t hash, const char *run_id)
{
    size_t index = (size_t)hash & (capacity - 1);

    while (slots[index] != NULL && (slots[index]->hash != hash || strcmp(slots[index]->run_id, run_id) != 0)) {
        index = (index + 1) & (capacity - 1);
    }
    return &slots[index];
}

static int grow(struct run_table *table)
{
    const struct tl_allocator *allocator = &table->memory->allocator;
    size_t capacity = table->capacity == 0 ? FIRST_CAPACITY : table->capacity * 2;
    struct env_run **slots = allocator->alloc(allocator->user, capacity * sizeof *slots);

    if (slots == NULL) {
        return 0;
    }
    memset(slots, 0, capacity * sizeof *slots);
    for (size_t i = 0; i < table->capacity; i++) {
        struct env_run *run = table->slots[i];

        if (run != NULL) {
            *slot_of(slots, capacity, run->hash, run->run_id) = run;
        }
    }
    free_slots(table);
    table->slots = slots;
    table->capacity = capacity;
    return 1;
}

struct env_run *run_table_find(const struct run_table *table, const char *run_id)
{
    return table->capacity == 0 ? NULL : *slot_of(table->slots, table->capacity, hash_of(run_id), run_id);
}

static struct env_run *make_run(struct env_memory *memory, const char *workflow_id, const char *run_id, uint64_t hash)
{
    size_t workflow_id_size = strlen(workflow_id) + 1;
    size_t run_id_size = strlen(run_id) + 1;
    struct env_run *run = env_alloc(memory, sizeof *run + workflow_id_size + run_id_size);

    if (run != NULL) {
        char *strings = (char *)(run + 1);

        run->hash = hash;
        run->workflow_id = memcpy(strings, workflow_id, workflow_id_size);
        run->run_id = memcpy(strings + workflow_id_size, run_id, run_id_size);
    }
    return run;
}

struct env_run *run_table_get(struct run_table *table, const char *workflow_id, const char *run_id)
{
    uint64_t hash = hash_of(run_id);

    if (table->count * 2 >= table->capacity && !grow(table)) {
        return NULL;
    }
    struct env_run **slot = slot_of(table->slots, table->capacity, hash, run_id);
    if (*slot == NULL) {
        *slot = make_run(table->memory, workflow_id, run_id, hash);
        table->count += *slot != NULL;
    }
    return *slot;
}
