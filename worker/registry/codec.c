/* SPDX-License-Identifier: MIT */
/*
 * The payload pipeline: every payload of a message through the chain of codecs. Without codecs
 * nothing is visited and nothing copied.
 */
#include <stdio.h>
#include <timelapse/converter.h>

#include "model/message.h"
#include "worker/registry/registry.h"
#include "worker/registry/registry_private.h"

struct tl_codec_memory {
    struct arena *arena;
};

void *tl_codec_alloc(struct tl_codec_memory *memory, size_t size)
{
    return arena_zalloc(memory->arena, size);
}

static void add_codec(struct tl_registry *registry, const void *addition)
{
    const struct tl_codec *codec = addition;
    const char *missing = codec->name == NULL ? "name" : codec->encode == NULL ? "encode" : "decode";

    if (codec->name == NULL || codec->encode == NULL || codec->decode == NULL) {
        registry_refuse(
            registry,
            TL_INVALID_ARGUMENT,
            missing,
            "codec number %zu lacks a required member",
            registry->codec_count + 1);
        return;
    }
    registry->codecs = arena_grow_array(
        &registry->arena, registry->codecs, registry->codec_count, &registry->codec_capacity, sizeof(*codec));
    registry->codecs[registry->codec_count++] = *codec;
}

void tl_register_codec(struct tl_registry *registry, const struct tl_codec *codec)
{
    registry_add(registry, add_codec, codec);
}

bool registry_has_codecs(const struct tl_registry *registry)
{
    return registry->codec_count > 0;
}

struct passage {
    const struct tl_registry *registry;
    struct tl_codec_memory memory;
    struct tl_error *error;
    bool outwards;
};

/* The codec's own words, with its name before them. */
static enum tl_status codec_failed(
    const struct passage *passage, const struct tl_codec *codec, enum tl_status status, const struct tl_error *own)
{
    return tl_error_set(
        passage->error,
        status,
        own->field,
        "codec %s could not %s: %s",
        codec->name,
        passage->outwards ? "encode" : "decode",
        own->message[0] == '\0' ? tl_status_text(status) : own->message);
}

static enum tl_status apply(struct passage *passage, const struct tl_codec *codec, struct tl_payload *payload)
{
    struct tl_payload out = {0};
    struct tl_error own;

    own.field[0] = '\0';
    own.message[0] = '\0';
    enum tl_status status = passage->outwards ? codec->encode(codec->user, &passage->memory, payload, &out, &own)
                                              : codec->decode(codec->user, &passage->memory, payload, &out, &own);
    if (status != TL_OK) {
        return codec_failed(passage, codec, status, &own);
    }
    *payload = out;
    return TL_OK;
}

/* Outwards the last added goes first; inwards the first added, which made what came last. */
static enum tl_status pass(void *user, Pb__Payload **payload)
{
    struct passage *passage = user;
    size_t count = passage->registry->codec_count;
    struct tl_payload value = pb_payload_view(passage->memory.arena, *payload);

    if (passage->outwards && value.data.len == 0 && tl_payload_is(&value, "binary/null")) {
        return TL_OK; /* a server reads it: it takes a memo's field away */
    }

    for (size_t i = 0; i < count; i++) {
        size_t index = passage->outwards ? count - 1 - i : i;
        enum tl_status status = apply(passage, &passage->registry->codecs[index], &value);

        if (status != TL_OK) {
            return status;
        }
    }
    *payload = pb_payload(passage->memory.arena, &value);
    return TL_OK;
}

static enum tl_status pass_all(struct passage *passage, void *message)
{
    if (passage->registry->codec_count == 0) {
        return TL_OK;
    }
    return message_visit_payloads(message, pass, passage);
}

enum tl_status
registry_encode(const struct tl_registry *registry, struct arena *arena, void *message, struct tl_error *error)
{
    struct passage passage = {.registry = registry, .memory = {arena}, .error = error, .outwards = true};

    return pass_all(&passage, message);
}

enum tl_status
registry_decode(const struct tl_registry *registry, struct arena *arena, void *message, struct tl_error *error)
{
    struct passage passage = {.registry = registry, .memory = {arena}, .error = error, .outwards = false};

    return pass_all(&passage, message);
}

enum tl_status registry_decode_events(
    const struct tl_registry *registry, struct arena *arena, Pb__HistoryEvent *const *events, size_t count,
    Pb__HistoryEvent ***out_events, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    if (!registry_has_codecs(registry)) {
        return TL_OK;
    }
    Pb__HistoryEvent **decoded = ARENA_ARRAY(arena, Pb__HistoryEvent *, count);
    for (size_t i = 0; i < count && status == TL_OK; i++) {
        decoded[i] = message_clone(arena, events[i]);
        status = registry_decode(registry, arena, decoded[i], error);
    }
    if (status == TL_OK) {
        *out_events = decoded;
    }
    return status;
}
