/* SPDX-License-Identifier: MIT */
/* Facts: service/frontend/operator_handler.go. */
#include "sim/frontend/search_attributes.h"

#include <temporal/api/operatorservice/v1/request_response.pb-c.h>

#include "model/message.h"
#include "sim/service/call.h"
#include "sim/service/namespace.h"
#include "sim/service/search_attributes.h"

static const Pb__AddSearchAttributesResponse added = PB__ADD_SEARCH_ATTRIBUTES_RESPONSE__INIT;
static const Pb__RemoveSearchAttributesResponse removed = PB__REMOVE_SEARCH_ATTRIBUTES_RESPONSE__INIT;

static void refuse_none(struct tl_call *call)
{
    sim_call_refuse(call, TL_INVALID_ARGUMENT, "search_attributes is not set");
}

/* ---- Adding ---- */

/* One that is not the service's own. */
static void forget(struct name_space *space, const char *name)
{
    CHECK(sim_search_attribute_remove(space, name, NULL) == TL_OK);
}

/* All of them or none: takes back those that were added before one was refused. */
static void
take_back(struct name_space *space, const Pb__AddSearchAttributesRequest *request, const bool *fresh, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fresh[i]) {
            forget(space, request->search_attributes[i]->key);
        }
    }
}

static enum tl_status add_all(
    struct tl_call *call, struct name_space *space, const Pb__AddSearchAttributesRequest *request,
    struct tl_error *error)
{
    bool *fresh = ARENA_ARRAY(sim_call_arena(call), bool, request->n_search_attributes);

    for (size_t i = 0; i < request->n_search_attributes; i++) {
        const Pb__AddSearchAttributesRequest__SearchAttributesEntry *wanted = request->search_attributes[i];
        fresh[i] = map_get_string(&space->search_attributes, wanted->key) == NULL;
        if (sim_search_attribute_add(space, wanted->key, (int)wanted->value, error) != TL_OK) {
            take_back(space, request, fresh, i);
            return TL_INVALID_ARGUMENT;
        }
    }
    return TL_OK;
}

void sim_add_search_attributes(struct tl_call *call, const void *message)
{
    const Pb__AddSearchAttributesRequest *request = message;
    struct name_space *space = sim_namespace_require(call, request->namespace_);
    struct tl_error error;

    if (space == NULL) {
        return;
    }
    if (request->n_search_attributes == 0) {
        refuse_none(call);
    } else if (add_all(call, space, request, &error) != TL_OK) {
        sim_call_refuse_error(call, &error);
    } else {
        sim_call_answer(call, &added);
    }
}

/* ---- Removing ---- */

void sim_remove_search_attributes(struct tl_call *call, const void *message)
{
    const Pb__RemoveSearchAttributesRequest *request = message;
    struct name_space *space = sim_namespace_require(call, request->namespace_);

    if (space == NULL) {
        return;
    }
    if (request->n_search_attributes == 0) {
        refuse_none(call);
        return;
    }
    for (size_t i = 0; i < request->n_search_attributes; i++) {
        if (sim_search_attribute_is_own(request->search_attributes[i])) {
            sim_call_refuse(
                call,
                TL_INVALID_ARGUMENT,
                "search_attributes: %.200s is the service's own",
                request->search_attributes[i]);
            return;
        }
    }
    for (size_t i = 0; i < request->n_search_attributes; i++) {
        forget(space, request->search_attributes[i]);
    }
    sim_call_answer(call, &removed);
}

/* ---- Listing ---- */

static size_t count_known(const struct known_attribute *known)
{
    size_t count = 0;

    while (known[count].name != NULL) {
        count++;
    }
    return count;
}

static void list_custom(struct arena *arena, const struct map *attributes, Pb__ListSearchAttributesResponse *response)
{
    response->custom_attributes =
        ARENA_ARRAY(arena, Pb__ListSearchAttributesResponse__CustomAttributesEntry *, map_count(attributes));
    for (struct map_entry *entry = map_next(attributes, NULL); entry != NULL; entry = map_next(attributes, entry)) {
        const struct search_attribute *attribute = entry->value;
        Pb__ListSearchAttributesResponse__CustomAttributesEntry *listed = PB_NEW(
            arena,
            Pb__ListSearchAttributesResponse__CustomAttributesEntry,
            pb__list_search_attributes_response__custom_attributes_entry);
        listed->key = arena_strdup(arena, attribute->name);
        listed->value = (Pb__IndexedValueType)attribute->type;
        response->custom_attributes[response->n_custom_attributes++] = listed;
    }
}

static void
list_known(struct arena *arena, const struct known_attribute *known, Pb__ListSearchAttributesResponse *response)
{
    for (; known->name != NULL; known++) {
        Pb__ListSearchAttributesResponse__SystemAttributesEntry *listed = PB_NEW(
            arena,
            Pb__ListSearchAttributesResponse__SystemAttributesEntry,
            pb__list_search_attributes_response__system_attributes_entry);
        listed->key = arena_strdup(arena, known->name);
        listed->value = (Pb__IndexedValueType)known->type;
        response->system_attributes[response->n_system_attributes++] = listed;
    }
}

static Pb__ListSearchAttributesResponse *list(struct arena *arena, const struct name_space *space)
{
    Pb__ListSearchAttributesResponse *response =
        PB_NEW(arena, Pb__ListSearchAttributesResponse, pb__list_search_attributes_response);

    list_custom(arena, &space->search_attributes, response);
    response->system_attributes = ARENA_ARRAY(
        arena,
        Pb__ListSearchAttributesResponse__SystemAttributesEntry *,
        count_known(sim_system_attributes) + count_known(sim_predefined_attributes));
    list_known(arena, sim_system_attributes, response);
    list_known(arena, sim_predefined_attributes, response);
    return response;
}

void sim_list_search_attributes(struct tl_call *call, const void *message)
{
    const Pb__ListSearchAttributesRequest *request = message;
    const struct name_space *space = sim_namespace_require(call, request->namespace_);

    if (space != NULL) {
        sim_call_answer(call, list(sim_call_arena(call), space));
    }
}

static void add_key(struct arena *arena, Pb__GetSearchAttributesResponse *response, const char *name, int type)
{
    Pb__GetSearchAttributesResponse__KeysEntry *key =
        PB_NEW(arena, Pb__GetSearchAttributesResponse__KeysEntry, pb__get_search_attributes_response__keys_entry);

    key->key = arena_strdup(arena, name);
    key->value = (Pb__IndexedValueType)type;
    response->keys[response->n_keys++] = key;
}

/* The names of the default namespace: the request names none. */
void sim_get_search_attributes(struct tl_call *call, const void *message)
{
    const struct map *attributes = &sim_namespace_find(call->sim, "default")->search_attributes;
    struct arena *arena = sim_call_arena(call);
    Pb__GetSearchAttributesResponse *response =
        PB_NEW(arena, Pb__GetSearchAttributesResponse, pb__get_search_attributes_response);
    size_t known = count_known(sim_system_attributes) + count_known(sim_predefined_attributes);

    (void)message;
    response->keys = ARENA_ARRAY(arena, Pb__GetSearchAttributesResponse__KeysEntry *, known + map_count(attributes));
    for (const struct known_attribute *next = sim_system_attributes; next->name != NULL; next++) {
        add_key(arena, response, next->name, next->type);
    }
    for (const struct known_attribute *next = sim_predefined_attributes; next->name != NULL; next++) {
        add_key(arena, response, next->name, next->type);
    }
    for (struct map_entry *entry = map_next(attributes, NULL); entry != NULL; entry = map_next(attributes, entry)) {
        const struct search_attribute *attribute = entry->value;
        add_key(arena, response, attribute->name, attribute->type);
    }
    sim_call_answer(call, response);
}
