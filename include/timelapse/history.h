/* SPDX-License-Identifier: MIT */
/* Histories: read, written, checked, shown, compared. Any SDK's. */
#ifndef TIMELAPSE_HISTORY_H
#define TIMELAPSE_HISTORY_H

#include <stddef.h>
#include <timelapse/allocator.h>
#include <timelapse/payload.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An immutable history of one run, reference-counted. */
struct tl_history;

/* Zero means default. */
struct tl_history_options {
    const struct tl_allocator *allocator; /* copied; NULL: malloc */
    int refuse_unknown_fields;            /* 1: TL_MALFORMED naming the field; 0: they are skipped */
    size_t max_bytes;                     /* of input; 0: 256 MiB. More is TL_TOO_LARGE */
};

/*
 * Reads a history as the CLI, the UI and the SDKs export it: proto3 JSON, either spelling of
 * enums. TL_MALFORMED with line and column; TL_TOO_LARGE; TL_IO; TL_NO_MEMORY. An event of a type
 * that this version does not know is kept when worker_may_ignore is set (from JSON without a type:
 * a name has no number), else refused by name; so is one without the attributes of its type.
 * *out_history: returned owned, give back with tl_history_unref. One thread at a time.
 */
TL_API TL_MUST_CHECK enum tl_status tl_history_from_json(
    struct tl_bytes text, const struct tl_history_options *options, struct tl_history **out_history,
    struct tl_error *error);
TL_API TL_MUST_CHECK enum tl_status tl_history_from_file(
    const char *path, const struct tl_history_options *options, struct tl_history **out_history,
    struct tl_error *error);

/*
 * The history files at `path`: itself, unless it is a directory; else every *.json below it, in order of names by
 * bytes, a folder's own files among its folders; sidecars (*.meta.json), hidden files and folders behind links aside.
 * None is fine: *out_paths is NULL then. Both are returned owned, free with tl_history_files_free. TL_IO names the
 * folder that cannot be read; TL_NO_MEMORY. A file that is not there shows when it is read. Any thread.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_history_files(const char *path, char ***out_paths, size_t *out_count, struct tl_error *error);
TL_API void tl_history_files_free(char **paths, size_t count); /* NULL is fine */

/* Reads a temporal.api.history.v1.History in protobuf encoding. */
TL_API TL_MUST_CHECK enum tl_status tl_history_from_protobuf(
    struct tl_bytes bytes, const struct tl_history_options *options, struct tl_history **out_history,
    struct tl_error *error);

/* Takes one more reference; returns `history`. */
TL_API struct tl_history *tl_history_ref(struct tl_history *history);

/* Gives one reference back; the last one frees the history. NULL is fine. */
TL_API void tl_history_unref(struct tl_history *history);

/* Number of events; the workflow's type and id as the first event tells them, "" when it does not. Borrowed. */
TL_API size_t tl_history_length(const struct tl_history *history);
TL_API const char *tl_history_workflow_type(const struct tl_history *history);
TL_API const char *tl_history_workflow_id(const struct tl_history *history);

/*
 * Writes proto3 JSON, two spaces of indentation, enums as EVENT_TYPE_TIMER_FIRED, a newline at the
 * end. To a file: written beside, synced, renamed; on failure (TL_IO) what stood there still stands.
 * *out_text: returned owned, NUL-terminated, free with tl_text_free; out_len may be NULL. TL_MALFORMED
 * for what JSON cannot say; TL_NO_MEMORY.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_history_to_json(const struct tl_history *history, char **out_text, size_t *out_len, struct tl_error *error);
TL_API TL_MUST_CHECK enum tl_status
tl_history_to_file(const struct tl_history *history, const char *path, struct tl_error *error);
TL_API void tl_text_free(char *text);

/*
 * Whether the history is one that a server could have written, whole or up to any event: ids dense
 * from 1; times not going back, but for what a server writes later than it happened (the start of an
 * activity, what came in while a workflow task ran); every event that refers to another referring
 * to one that exists, of the right type and not finished; the events of commands right behind the
 * workflow task that gave them; nothing after the closing event. TL_OK, TL_MALFORMED naming the
 * event, or TL_NO_MEMORY.
 */
TL_API TL_MUST_CHECK enum tl_status tl_history_check(const struct tl_history *history, struct tl_error *error);

/*
 * A readable timeline, one line an event, times relative to the first; for people, so its form may
 * change. Returned owned in *out_text, free with tl_text_free. TL_NO_MEMORY.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_history_show(const struct tl_history *history, char **out_text, struct tl_error *error);

/*
 * Compares two histories with run-dependent values scrubbed (ids made by a server, times, task
 * ids, identities, sizes). TL_OK when equal; TL_FAILED with the first event and field that differ
 * ("event 7 ActivityTaskScheduled: activity_id: expected "1", found "2""); TL_NO_MEMORY.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_history_compare(const struct tl_history *expected, const struct tl_history *found, struct tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
