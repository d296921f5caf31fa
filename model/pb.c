/* SPDX-License-Identifier: MIT */
#include "model/pb.h"

#include <stdbool.h>
#include <string.h>

#define NANOSECONDS INT64_C(1000000000)

/* Up to here metadata are sorted in place; more come only from outside and get the merge sort. */
#define FEW_METADATA 8

void *pb_new(struct arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    void *message = arena_alloc(arena, descriptor->sizeof_message);

    descriptor->message_init(message);
    return message;
}

/* seconds and nanos as one number; saturates in the direction of the seconds. */
static int64_t join(int64_t seconds, int32_t nanos)
{
    int64_t whole;
    int64_t sum;

    if (__builtin_mul_overflow(seconds, NANOSECONDS, &whole) || __builtin_add_overflow(whole, nanos, &sum)) {
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    }
    return sum;
}

tl_time pb_time(const Pb__Timestamp *timestamp)
{
    return timestamp == NULL ? 0 : join(timestamp->seconds, timestamp->nanos);
}

/* A timestamp's nanos count forward from its second, also before 1970. */
Pb__Timestamp *pb_timestamp(struct arena *arena, tl_time time)
{
    if (time == 0) {
        return NULL;
    }
    Pb__Timestamp *timestamp = PB_NEW(arena, Pb__Timestamp, pb__timestamp);
    int64_t nanos = time % NANOSECONDS;

    timestamp->seconds = time / NANOSECONDS;
    if (nanos < 0) {
        nanos += NANOSECONDS;
        timestamp->seconds--;
    }
    timestamp->nanos = (int32_t)nanos;
    return timestamp;
}

tl_duration pb_nanoseconds(const Pb__Duration *duration)
{
    return duration == NULL ? 0 : join(duration->seconds, duration->nanos);
}

/* A duration's nanos have the sign of its seconds, as C division gives them. */
Pb__Duration *pb_duration(struct arena *arena, tl_duration duration)
{
    if (duration == 0) {
        return NULL;
    }
    Pb__Duration *message = PB_NEW(arena, Pb__Duration, pb__duration);

    message->seconds = duration / NANOSECONDS;
    message->nanos = (int32_t)(duration % NANOSECONDS);
    return message;
}

static void insertion_sort(struct tl_metadata *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct tl_metadata item = items[i];
        size_t place = i;

        while (place > 0 && strcmp(items[place - 1].key, item.key) > 0) {
            items[place] = items[place - 1];
            place--;
        }
        items[place] = item;
    }
}

static void merge(struct tl_metadata *to, const struct tl_metadata *from, size_t middle, size_t end)
{
    size_t left = 0;
    size_t right = middle;

    for (size_t i = 0; i < end; i++) {
        bool take_left = right >= end || (left < middle && strcmp(from[left].key, from[right].key) <= 0);

        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* Stable, so that of two entries with one key the last stays last. Returns one of the two arrays. */
static struct tl_metadata *merge_sort(struct tl_metadata *items, struct tl_metadata *spare, size_t count)
{
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t at = 0; at < count; at += 2 * run) {
            size_t left = count - at;
            size_t end = left < 2 * run ? left : 2 * run;

            merge(spare + at, items + at, run < end ? run : end, end);
        }
        struct tl_metadata *sorted = spare;

        spare = items;
        items = sorted;
    }
    return items;
}

/* A map's last entry of a key is its value: earlier ones are dropped. */
static size_t drop_duplicates(struct tl_metadata *items, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && strcmp(items[i].key, items[i + 1].key) == 0) {
            continue;
        }
        items[kept++] = items[i];
    }
    return kept;
}

static struct tl_metadata *sorted(struct arena *arena, struct tl_metadata *items, size_t count)
{
    if (count > FEW_METADATA) {
        return merge_sort(items, arena_alloc(arena, count * sizeof(*items)), count);
    }
    insertion_sort(items, count);
    return items;
}

struct tl_payload pb_payload_view(struct arena *arena, const Pb__Payload *payload)
{
    struct tl_payload view = {0};

    if (payload == NULL) {
        return view;
    }
    view.data = (struct tl_bytes){payload->data.data, payload->data.len};
    if (payload->n_metadata == 0) {
        return view;
    }
    struct tl_metadata *items = arena_alloc(arena, payload->n_metadata * sizeof(*items));

    for (size_t i = 0; i < payload->n_metadata; i++) {
        const Pb__Payload__MetadataEntry *entry = payload->metadata[i];

        items[i].key = entry->key == NULL ? "" : entry->key;
        items[i].value = (struct tl_bytes){entry->value.data, entry->value.len};
    }
    items = sorted(arena, items, payload->n_metadata);
    view.metadata_count = drop_duplicates(items, payload->n_metadata);
    view.metadata = items;
    return view;
}

struct tl_payloads pb_payloads_view(struct arena *arena, const Pb__Payloads *payloads)
{
    if (payloads == NULL || payloads->n_payloads == 0) {
        return (struct tl_payloads){NULL, 0};
    }
    struct tl_payload *items = arena_alloc(arena, payloads->n_payloads * sizeof(*items));

    for (size_t i = 0; i < payloads->n_payloads; i++) {
        items[i] = pb_payload_view(arena, payloads->payloads[i]);
    }
    return (struct tl_payloads){items, payloads->n_payloads};
}

static ProtobufCBinaryData copied(struct arena *arena, struct tl_bytes bytes)
{
    ProtobufCBinaryData copy = {bytes.len, NULL};

    if (bytes.len > 0) {
        copy.data = arena_copy(arena, bytes.data, bytes.len);
    }
    return copy;
}

static Pb__Payload__MetadataEntry *entry_of(struct arena *arena, const struct tl_metadata *item)
{
    Pb__Payload__MetadataEntry *entry = PB_NEW(arena, Pb__Payload__MetadataEntry, pb__payload__metadata_entry);

    entry->key = arena_strdup(arena, item->key);
    entry->value = copied(arena, item->value);
    return entry;
}

Pb__Payload *pb_payload(struct arena *arena, const struct tl_payload *payload)
{
    Pb__Payload *message = PB_NEW(arena, Pb__Payload, pb__payload);

    message->data = copied(arena, payload->data);
    if (payload->metadata_count > 0) {
        message->n_metadata = payload->metadata_count;
        message->metadata = arena_alloc(arena, payload->metadata_count * sizeof(*message->metadata));
    }
    for (size_t i = 0; i < payload->metadata_count; i++) {
        message->metadata[i] = entry_of(arena, &payload->metadata[i]);
    }
    return message;
}

Pb__Payloads *pb_payloads(struct arena *arena, const struct tl_payloads *payloads)
{
    if (payloads == NULL || payloads->count == 0) {
        return NULL;
    }
    Pb__Payloads *message = PB_NEW(arena, Pb__Payloads, pb__payloads);

    message->n_payloads = payloads->count;
    message->payloads = arena_alloc(arena, payloads->count * sizeof(Pb__Payload *));
    for (size_t i = 0; i < payloads->count; i++) {
        message->payloads[i] = pb_payload(arena, &payloads->items[i]);
    }
    return message;
}
