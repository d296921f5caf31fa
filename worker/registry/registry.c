/* SPDX-License-Identifier: MIT */
/* What is registered, and what was refused. Codecs are in codec.c, interceptors in interceptor.c. */
#include "worker/registry/registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "worker/registry/option.h"
#include "worker/registry/registry_private.h"

struct tl_registry *tl_registry_new(const struct tl_allocator *allocator)
{
    struct pool *pool = pool_new(allocator);
    struct tl_registry *registry = pool == NULL ? NULL : pool_zalloc(pool, sizeof(*registry));

    if (registry == NULL) {
        pool_free_all(pool);
        return NULL;
    }
    registry->pool = pool;
    arena_init(&registry->arena, pool);
    map_init(&registry->workflows, pool);
    map_init(&registry->activities, pool);
    return registry;
}

void tl_registry_free(struct tl_registry *registry)
{
    if (registry != NULL) {
        pool_free_all(registry->pool);
    }
}

enum tl_status tl_registry_check(const struct tl_registry *registry, struct tl_error *error)
{
    if (registry->status != TL_OK && error != NULL) {
        *error = registry->error;
    }
    return registry->status;
}

/* ---- Adding ---- */

void registry_refuse(struct tl_registry *registry, enum tl_status status, const char *field, const char *format, ...)
{
    char message[sizeof(registry->error.message)];
    va_list args;

    if (registry->status != TL_OK) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    registry->status = tl_error_set(&registry->error, status, field, "%s", message);
}

/* Kept tiny: nothing but the guard's own state may live across its return. */
void registry_add(struct tl_registry *registry, registry_add_fn *add, const void *addition)
{
    struct pool_guard guard;

    if (registry->status != TL_OK) {
        return;
    }
    if (POOL_GUARD(registry->pool, &guard)) {
        registry_refuse(registry, TL_NO_MEMORY, NULL, "no memory for what is registered");
        return;
    }
    add(registry, addition);
    pool_guard_pop(registry->pool, &guard);
}

/* noun: "workflow" or "activity". */
static bool acceptable(struct tl_registry *registry, const struct map *types, const char *noun, const char *type)
{
    struct tl_error error;

    if (type == NULL || type[0] == '\0') {
        registry_refuse(registry, TL_INVALID_ARGUMENT, "type", "%s number %zu has no type", noun, map_count(types) + 1);
    } else if (option_check_name("type", type, &error) != TL_OK) {
        registry_refuse(registry, TL_INVALID_ARGUMENT, "type", "%s type %.40s %s", noun, type, error.message);
    } else if (map_get_string(types, type) != NULL) {
        registry_refuse(registry, TL_ALREADY_EXISTS, "type", "%s type %s is registered twice", noun, type);
    }
    return registry->status == TL_OK;
}

static void add_workflow(struct tl_registry *registry, const void *addition)
{
    const struct tl_workflow_definition *definition = addition;

    if (!acceptable(registry, &registry->workflows, "workflow", definition->type)) {
        return;
    }
    if (definition->run == NULL) {
        registry_refuse(registry, TL_INVALID_ARGUMENT, "run", "workflow type %s has no function", definition->type);
        return;
    }
    struct tl_workflow_definition *kept = arena_copy(&registry->arena, definition, sizeof(*definition));
    (void)map_put_string(&registry->workflows, kept->type, kept);
}

static void add_activity(struct tl_registry *registry, const void *addition)
{
    const struct tl_activity_definition *definition = addition;

    if (!acceptable(registry, &registry->activities, "activity", definition->type)) {
        return;
    }
    if (definition->run == NULL) {
        registry_refuse(registry, TL_INVALID_ARGUMENT, "run", "activity type %s has no function", definition->type);
        return;
    }
    struct tl_activity_definition *kept = arena_copy(&registry->arena, definition, sizeof(*definition));
    (void)map_put_string(&registry->activities, kept->type, kept);
}

void tl_register_workflow_with(struct tl_registry *registry, const struct tl_workflow_definition *definition)
{
    registry_add(registry, add_workflow, definition);
}

void tl_register_activity_with(struct tl_registry *registry, const struct tl_activity_definition *definition)
{
    registry_add(registry, add_activity, definition);
}

void tl_register_workflow(struct tl_registry *registry, const char *type, tl_workflow_fn *run)
{
    tl_register_workflow_with(registry, &(struct tl_workflow_definition){.type = type, .run = run});
}

void tl_register_activity(struct tl_registry *registry, const char *type, tl_activity_fn *run)
{
    tl_register_activity_with(registry, &(struct tl_activity_definition){.type = type, .run = run});
}

void tl_register_fallback_activity(struct tl_registry *registry, tl_activity_fn *run, void *user)
{
    registry->fallback = (struct tl_activity_definition){.type = "", .run = run, .user = user};
}

/* ---- Looking up ---- */

const struct tl_workflow_definition *registry_workflow(const struct tl_registry *registry, const char *type)
{
    return map_get_string(&registry->workflows, type);
}

const struct tl_activity_definition *registry_activity(const struct tl_registry *registry, const char *type)
{
    return map_get_string(&registry->activities, type);
}

const struct tl_activity_definition *registry_fallback_activity(const struct tl_registry *registry)
{
    return registry->fallback.run == NULL ? NULL : &registry->fallback;
}

static void tell_types(const struct map *types, tl_type_fn *each, void *user)
{
    for (const struct map_entry *entry = map_next(types, NULL); entry != NULL; entry = map_next(types, entry)) {
        each(user, entry->key);
    }
}

void tl_registry_workflow_types(const struct tl_registry *registry, tl_type_fn *each, void *user)
{
    tell_types(&registry->workflows, each, user);
}

void tl_registry_activity_types(const struct tl_registry *registry, tl_type_fn *each, void *user)
{
    tell_types(&registry->activities, each, user);
}
