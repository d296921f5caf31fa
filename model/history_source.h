/* SPDX-License-Identifier: MIT */
/* Where a history is read from: history.c decodes it, history_file.c knows files. */
#ifndef TIMELAPSE_MODEL_HISTORY_SOURCE_H
#define TIMELAPSE_MODEL_HISTORY_SOURCE_H

#include <stdbool.h>
#include <timelapse/history.h>

struct pool;

struct history_source {
    struct tl_history_options options; /* max_bytes is never 0 here */
    struct tl_bytes bytes;
    const char *path; /* for messages; NULL: bytes in memory */
    int fd;           /* -1: bytes in memory. Open and closed outside of any guard */
    bool is_protobuf;
};

void history_source_init(struct history_source *source, const struct tl_history_options *options);

/* Reads and decodes. */
TL_MUST_CHECK enum tl_status
history_read(const struct history_source *source, struct tl_history **out_history, struct tl_error *error);

/* The whole file in a block of the pool, which history_drop_file gives back. On failure *out_bytes has no bytes. */
TL_MUST_CHECK enum tl_status history_read_file(
    struct pool *pool, const struct history_source *source, struct tl_bytes *out_bytes, struct tl_error *error);
void history_drop_file(struct pool *pool, struct tl_bytes bytes);

/* Answers TL_TOO_LARGE with the limit. */
enum tl_status history_too_large(const struct history_source *source, struct tl_error *error);

#endif
