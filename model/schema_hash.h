/* SPDX-License-Identifier: MIT */
/* The hash of names in the schema tables: one rule for tools/schemagen.c, which places them, and for look-ups. */
#ifndef TIMELAPSE_MODEL_SCHEMA_HASH_H
#define TIMELAPSE_MODEL_SCHEMA_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Up to 8 bytes as one number, the first byte lowest on every machine. */
static inline uint64_t schema_hash_word(const char *bytes, size_t len)
{
    uint64_t word = 0;

    memcpy(&word, bytes, len);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t schema_hash_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 32U);
}

/* Not to be fed with text that an enemy chose into tables he also chose: the tables here are fixed. */
static inline uint32_t schema_hash(const char *name, size_t len)
{
    uint64_t hash = len;

    while (len > 8) {
        hash = schema_hash_mix(hash, schema_hash_word(name, 8));
        name += 8;
        len -= 8;
    }
    return (uint32_t)schema_hash_mix(hash, schema_hash_word(name, len));
}

#endif
