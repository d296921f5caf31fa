/* SPDX-License-Identifier: MIT */
#include "worker/workflow/search_set.h"

#include <stdbool.h>
#include <string.h>

#include "model/search_attribute.h"

static void append(struct search_set *set, struct arena *arena, const char *name, Pb__Payload *value)
{
    set->items = arena_grow_array(arena, set->items, set->count, &set->capacity, sizeof(set->items[0]));
    set->items[set->count++] = (struct search_item){.name = name, .value = value};
}

static void fill(struct search_set *set, struct arena *arena)
{
    const Pb__SearchAttributes *started = set->started;

    set->started = NULL;
    for (size_t i = 0; started != NULL && i < started->n_indexed_fields; i++) {
        if (started->indexed_fields[i]->value != NULL) {
            append(set, arena, started->indexed_fields[i]->key, started->indexed_fields[i]->value);
        }
    }
}

static struct search_item *find(const struct search_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->items[i].name, name) == 0) {
            return &set->items[i];
        }
    }
    return NULL;
}

const struct tl_search_attribute *search_set_find(struct search_set *set, struct arena *arena, const char *name)
{
    fill(set, arena);
    struct search_item *item = find(set, name);

    if (item != NULL && item->view == NULL) {
        item->view = search_attribute_view(arena, item->name, item->value);
    }
    return item == NULL ? NULL : item->view;
}

static void drop(struct search_set *set, struct search_item *item)
{
    size_t behind = set->count - (size_t)(item - set->items) - 1;

    memmove(item, item + 1, behind * sizeof(*item));
    set->count--;
}

void search_set_merge(struct search_set *set, struct arena *arena, const Pb__SearchAttributes *changes)
{
    fill(set, arena);
    for (size_t i = 0; i < changes->n_indexed_fields; i++) {
        const Pb__SearchAttributes__IndexedFieldsEntry *change = changes->indexed_fields[i];
        struct search_item *item = find(set, change->key);
        bool sets = change->value->data.len > 0;

        if (item != NULL && sets) {
            *item = (struct search_item){.name = item->name, .value = change->value};
        } else if (item != NULL) {
            drop(set, item);
        } else if (sets) {
            append(set, arena, change->key, change->value);
        }
    }
}

Pb__SearchAttributes *search_set_message(struct search_set *set, struct arena *arena)
{
    fill(set, arena);
    Pb__SearchAttributes *message = PB_NEW(arena, Pb__SearchAttributes, pb__search_attributes);

    message->indexed_fields = ARENA_ARRAY(arena, Pb__SearchAttributes__IndexedFieldsEntry *, set->count);
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->items[i].name, SEARCH_CHANGE_VERSION) == 0) {
            continue;
        }
        Pb__SearchAttributes__IndexedFieldsEntry *entry =
            PB_NEW(arena, Pb__SearchAttributes__IndexedFieldsEntry, pb__search_attributes__indexed_fields_entry);
        entry->key = (char *)(uintptr_t)set->items[i].name;
        entry->value = set->items[i].value;
        message->indexed_fields[message->n_indexed_fields++] = entry;
    }
    return message->n_indexed_fields == 0 ? NULL : message;
}
