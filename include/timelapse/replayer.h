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
    int strict;                           /* 1: all attributes of a command are compared with its event */
    int evict_every_task;                 /* 1: replays from the start after every workflow task */
};

/* Returns owned, free with tl_replayer_free; NULL with `error` filled. Serves one thread. */
TL_API struct tl_replayer *tl_replayer_new(const struct tl_replayer_options *options, struct tl_error *error);
TL_API void tl_replayer_free(struct tl_replayer *replayer);

/*
 * Replays. TL_OK when every command matched its event; TL_NONDETERMINISM with what was expected
 * and found, the event id and a hint; TL_MALFORMED when the history is no history; TL_NOT_FOUND
 * when its workflow type is not registered; TL_VERDICT when a check in workflow code failed.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_replay(struct tl_replayer *replayer, const struct tl_history *history, struct tl_error *error);

/* Reads and replays a JSON file. */
TL_API TL_MUST_CHECK enum tl_status
tl_replay_file(struct tl_replayer *replayer, const char *path, struct tl_error *error);

/*
 * A main() for programs that replay: arguments are history files or directories (searched for
 * *.json). Prints one TAP line a file; returns the exit code. No argument is an error.
 */
TL_API int tl_replay_main(int argc, char **argv, tl_register_fn *register_all);

#ifdef __cplusplus
}
#endif
#endif
