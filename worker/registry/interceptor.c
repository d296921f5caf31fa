/* SPDX-License-Identifier: MIT */
/*
 * The interceptor chain, as links on the stack: each link knows which interceptor comes next, and
 * the last one calls the registered function.
 */
#include <timelapse/interceptor.h>

#include "worker/registry/registry.h"
#include "worker/registry/registry_private.h"

struct tl_next {
    const struct tl_registry *registry;
    size_t index; /* of the interceptor to try */
    const struct tl_workflow_definition *workflow;
    const struct tl_activity_definition *activity;
    tl_query_fn *query;
    void *query_user;
};

enum tl_status tl_next_run_workflow(
    struct tl_next *next, struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_registry *registry = next->registry;

    for (size_t i = next->index; i < registry->interceptor_count; i++) {
        const struct tl_interceptor *interceptor = &registry->interceptors[i];

        if (interceptor->run_workflow != NULL) {
            struct tl_next rest = {.registry = registry, .index = i + 1, .workflow = next->workflow};

            return interceptor->run_workflow(interceptor->user, &rest, wf, input, result);
        }
    }
    return next->workflow->run(wf, input, result);
}

enum tl_status tl_next_run_activity(
    struct tl_next *next, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_registry *registry = next->registry;

    for (size_t i = next->index; i < registry->interceptor_count; i++) {
        const struct tl_interceptor *interceptor = &registry->interceptors[i];

        if (interceptor->run_activity != NULL) {
            struct tl_next rest = {.registry = registry, .index = i + 1, .activity = next->activity};

            return interceptor->run_activity(interceptor->user, &rest, activity, input, result);
        }
    }
    return next->activity->run(activity, input, result);
}

enum tl_status tl_next_answer_query(
    struct tl_next *next, struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_registry *registry = next->registry;

    for (size_t i = next->index; i < registry->interceptor_count; i++) {
        const struct tl_interceptor *interceptor = &registry->interceptors[i];

        if (interceptor->answer_query != NULL) {
            struct tl_next rest = {
                .registry = registry, .index = i + 1, .query = next->query, .query_user = next->query_user};

            return interceptor->answer_query(interceptor->user, &rest, wf, input, result);
        }
    }
    return next->query(wf, input, result, next->query_user);
}

enum tl_status registry_run_workflow(
    const struct tl_registry *registry, const struct tl_workflow_definition *definition, struct tl_workflow *wf,
    const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_next first = {.registry = registry, .workflow = definition};

    return tl_next_run_workflow(&first, wf, input, result);
}

enum tl_status registry_run_activity(
    const struct tl_registry *registry, const struct tl_activity_definition *definition, struct tl_activity *activity,
    const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_next first = {.registry = registry, .activity = definition};

    return tl_next_run_activity(&first, activity, input, result);
}

enum tl_status registry_answer_query(
    const struct tl_registry *registry, tl_query_fn *handler, void *user, struct tl_workflow *wf,
    const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_next first = {.registry = registry, .query = handler, .query_user = user};

    return tl_next_answer_query(&first, wf, input, result);
}

static void add_interceptor(struct tl_registry *registry, const void *addition)
{
    const struct tl_interceptor *interceptor = addition;

    if (interceptor->name == NULL || interceptor->name[0] == '\0') {
        registry_refuse(
            registry,
            TL_INVALID_ARGUMENT,
            "name",
            "interceptor number %zu has no name",
            registry->interceptor_count + 1);
        return;
    }
    registry->interceptors = arena_grow_array(
        &registry->arena,
        registry->interceptors,
        registry->interceptor_count,
        &registry->interceptor_capacity,
        sizeof(*interceptor));
    registry->interceptors[registry->interceptor_count++] = *interceptor;
}

void tl_register_interceptor(struct tl_registry *registry, const struct tl_interceptor *interceptor)
{
    registry_add(registry, add_interceptor, interceptor);
}
