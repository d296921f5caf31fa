/* SPDX-License-Identifier: MIT */
/* Facts: common/payload/payload.go (MergeMapOfPayload, FilterNilMemo). */
#include "sim/service/fields.h"

#include <string.h>

#include "base/map.h"

static bool is_text(const Pb__Payload *payload, const char *text)
{
    return payload->data.len == strlen(text) && memcmp(payload->data.data, text, payload->data.len) == 0;
}

/* Whether a value says that its key is to go: nothing, null or an empty list (common/payload/payload.go). */
static bool is_nil(const Pb__Payload *payload)
{
    return payload == NULL || payload->data.len == 0 || is_text(payload, "null") || is_text(payload, "[]");
}

static void put(struct map *fields, const char *key, Pb__Payload *value, void *entry)
{
    if (is_nil(value)) {
        map_remove_string(fields, key);
    } else {
        map_put_string(fields, key, entry);
    }
}

static void put_memo(struct map *fields, const Pb__Memo *memo)
{
    for (size_t i = 0; memo != NULL && i < memo->n_fields; i++) {
        put(fields, memo->fields[i]->key, memo->fields[i]->value, memo->fields[i]);
    }
}

static Pb__Memo *memo_of(struct arena *arena, const struct map *fields)
{
    if (map_count(fields) == 0) {
        return NULL;
    }
    Pb__Memo *memo = PB_NEW(arena, Pb__Memo, pb__memo);
    memo->fields = ARENA_ARRAY(arena, Pb__Memo__FieldsEntry *, map_count(fields));
    for (struct map_entry *entry = map_next(fields, NULL); entry != NULL; entry = map_next(fields, entry)) {
        memo->fields[memo->n_fields++] = entry->value;
    }
    return memo;
}

Pb__Memo *sim_memo_merge(struct arena *arena, const Pb__Memo *base, const Pb__Memo *changes)
{
    struct map fields;

    map_init(&fields, arena->pool);
    put_memo(&fields, base);
    put_memo(&fields, changes);
    Pb__Memo *memo = memo_of(arena, &fields);
    map_done(&fields);
    return memo;
}

static void put_search_attributes(struct map *fields, const Pb__SearchAttributes *attributes)
{
    for (size_t i = 0; attributes != NULL && i < attributes->n_indexed_fields; i++) {
        Pb__SearchAttributes__IndexedFieldsEntry *entry = attributes->indexed_fields[i];
        put(fields, entry->key, entry->value, entry);
    }
}

static Pb__SearchAttributes *search_attributes_of(struct arena *arena, const struct map *fields)
{
    if (map_count(fields) == 0) {
        return NULL;
    }
    Pb__SearchAttributes *attributes = PB_NEW(arena, Pb__SearchAttributes, pb__search_attributes);
    attributes->indexed_fields = ARENA_ARRAY(arena, Pb__SearchAttributes__IndexedFieldsEntry *, map_count(fields));
    for (struct map_entry *entry = map_next(fields, NULL); entry != NULL; entry = map_next(fields, entry)) {
        attributes->indexed_fields[attributes->n_indexed_fields++] = entry->value;
    }
    return attributes;
}

Pb__SearchAttributes *
sim_search_attributes_merge(struct arena *arena, const Pb__SearchAttributes *base, const Pb__SearchAttributes *changes)
{
    struct map fields;

    map_init(&fields, arena->pool);
    put_search_attributes(&fields, base);
    put_search_attributes(&fields, changes);
    Pb__SearchAttributes *attributes = search_attributes_of(arena, &fields);
    map_done(&fields);
    return attributes;
}
