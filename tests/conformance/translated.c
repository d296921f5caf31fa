/* SPDX-License-Identifier: MIT */
#include "tests/conformance/translated.h"

#include <stdbool.h>
#include <string.h>

#include "base/check.h"
#include "model/pb.h"

#define NAMESPACE "namespace"

static void *member(ProtobufCMessage *message, size_t offset)
{
    return (char *)message + offset;
}

void translate_request(const struct translation *translation, ProtobufCMessage *request)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, NAMESPACE);

    if (field != NULL && field->type == PROTOBUF_C_TYPE_STRING) {
        const char **name = member(request, field->offset);

        if (*name != NULL && strcmp(*name, translation->ours) == 0) {
            *name = translation->theirs;
        }
    }
}

/* Unset ones stay unset, and so does the empty one that means the same. */
static void translate_time(const struct translation *translation, Pb__Timestamp *timestamp)
{
    tl_time time = pb_time(timestamp);

    if (timestamp->seconds != 0 || timestamp->nanos != 0) {
        timestamp->seconds = (time - translation->ahead) / TL_SECONDS(1);
        timestamp->nanos = (int32_t)((time - translation->ahead) % TL_SECONDS(1));
    }
}

static void translate_name(const struct translation *translation, char *name)
{
    if (name != NULL && strcmp(name, translation->theirs) == 0) {
        CHECK(strlen(translation->ours) <= strlen(translation->theirs));
        memcpy(name, translation->ours, strlen(translation->ours) + 1);
    }
}

static void translate_value(const struct translation *translation, const ProtobufCFieldDescriptor *field, void *value)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        translate_name(translation, *(char **)value);
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE && *(ProtobufCMessage **)value != NULL) {
        translate_reply(translation, *(ProtobufCMessage **)value);
    }
}

static bool is_set(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 ||
           *(const uint32_t *)member(message, field->quantifier_offset) == field->id;
}

void translate_reply(const struct translation *translation, ProtobufCMessage *reply)
{
    const ProtobufCMessageDescriptor *descriptor = reply->descriptor;

    if (descriptor == &pb__timestamp__descriptor) {
        translate_time(translation, (Pb__Timestamp *)(void *)reply);
        return;
    }
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        void *at = member(reply, field->offset);

        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t count = *(const size_t *)member(reply, field->quantifier_offset);
            void **values = *(void ***)at;

            for (size_t n = 0;
                 field->type >= PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_BYTES && n < count;
                 n++) {
                translate_value(translation, field, &values[n]);
            }
        } else if (is_set(reply, field)) {
            translate_value(translation, field, at);
        }
    }
}
