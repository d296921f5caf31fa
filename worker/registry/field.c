/* SPDX-License-Identifier: MIT */
#include "worker/registry/field.h"

#include <string.h>

#include "worker/registry/option.h"

/* ---- From users ---- */

static bool is_earlier(const struct tl_field *fields, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

enum tl_status field_check(const char *what, const struct tl_field *fields, size_t count, struct tl_error *error)
{
    if (fields == NULL && count > 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, what, "is NULL, but there are %zu", count);
    }
    for (size_t i = 0; i < count; i++) {
        struct tl_error own;

        if (option_check_name(what, fields[i].key, &own) != TL_OK) {
            return tl_error_set(error, TL_INVALID_ARGUMENT, what, "has a key, number %zu, that %s", i, own.message);
        }
        if (is_earlier(fields, i, fields[i].key)) {
            return tl_error_set(error, TL_INVALID_ARGUMENT, what, "has the key %.60s twice", fields[i].key);
        }
    }
    return TL_OK;
}

Pb__Header *field_header(struct arena *arena, const struct tl_field *fields, size_t count)
{
    if (count == 0) {
        return NULL;
    }
    Pb__Header *header = PB_NEW(arena, Pb__Header, pb__header);

    header->n_fields = count;
    header->fields = ARENA_ARRAY(arena, Pb__Header__FieldsEntry *, count);
    for (size_t i = 0; i < count; i++) {
        header->fields[i] = PB_NEW(arena, Pb__Header__FieldsEntry, pb__header__fields_entry);
        header->fields[i]->key = arena_strdup(arena, fields[i].key);
        header->fields[i]->value = pb_payload(arena, &fields[i].value);
    }
    return header;
}

Pb__Memo *field_memo(struct arena *arena, const struct tl_field *fields, size_t count)
{
    if (count == 0) {
        return NULL;
    }
    Pb__Memo *memo = PB_NEW(arena, Pb__Memo, pb__memo);

    memo->n_fields = count;
    memo->fields = ARENA_ARRAY(arena, Pb__Memo__FieldsEntry *, count);
    for (size_t i = 0; i < count; i++) {
        memo->fields[i] = PB_NEW(arena, Pb__Memo__FieldsEntry, pb__memo__fields_entry);
        memo->fields[i]->key = arena_strdup(arena, fields[i].key);
        memo->fields[i]->value = pb_payload(arena, &fields[i].value);
    }
    return memo;
}

/* ---- To users ---- */

static const struct tl_field *field_of(struct arena *arena, const char *key, const Pb__Payload *value)
{
    static const struct tl_payload none = {.metadata_count = 0};
    struct tl_field *field = ARENA_NEW(arena, struct tl_field);

    *field = (struct tl_field){key, value == NULL ? none : pb_payload_view(arena, value)};
    return field;
}

static void look(struct field_view *view, struct arena *arena)
{
    size_t count = view->header != NULL ? view->header->n_fields : view->memo != NULL ? view->memo->n_fields : 0;

    if (view->fields != NULL) {
        return;
    }
    view->fields = ARENA_ARRAY(arena, const struct tl_field *, count);
    for (size_t i = 0; i < count; i++) {
        view->fields[i] = view->header != NULL
                              ? field_of(arena, view->header->fields[i]->key, view->header->fields[i]->value)
                              : field_of(arena, view->memo->fields[i]->key, view->memo->fields[i]->value);
    }
    view->count = count;
    view->capacity = count;
}

/* Its place, or `count` when it is not there. */
static size_t place_of(const struct field_view *view, const char *key)
{
    size_t place = 0;

    while (place < view->count && strcmp(view->fields[place]->key, key) != 0) {
        place++;
    }
    return place;
}

const struct tl_payload *field_find(struct field_view *view, struct arena *arena, const char *key)
{
    look(view, arena);
    size_t place = place_of(view, key);

    return place == view->count ? NULL : &view->fields[place]->value;
}

/* ---- Changes ---- */

static bool says(struct tl_bytes data, const char *text)
{
    return tl_bytes_equal(data, tl_bytes_of(text)) != 0;
}

bool field_is_nothing(const struct tl_field *field)
{
    struct tl_bytes data = field->value.data;

    return data.len == 0 || says(data, "null") || says(data, "[]");
}

static void put(struct field_view *view, struct arena *arena, const struct tl_field *field)
{
    size_t place = place_of(view, field->key);

    if (place == view->count) {
        view->fields =
            arena_grow_array(arena, view->fields, view->count, &view->capacity, sizeof(const struct tl_field *));
        view->count++;
    }
    view->fields[place] = field;
}

static void drop(struct field_view *view, const char *key)
{
    size_t place = place_of(view, key);

    if (place < view->count) {
        view->count--;
        memmove(&view->fields[place], &view->fields[place + 1], (view->count - place) * sizeof(view->fields[0]));
    }
}

void field_merge(struct field_view *view, struct arena *arena, const Pb__Memo *changes)
{
    look(view, arena);
    for (size_t i = 0; i < changes->n_fields; i++) {
        const struct tl_field *field = field_of(arena, changes->fields[i]->key, changes->fields[i]->value);

        if (field->value.data.len == 0) {
            drop(view, field->key);
        } else {
            put(view, arena, field);
        }
    }
}

Pb__Memo *field_current_memo(struct field_view *view, struct arena *arena)
{
    look(view, arena);
    struct tl_field *fields = ARENA_ARRAY(arena, struct tl_field, view->count);

    for (size_t i = 0; i < view->count; i++) {
        fields[i] = *view->fields[i];
    }
    return field_memo(arena, fields, view->count);
}
