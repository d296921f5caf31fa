/* SPDX-License-Identifier: MIT */
/*
 * Facts: common/searchattribute/validator.go, sadefs/constants.go, service/frontend/operator_handler.go. No custom
 * attribute is there from the start, as on a server that was just set up; how many of a type there
 * may be is what its SQL stores have columns for.
 */
#include "sim/service/search_attributes.h"

#include <string.h>

#include "base/pool.h"
#include "model/message.h"
#include "sim/service/limits.h"
#include "sim/service/namespace.h"

/* sadefs/constants.go, system */
const struct known_attribute sim_system_attributes[] = {
    {"WorkflowId", INDEXED_VALUE_TYPE_KEYWORD},
    {"RunId", INDEXED_VALUE_TYPE_KEYWORD},
    {"WorkflowType", INDEXED_VALUE_TYPE_KEYWORD},
    {"StartTime", INDEXED_VALUE_TYPE_DATETIME},
    {"ExecutionTime", INDEXED_VALUE_TYPE_DATETIME},
    {"CloseTime", INDEXED_VALUE_TYPE_DATETIME},
    {"ExecutionStatus", INDEXED_VALUE_TYPE_KEYWORD},
    {"TaskQueue", INDEXED_VALUE_TYPE_KEYWORD},
    {"HistoryLength", INDEXED_VALUE_TYPE_INT},
    {"ExecutionDuration", INDEXED_VALUE_TYPE_INT},
    {"StateTransitionCount", INDEXED_VALUE_TYPE_INT},
    {"HistorySizeBytes", INDEXED_VALUE_TYPE_INT},
    {"ParentWorkflowId", INDEXED_VALUE_TYPE_KEYWORD},
    {"ParentRunId", INDEXED_VALUE_TYPE_KEYWORD},
    {"RootWorkflowId", INDEXED_VALUE_TYPE_KEYWORD},
    {"RootRunId", INDEXED_VALUE_TYPE_KEYWORD},
    {NULL, INDEXED_VALUE_TYPE_UNSPECIFIED},
};

/* The same file, predefinedWhiteList */
const struct known_attribute sim_predefined_attributes[] = {
    {"TemporalChangeVersion", INDEXED_VALUE_TYPE_KEYWORD_LIST},
    {"BinaryChecksums", INDEXED_VALUE_TYPE_KEYWORD_LIST},
    {"BuildIds", INDEXED_VALUE_TYPE_KEYWORD_LIST},
    {"BatcherNamespace", INDEXED_VALUE_TYPE_KEYWORD},
    {"BatcherUser", INDEXED_VALUE_TYPE_KEYWORD},
    {"TemporalScheduledStartTime", INDEXED_VALUE_TYPE_DATETIME},
    {"TemporalScheduledById", INDEXED_VALUE_TYPE_KEYWORD},
    {"TemporalSchedulePaused", INDEXED_VALUE_TYPE_BOOL},
    {"TemporalNamespaceDivision", INDEXED_VALUE_TYPE_KEYWORD},
    {"TemporalPauseInfo", INDEXED_VALUE_TYPE_KEYWORD_LIST},
    {"TemporalReportedProblems", INDEXED_VALUE_TYPE_KEYWORD_LIST},
    {NULL, INDEXED_VALUE_TYPE_UNSPECIFIED},
};

/* The same file: predefined, but for the service alone. */
static const struct known_attribute internal[] = {
    {"TemporalWorkerDeploymentVersion", INDEXED_VALUE_TYPE_KEYWORD},
    {"TemporalWorkflowVersioningBehavior", INDEXED_VALUE_TYPE_KEYWORD},
    {"TemporalWorkerDeployment", INDEXED_VALUE_TYPE_KEYWORD},
    {"TemporalUsedWorkerDeploymentVersions", INDEXED_VALUE_TYPE_KEYWORD_LIST},
    {"TemporalExternalPayloadCount", INDEXED_VALUE_TYPE_INT},
    {"TemporalExternalPayloadSizeBytes", INDEXED_VALUE_TYPE_INT},
    {NULL, INDEXED_VALUE_TYPE_UNSPECIFIED},
};

static const char *const reserved[] = {"NamespaceId", "MemoEncoding", "Memo", "VisibilityTaskKey"};

/* What a payload's metadata calls each type, and how many attributes of it a namespace may have. */
static const struct value_type {
    const char *name;
    size_t limit;
} value_types[] = {
    [INDEXED_VALUE_TYPE_TEXT] = {"Text", 3},
    [INDEXED_VALUE_TYPE_KEYWORD] = {"Keyword", 10},
    [INDEXED_VALUE_TYPE_INT] = {"Int", 3},
    [INDEXED_VALUE_TYPE_DOUBLE] = {"Double", 3},
    [INDEXED_VALUE_TYPE_BOOL] = {"Bool", 3},
    [INDEXED_VALUE_TYPE_DATETIME] = {"Datetime", 3},
    [INDEXED_VALUE_TYPE_KEYWORD_LIST] = {"KeywordList", 3},
};

static int type_among(const struct known_attribute *known, const char *name)
{
    while (known->name != NULL && strcmp(known->name, name) != 0) {
        known++;
    }
    return known->type;
}

/* ---- The registered ones ---- */

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(reserved); i++) {
        if (strcmp(reserved[i], name) == 0) {
            return true;
        }
    }
    return sim_search_attribute_is_own(name) || strncmp(name, "Temporal", strlen("Temporal")) == 0;
}

bool sim_search_attribute_is_own(const char *name)
{
    return type_among(sim_system_attributes, name) != 0 || type_among(sim_predefined_attributes, name) != 0;
}

static size_t count_of_type(const struct name_space *space, int type)
{
    const struct map *attributes = &space->search_attributes;
    size_t count = 0;

    for (struct map_entry *entry = map_next(attributes, NULL); entry != NULL; entry = map_next(attributes, entry)) {
        const struct search_attribute *attribute = entry->value;
        count += attribute->type == type ? 1 : 0;
    }
    return count;
}

enum tl_status sim_search_attribute_add(struct name_space *space, const char *name, int type, struct tl_error *error)
{
    if (pb_is_empty(name) || is_reserved(name)) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "search_attributes",
            "search_attributes: the name \"%.200s\" is reserved",
            name);
    }
    if (type <= 0 || (size_t)type >= COUNT_OF(value_types)) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "search_attributes", "search_attributes: %.200s has an unknown type", name);
    }
    if (map_get_string(&space->search_attributes, name) != NULL) {
        return TL_OK;
    }
    if (count_of_type(space, type) >= value_types[type].limit) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "search_attributes",
            "search_attributes: no more than %zu may be of type %s",
            value_types[type].limit,
            value_types[type].name);
    }
    struct pool *pool = space->sim->pool;
    size_t size = strlen(name) + 1;
    struct search_attribute *attribute = pool_zalloc(pool, sizeof(*attribute));
    attribute->name = pool_alloc(pool, size);
    memcpy(attribute->name, name, size);
    attribute->type = type;
    map_put_string(&space->search_attributes, attribute->name, attribute);
    return TL_OK;
}

static void free_attribute(struct pool *pool, struct search_attribute *attribute)
{
    pool_free(pool, attribute->name, strlen(attribute->name) + 1);
    pool_free(pool, attribute, sizeof(*attribute));
}

enum tl_status sim_search_attribute_remove(struct name_space *space, const char *name, struct tl_error *error)
{
    if (sim_search_attribute_is_own(name)) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "search_attributes", "search_attributes: %.200s is the service's own", name);
    }
    struct search_attribute *attribute = map_remove_string(&space->search_attributes, name);
    if (attribute != NULL) {
        free_attribute(space->sim->pool, attribute);
    }
    return TL_OK;
}

void sim_search_attributes_free(struct name_space *space)
{
    struct map *attributes = &space->search_attributes;

    for (struct map_entry *entry = map_next(attributes, NULL); entry != NULL; entry = map_next(attributes, entry)) {
        free_attribute(space->sim->pool, entry->value);
    }
    map_done(attributes);
}

/* Of one that workflows may set; UNSPECIFIED: there is none of that name. */
static int settable_type(const struct name_space *space, const char *name)
{
    const struct search_attribute *attribute = map_get_string(&space->search_attributes, name);

    return attribute != NULL ? attribute->type : type_among(sim_predefined_attributes, name);
}

/* ---- Checks ---- */

#define FIELD "search_attributes"

static enum tl_status
check_one(struct tl_error *error, const struct name_space *space, const Pb__SearchAttributes__IndexedFieldsEntry *entry)
{
    int type = settable_type(space, entry->key);

    if (type_among(sim_system_attributes, entry->key) != 0 || type_among(internal, entry->key) != 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, FIELD ": %.200s is not a workflow's to set", entry->key);
    }
    if (type == INDEXED_VALUE_TYPE_UNSPECIFIED) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, FIELD ": %.200s is not defined", entry->key);
    }
    if (!sim_is_search_value(entry->value, type)) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            FIELD,
            FIELD ": the value of %.200s is no %s",
            entry->key,
            value_types[type].name);
    }
    return TL_OK;
}

enum tl_status sim_check_search_attributes(
    struct tl_error *error, const struct name_space *space, const Pb__SearchAttributes *attributes)
{
    if (attributes == NULL) {
        return TL_OK;
    }
    if (attributes->n_indexed_fields > LIMIT_SEARCH_KEYS) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            FIELD,
            FIELD " has %zu keys, more than %d",
            attributes->n_indexed_fields,
            LIMIT_SEARCH_KEYS);
    }
    for (size_t i = 0; i < attributes->n_indexed_fields; i++) {
        if (check_one(error, space, attributes->indexed_fields[i]) != TL_OK) {
            return TL_INVALID_ARGUMENT;
        }
    }
    return TL_OK;
}

enum tl_status sim_check_search_attribute_sizes(struct tl_error *error, const Pb__SearchAttributes *attributes)
{
    if (attributes == NULL) {
        return TL_OK;
    }
    for (size_t i = 0; i < attributes->n_indexed_fields; i++) {
        const Pb__SearchAttributes__IndexedFieldsEntry *entry = attributes->indexed_fields[i];
        if (entry->value != NULL && entry->value->data.len > LIMIT_SEARCH_VALUE) {
            return tl_error_set(
                error,
                TL_INVALID_ARGUMENT,
                FIELD,
                FIELD ": the value of %.200s exceeds %zu bytes",
                entry->key,
                (size_t)LIMIT_SEARCH_VALUE);
        }
    }
    if (message_size(attributes) > LIMIT_SEARCH_BYTES) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, FIELD " exceeds %zu bytes", (size_t)LIMIT_SEARCH_BYTES);
    }
    return TL_OK;
}

/* ---- Copies ---- */

static bool has_type(const Pb__Payload *payload)
{
    for (size_t i = 0; i < payload->n_metadata; i++) {
        if (strcmp(payload->metadata[i]->key, "type") == 0) {
            return true;
        }
    }
    return false;
}

static void set_type(struct arena *arena, Pb__Payload *payload, const char *type)
{
    Pb__Payload__MetadataEntry **metadata = ARENA_ARRAY(arena, Pb__Payload__MetadataEntry *, payload->n_metadata + 1);
    Pb__Payload__MetadataEntry *entry = PB_NEW(arena, Pb__Payload__MetadataEntry, pb__payload__metadata_entry);

    if (payload->n_metadata > 0) {
        memcpy(metadata, payload->metadata, payload->n_metadata * sizeof(metadata[0]));
    }
    entry->key = arena_strdup(arena, "type");
    entry->value.len = strlen(type);
    entry->value.data = arena_copy(arena, type, entry->value.len);
    metadata[payload->n_metadata++] = entry;
    payload->metadata = metadata;
}

Pb__SearchAttributes *
sim_search_attributes_clone(struct arena *arena, const struct name_space *space, const Pb__SearchAttributes *attributes)
{
    Pb__SearchAttributes *copy = message_clone(arena, attributes);

    for (size_t i = 0; copy != NULL && i < copy->n_indexed_fields; i++) {
        Pb__SearchAttributes__IndexedFieldsEntry *entry = copy->indexed_fields[i];
        int type = settable_type(space, entry->key);
        if (entry->value != NULL && type != INDEXED_VALUE_TYPE_UNSPECIFIED && !has_type(entry->value)) {
            set_type(arena, entry->value, value_types[type].name);
        }
    }
    return copy;
}
