/* SPDX-License-Identifier: MIT */
#include "worker/registry/search.h"

#include <stdbool.h>
#include <string.h>

#include "model/search_attribute.h"
#include "worker/registry/option.h"

#define FIELD "search_attributes"

static bool is_earlier(const struct tl_search_attribute *attributes, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(attributes[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static enum tl_status check_name(const struct tl_search_attribute *attributes, size_t index, struct tl_error *error)
{
    const char *name = attributes[index].name;
    struct tl_error own;

    if (option_check_name(FIELD, name, &own) != TL_OK) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, "has a name, number %zu, that %s", index, own.message);
    }
    if (strcmp(name, SEARCH_CHANGE_VERSION) == 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, "has %s, which the library alone sets", name);
    }
    if (is_earlier(attributes, index, name)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, "has the name %.60s twice", name);
    }
    return TL_OK;
}

enum tl_status search_check(const struct tl_search_attribute *attributes, size_t count, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    if (attributes == NULL && count > 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, "is NULL, but there are %zu", count);
    }
    for (size_t i = 0; i < count && status == TL_OK; i++) {
        status = check_name(attributes, i, error);
        if (status == TL_OK) {
            status = search_attribute_check(FIELD, &attributes[i], error);
        }
    }
    return status;
}

Pb__SearchAttributes *search_message(struct arena *arena, const struct tl_search_attribute *attributes, size_t count)
{
    if (count == 0) {
        return NULL;
    }
    Pb__SearchAttributes *message = PB_NEW(arena, Pb__SearchAttributes, pb__search_attributes);

    message->n_indexed_fields = count;
    message->indexed_fields = ARENA_ARRAY(arena, Pb__SearchAttributes__IndexedFieldsEntry *, count);
    for (size_t i = 0; i < count; i++) {
        Pb__SearchAttributes__IndexedFieldsEntry *entry =
            PB_NEW(arena, Pb__SearchAttributes__IndexedFieldsEntry, pb__search_attributes__indexed_fields_entry);
        entry->key = arena_strdup(arena, attributes[i].name);
        entry->value = search_attribute_payload(arena, &attributes[i]);
        message->indexed_fields[i] = entry;
    }
    return message;
}

Pb__SearchAttributes *
search_start_message(struct arena *arena, const struct tl_search_attribute *attributes, size_t count)
{
    Pb__SearchAttributes *message = search_message(arena, attributes, count);
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (!search_attribute_is_unset(&attributes[i])) {
            message->indexed_fields[kept++] = message->indexed_fields[i];
        }
    }
    if (kept == 0) {
        return NULL;
    }
    message->n_indexed_fields = kept;
    return message;
}
