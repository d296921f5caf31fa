/* SPDX-License-Identifier: MIT */
#include "sim/service/failure.h"

#include <string.h>

#include "sim/service/messages.h"

#define MOST_CAUSES 20

/* What the server counts for fields beside their texts. */
#define TEXT_OVERHEAD        4
#define APPLICATION_OVERHEAD 8
#define SERVER_OVERHEAD      4
#define CAUSE_OVERHEAD       4

/* What is left of the room; below zero once more was taken than there was. */
struct room {
    struct arena *arena;
    ptrdiff_t left;
};

/* The longest part that fits and ends no character in its middle. */
static size_t fitting(const char *text, ptrdiff_t room)
{
    size_t length = strlen(text);

    if (room <= 0) {
        return 0;
    }
    if (length <= (size_t)room) {
        return length;
    }
    length = (size_t)room;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
        length--;
    }
    return length;
}

static char *take_text(struct room *room, const char *text)
{
    size_t length = pb_is_empty(text) ? 0 : fitting(text, room->left);

    if (length == 0) {
        return arena_strdup(room->arena, "");
    }
    char *taken = arena_alloc(room->arena, length + 1);
    memcpy(taken, text, length);
    taken[length] = '\0';
    room->left -= (ptrdiff_t)length + TEXT_OVERHEAD;
    return taken;
}

/* Whether it may be retried outlives everything else. */
static void take_info(struct room *room, Pb__Failure *out, const Pb__Failure *failure)
{
    if (failure->failure_info_case == PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO) {
        const Pb__ApplicationFailureInfo *info = failure->application_failure_info;
        out->failure_info_case = failure->failure_info_case;
        out->application_failure_info = PB_NEW(room->arena, Pb__ApplicationFailureInfo, pb__application_failure_info);
        out->application_failure_info->non_retryable = info->non_retryable;
        out->application_failure_info->type = take_text(room, info->type);
        room->left -= APPLICATION_OVERHEAD;
    } else if (failure->failure_info_case == PB__FAILURE__FAILURE_INFO_SERVER_FAILURE_INFO) {
        out->failure_info_case = failure->failure_info_case;
        out->server_failure_info = PB_NEW(room->arena, Pb__ServerFailureInfo, pb__server_failure_info);
        out->server_failure_info->non_retryable = failure->server_failure_info->non_retryable;
        room->left -= SERVER_OVERHEAD;
    }
}

/*
 * What is left of a failure when it must take no more than about `size` bytes: whether it may be
 * retried, then its type, source, message and stack trace, then its causes, as far as there is
 * room. In `arena`; shares nothing with `failure`, which is not NULL.
 */
static Pb__Failure *truncate_failure(struct arena *arena, const Pb__Failure *failure, size_t size)
{
    struct room room = {.arena = arena, .left = (ptrdiff_t)size};
    Pb__Failure *outermost = NULL;
    Pb__Failure **place = &outermost;

    for (int causes = 0; failure != NULL && causes <= MOST_CAUSES; causes++) {
        Pb__Failure *out = PB_NEW(arena, Pb__Failure, pb__failure);
        take_info(&room, out, failure);
        out->source = take_text(&room, failure->source);
        out->message = take_text(&room, failure->message);
        out->stack_trace = take_text(&room, failure->stack_trace);
        *place = out;
        place = &out->cause;
        failure = room.left > CAUSE_OVERHEAD ? failure->cause : NULL;
        room.left -= CAUSE_OVERHEAD;
    }
    return outermost;
}

Pb__Failure *sim_failure_replace(struct arena *arena, const Pb__Failure *failure, size_t size, bool non_retryable)
{
    Pb__Failure *instead = sim_server_failure(arena, "Failure exceeds size limit.", non_retryable);

    instead->cause = truncate_failure(arena, failure, size);
    return instead;
}
