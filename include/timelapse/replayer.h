/* SPDX-License-Identifier: MIT */
/* The replayer: does today's code still make the decisions that a stored history tells? */
#ifndef TIMELAPSE_REPLAYER_H
#define TIMELAPSE_REPLAYER_H

#include <timelapse/allocator.h>
#include <timelapse/history.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_replayer;

/* Zero means default in every member but the registry. */
struct tl_replayer_options {
    const struct tl_allocator *allocator; /* copied; NULL: malloc and mmap */
    const struct tl_registry *registry;   /* required; borrowed until the replayer is freed */
    /* 1: all attributes of a command are compared with its event, 0: its kind, type and id, as other SDKs do */
    int strict;
    int evict_every_task;   /* 1: replays from the start after every workflow task, as a worker without a cache */
    size_t coroutine_stack; /* as a worker's: bytes; 0: 256 KiB */
};

/*
 * Returns owned, free with tl_replayer_free; NULL with `error` filled: TL_INVALID_ARGUMENT, what
 * tl_registry_check says, TL_NO_MEMORY. Serves one thread, and one replay after the other.
 */
TL_API struct tl_replayer *tl_replayer_new(const struct tl_replayer_options *options, struct tl_error *error);
TL_API void tl_replayer_free(struct tl_replayer *replayer); /* NULL is fine */

/*
 * Replays; the history may end behind any batch of events that a server writes at once, and is only read. TL_OK when
 * every command matched its event; otherwise `error` (may be NULL) says why, naming the event in its field:
 * TL_NONDETERMINISM with what was expected and found and a hint; TL_MALFORMED when the history is no
 * history; TL_UNSUPPORTED for events that this version does not know; TL_NOT_FOUND when its workflow
 * type is not registered; TL_INVALID_ARGUMENT, naming the field, when workflow code misused the API;
 * TL_VERDICT when a check in workflow code failed; what a codec answered; TL_NO_MEMORY. The
 * replayer can be used again in any case.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_replay(struct tl_replayer *replayer, const struct tl_history *history, struct tl_error *error);

/* Reads a JSON file (tl_history_from_file, whose errors are passed on) and replays it. */
TL_API TL_MUST_CHECK enum tl_status
tl_replay_file(struct tl_replayer *replayer, const char *path, struct tl_error *error);

/*
 * A main() for programs that replay: arguments are history files or directories (tl_history_files), and before them
 * perhaps --format tap (the default) or junit. Replays strictly: all attributes of a command are compared with its
 * event; on stacks of 8 MiB. Prints one test a file and why it failed (timelapse/report.h). Returns the exit code: 0
 * when all passed, 1 when one failed or none was found, 2 without arguments or with a registry that is refused.
 */
TL_API int tl_replay_main(int argc, char **argv, tl_register_fn *register_all);

#ifdef __cplusplus
}
#endif
#endif
