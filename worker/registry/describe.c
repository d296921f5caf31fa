/* SPDX-License-Identifier: MIT */
/* What to say about a type that is not registered. */
#include "base/map.h"
#include "worker/registry/registry.h"
#include "worker/registry/registry_private.h"

#define MOST_NAMES 20 /* a message is for reading */

static const char **names_of(const struct map *types, struct arena *arena)
{
    const char **names = ARENA_ARRAY(arena, const char *, map_count(types) + 1);
    size_t count = 0;

    for (const struct map_entry *entry = map_next(types, NULL); entry != NULL; entry = map_next(types, entry)) {
        names[count++] = entry->key;
    }
    return names;
}

static void describe(const struct map *types, const char *wanted, struct text *text)
{
    size_t count = map_count(types);

    if (count == 0) {
        text_add(text, "none is registered");
        return;
    }
    const char **names = names_of(types, text->arena);
    const char *nearest = text_nearest(wanted, names, count);
    if (nearest != NULL) {
        text_format(text, "did you mean %s? ", nearest);
    }
    text_add(text, "registered: ");
    for (size_t i = 0; i < count && i < MOST_NAMES; i++) {
        text_format(text, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    if (count > MOST_NAMES) {
        text_format(text, " and %zu more", count - MOST_NAMES);
    }
}

void registry_describe_workflows(const struct tl_registry *registry, const char *wanted, struct text *text)
{
    describe(&registry->workflows, wanted, text);
}

void registry_describe_activities(const struct tl_registry *registry, const char *wanted, struct text *text)
{
    describe(&registry->activities, wanted, text);
}
