/* SPDX-License-Identifier: MIT */
/* Sizes on the protobuf wire. */
#ifndef TIMELAPSE_MODEL_WIRE_H
#define TIMELAPSE_MODEL_WIRE_H

#include <stddef.h>
#include <stdint.h>

static inline size_t wire_varint_size(uint64_t value)
{
    /* 7 bits a byte: 1 + floor(log2) / 7, without a division. */
    unsigned bits = 64U - (unsigned)__builtin_clzll(value | 1U);

    return (bits * 9U + 64U) / 64U;
}

/* A negative int32 travels as the int64 that it is: ten bytes. */
static inline size_t wire_int32_size(int32_t value)
{
    return value < 0 ? 10 : wire_varint_size((uint32_t)value);
}

static inline size_t wire_sint32_size(int32_t value)
{
    return wire_varint_size(((uint32_t)value << 1U) ^ (value < 0 ? UINT32_MAX : 0U));
}

static inline size_t wire_sint64_size(int64_t value)
{
    return wire_varint_size(((uint64_t)value << 1U) ^ (value < 0 ? UINT64_MAX : 0U));
}

static inline size_t wire_tag_size(uint32_t number)
{
    return wire_varint_size((uint64_t)number << 3U);
}

/* What a length-prefixed value of `len` bytes takes. */
static inline size_t wire_prefixed_size(size_t len)
{
    return wire_varint_size(len) + len;
}

#endif
