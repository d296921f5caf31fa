/* SPDX-License-Identifier: MIT */
#include "worker/runtime/frames.h"

#include <string.h>

#include "base/arena.h"

/* A symbol's name without what compilers add: "ship.cold", "ship.constprop.0". */
static const char *plain_name(struct arena *arena, const char *name)
{
    return name == NULL ? "" : arena_strndup(arena, name, strcspn(name, "."));
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

void frames_add(struct frame_list *list, const struct frame *frame)
{
    struct arena *arena = list->arena;
    struct frame *items = arena_grow_array(arena, list->items, list->count, &list->capacity, sizeof(*items));
    const char *function = plain_name(arena, frame->function);

    items[list->count++] = (struct frame){
        .function = function,
        .file = arena_strdup(arena, frame->file),
        .line = frame->line,
        .module = arena_strdup(arena, frame->module),
        .offset = frame->offset,
        /* tools/privatize.sh names the internal functions of archives so. */
        .ours = frame->ours || begins_with(function, "tl_") || begins_with(function, "timelapse__"),
    };
    list->items = items;
}

/* One past the outermost function of the library: there the workflow's own functions have ended. */
static size_t end_of(const struct frame_list *list)
{
    size_t end = list->count;

    while (end > 0 && !list->items[end - 1].ours) {
        end--;
    }
    return end == 0 ? list->count : end;
}

/* Of the public functions those of the interceptor chain (tl_next_...) lead from the library to user code. */
static bool is_call(const struct frame *frame)
{
    return begins_with(frame->function, "tl_") && !begins_with(frame->function, "tl_next_");
}

/* Whether the library's function is the public call through which the user came into the library. */
static bool is_way_in(const struct frame_list *list, size_t at, size_t end)
{
    if (!is_call(&list->items[at])) {
        return false;
    }
    for (size_t i = at + 1; i < end && list->items[i].ours; i++) {
        if (is_call(&list->items[i])) {
            return false;
        }
    }
    return true;
}

static const char *text_of(struct arena *arena, const struct frame *frame)
{
    unsigned long long offset = frame->offset;

    if (frame->ours) {
        return frame->function;
    }
    if (frame->function[0] == '\0') {
        return arena_format(arena, "%s%s0x%llx", frame->module, frame->module[0] == '\0' ? "" : "+", offset);
    }
    if (frame->line == 0) {
        return arena_format(arena, "%s (%s+0x%llx)", frame->function, frame->module, offset);
    }
    return arena_format(arena, "%s at %s:%d", frame->function, frame->file, frame->line);
}

struct frames frames_show(const struct frame_list *list)
{
    struct frames shown = {.items = ARENA_ARRAY(list->arena, struct tl_frame, list->count)};
    size_t end = end_of(list);

    for (size_t i = 0; i < end; i++) {
        const struct frame *frame = &list->items[i];

        if (!frame->ours || is_way_in(list, i, end)) {
            shown.items[shown.count++] = (struct tl_frame){
                .text = text_of(list->arena, frame),
                .function = frame->function,
                .file = frame->ours ? "" : frame->file,
                .line = frame->ours ? 0 : frame->line,
                .module = frame->module,
                .offset = frame->offset,
            };
        }
    }
    return shown;
}
