/* SPDX-License-Identifier: MIT */
/* Messages that callers compress: grpc-encoding gzip. */
#ifndef TIMELAPSE_SIM_SERVER_GZIP_H
#define TIMELAPSE_SIM_SERVER_GZIP_H

#include <stdbool.h>
#include <timelapse/payload.h>

struct pool;

struct gzip_text {
    uint8_t *data; /* NULL: nothing was taken */
    size_t len;
    size_t capacity;
    bool too_large;
};

/* False, and nothing is kept, where it is no gzip or has more than `most` bytes inside (too_large). */
bool gzip_unpack(struct pool *pool, struct tl_bytes packed, size_t most, struct gzip_text *out_text);

void gzip_free(struct pool *pool, struct gzip_text *text);

#endif
