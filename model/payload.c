/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <timelapse/payload.h>

static struct tl_payload encoded(const struct tl_metadata *encoding, struct tl_bytes data)
{
    return (struct tl_payload){.data = data, .metadata = encoding, .metadata_count = 1};
}

/* One metadata entry in static storage: payloads made from it own nothing. */
#define ENCODING(text)                                                                                                 \
    {                                                                                                                  \
        "encoding",                                                                                                    \
        {                                                                                                              \
            (const uint8_t *)(text), sizeof(text) - 1                                                                  \
        }                                                                                                              \
    }

static const struct tl_metadata json_plain = ENCODING("json/plain");
static const struct tl_metadata binary_plain = ENCODING("binary/plain");
static const struct tl_metadata binary_null = ENCODING("binary/null");

struct tl_bytes tl_bytes_of(const char *text)
{
    if (text == NULL) {
        return (struct tl_bytes){NULL, 0};
    }
    return (struct tl_bytes){(const uint8_t *)text, strlen(text)};
}

int tl_bytes_equal(struct tl_bytes left, struct tl_bytes right)
{
    return left.len == right.len && (left.len == 0 || memcmp(left.data, right.data, left.len) == 0);
}

struct tl_payload tl_payload_json(const char *text)
{
    return encoded(&json_plain, tl_bytes_of(text));
}

struct tl_payload tl_payload_json_bytes(struct tl_bytes text)
{
    return encoded(&json_plain, text);
}

struct tl_payload tl_payload_binary(struct tl_bytes bytes)
{
    return encoded(&binary_plain, bytes);
}

struct tl_payload tl_payload_null(void)
{
    return encoded(&binary_null, (struct tl_bytes){NULL, 0});
}

struct tl_bytes tl_payload_metadata(const struct tl_payload *payload, const char *key)
{
    for (size_t i = 0; i < payload->metadata_count; i++) {
        if (strcmp(payload->metadata[i].key, key) == 0) {
            return payload->metadata[i].value;
        }
    }
    return (struct tl_bytes){NULL, 0};
}

int tl_payload_is(const struct tl_payload *payload, const char *encoding)
{
    return tl_bytes_equal(tl_payload_metadata(payload, "encoding"), tl_bytes_of(encoding));
}

int tl_payload_equal(const struct tl_payload *left, const struct tl_payload *right)
{
    if (left->metadata_count != right->metadata_count || !tl_bytes_equal(left->data, right->data)) {
        return 0;
    }
    for (size_t i = 0; i < left->metadata_count; i++) {
        const struct tl_metadata *a = &left->metadata[i];
        const struct tl_metadata *b = &right->metadata[i];

        if (strcmp(a->key, b->key) != 0 || !tl_bytes_equal(a->value, b->value)) {
            return 0;
        }
    }
    return 1;
}
