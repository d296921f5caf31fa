/* SPDX-License-Identifier: MIT */
/*
 * The payload pipeline: every payload that leaves or enters the process passes through a chain of
 * codecs (encryption, compression). With no codec the pipeline is the identity and copies nothing.
 */
#ifndef TIMELAPSE_CONVERTER_H
#define TIMELAPSE_CONVERTER_H

#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory for what a codec returns: lives as long as the message the payload is in. Never NULL. */
struct tl_codec_memory;
TL_API void *tl_codec_alloc(struct tl_codec_memory *memory, size_t size);

/*
 * A codec turns one payload into another. decode must pass through what its encode did not make.
 * Nulls (tl_payload_null) go out without: a server reads them where they take a memo's field away.
 * A failure fails the task or call, naming the codec. Called on the thread of the run or client.
 */
struct tl_codec {
    const char *name; /* required, static storage */
    enum tl_status (*encode)(
        void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
        struct tl_error *error);
    enum tl_status (*decode)(
        void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
        struct tl_error *error);
    void *user;
};

/* Adds a codec (copied): encoding runs last added first, decoding first added first. */
TL_API void tl_register_codec(struct tl_registry *registry, const struct tl_codec *codec);

#ifdef __cplusplus
}
#endif
#endif
