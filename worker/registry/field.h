/* SPDX-License-Identifier: MIT */
/* Headers and memos: values by key, from users to messages and back. */
#ifndef TIMELAPSE_WORKER_REGISTRY_FIELD_H
#define TIMELAPSE_WORKER_REGISTRY_FIELD_H

#include <stdbool.h>
#include <timelapse/payload.h>
#include <timelapse/status.h>

#include "model/pb.h"

/* TL_OK, or TL_INVALID_ARGUMENT: none at all, a key that is no name, or one that is there twice. See option.h. */
enum tl_status field_check(const char *what, const struct tl_field *fields, size_t count, struct tl_error *error);

/* Copies in the arena; NULL for none. */
Pb__Header *field_header(struct arena *arena, const struct tl_field *fields, size_t count);
Pb__Memo *field_memo(struct arena *arena, const struct tl_field *fields, size_t count);

/* What came in a message, which is borrowed, as users see it: made by the first look. */
struct field_view {
    const Pb__Header *header; /* one of both, or neither: there is nothing */
    const Pb__Memo *memo;
    const struct tl_field **fields; /* NULL until then */
    size_t count;
    size_t capacity;
};

/* The value of that key; NULL when there is none. */
const struct tl_payload *field_find(struct field_view *view, struct arena *arena, const char *key);

/* Whether the value, as part of a change, takes its key away: no data, JSON null, an empty list. */
bool field_is_nothing(const struct tl_field *field);

/* Changes a memo: sets what has data, takes away what has none. What was found before stays as it was. */
void field_merge(struct field_view *view, struct arena *arena, const Pb__Memo *changes);

/* The memo as it stands, copied; NULL when there is nothing. */
Pb__Memo *field_current_memo(struct field_view *view, struct arena *arena);

#endif
