/* SPDX-License-Identifier: MIT */
#include "sim/server/gzip.h"

#include <string.h>
#define ZLIB_CONST /* it takes its input as const */
#include <zlib.h>

#include "base/pool.h"

#define GZIP_ALONE (MAX_WBITS + 16)

void gzip_free(struct pool *pool, struct gzip_text *text)
{
    pool_free(pool, text->data, text->capacity);
    text->data = NULL;
}

static void grow(struct pool *pool, struct gzip_text *text)
{
    size_t capacity = text->capacity == 0 ? 4096 : text->capacity * 2;
    uint8_t *data = pool_alloc(pool, capacity);

    if (text->len > 0) {
        memcpy(data, text->data, text->len);
    }
    pool_free(pool, text->data, text->capacity);
    text->data = data;
    text->capacity = capacity;
}

/* Z_OK: more room is needed. */
static int inflate_more(z_stream *stream, struct gzip_text *text)
{
    stream->next_out = text->data + text->len;
    stream->avail_out = (uInt)(text->capacity - text->len);
    int result = inflate(stream, Z_NO_FLUSH);
    text->len = text->capacity - stream->avail_out;
    return result;
}

bool gzip_unpack(struct pool *pool, struct tl_bytes packed, size_t most, struct gzip_text *out_text)
{
    z_stream stream = {.next_in = packed.data, .avail_in = (uInt)packed.len};
    int result = Z_OK;

    *out_text = (struct gzip_text){.data = NULL};
    if (inflateInit2(&stream, GZIP_ALONE) != Z_OK) {
        return false;
    }
    while (result == Z_OK && out_text->len <= most) {
        grow(pool, out_text);
        result = inflate_more(&stream, out_text);
    }
    (void)inflateEnd(&stream);
    out_text->too_large = out_text->len > most;
    if (result != Z_STREAM_END || out_text->too_large) {
        gzip_free(pool, out_text);
        return false;
    }
    return true;
}
