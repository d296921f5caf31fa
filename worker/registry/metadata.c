/* SPDX-License-Identifier: MIT */
#include "worker/registry/metadata.h"

#include <timelapse/json.h>

static Pb__Payload *quoted(struct arena *arena, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t size = tl_json_quote(text, NULL, 0) + 1;
    char *json = arena_alloc(arena, size);

    (void)tl_json_quote(text, json, size);
    struct tl_payload payload = tl_payload_json(json);
    return pb_payload(arena, &payload);
}

Pb__UserMetadata *metadata_message(struct arena *arena, const char *summary, const char *details)
{
    if (summary == NULL && details == NULL) {
        return NULL;
    }
    Pb__UserMetadata *metadata = PB_NEW(arena, Pb__UserMetadata, pb__user_metadata);

    metadata->summary = quoted(arena, summary);
    metadata->details = quoted(arena, details);
    return metadata;
}
