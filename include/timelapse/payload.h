/* SPDX-License-Identifier: MIT */
/*
 * Payloads: the values that cross between workflows, activities and clients, as bytes with
 * metadata that says how they are encoded. `timelapse/json.h` reads JSON ones.
 */
#ifndef TIMELAPSE_PAYLOAD_H
#define TIMELAPSE_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed bytes; never NUL-dependent. `data` may be NULL when `len` is 0. */
struct tl_bytes {
    const uint8_t *data;
    size_t len;
};

/* One entry of a payload's metadata. The key is NUL-terminated UTF-8. */
struct tl_metadata {
    const char *key;
    struct tl_bytes value;
};

/* A value. All pointers are borrowed; the function that hands one out says for how long. */
struct tl_payload {
    struct tl_bytes data;
    const struct tl_metadata *metadata; /* sorted by key; "encoding" is always present but for an empty payload */
    size_t metadata_count;
};

/* A value with a name: of a header or a memo. */
struct tl_field {
    const char *key; /* 1 to 1,000 bytes of UTF-8 */
    struct tl_payload value;
};

/* The arguments of a workflow, an activity or a signal, in order. */
struct tl_payloads {
    const struct tl_payload *items;
    size_t count;
};

/* Arguments in one expression: TL_ARGS(payload), TL_ARGS(first, second). Lives until the end of the block. */
#define TL_ARGS(...)                                                                                                   \
    (&(const struct tl_payloads){                                                                                      \
        (const struct tl_payload[]){__VA_ARGS__},                                                                      \
        sizeof((const struct tl_payload[]){__VA_ARGS__}) / sizeof(struct tl_payload)})

/* Bytes of a NUL-terminated string, without its NUL; borrows. NULL gives no bytes. Any thread. */
TL_API struct tl_bytes tl_bytes_of(const char *text);

/* 1 when both hold the same bytes, else 0. Any thread. */
TL_API int tl_bytes_equal(struct tl_bytes left, struct tl_bytes right);

/*
 * A payload of encoding json/plain over JSON text, borrowed; binary/plain over bytes; binary/null.
 * The text is not parsed here: a decoder says when it is not JSON. Any thread.
 */
TL_API struct tl_payload tl_payload_json(const char *text);
TL_API struct tl_payload tl_payload_json_bytes(struct tl_bytes text);
TL_API struct tl_payload tl_payload_binary(struct tl_bytes bytes);
TL_API struct tl_payload tl_payload_null(void);

/* The value of metadata `key`, or no bytes. Any thread. */
TL_API struct tl_bytes tl_payload_metadata(const struct tl_payload *payload, const char *key);

/* 1 when the payload's encoding is `encoding` ("json/plain"), else 0. Any thread. */
TL_API int tl_payload_is(const struct tl_payload *payload, const char *encoding);

/* 1 when data and metadata are equal byte for byte, else 0. Any thread. */
TL_API int tl_payload_equal(const struct tl_payload *left, const struct tl_payload *right);

#ifdef __cplusplus
}
#endif
#endif
