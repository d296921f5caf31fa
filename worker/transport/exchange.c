/* SPDX-License-Identifier: MIT */
/* One call on a channel: all its operations in one batch, its answer as bytes. */
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <string.h>

#include "base/check.h"
#include "base/pool.h"
#include "model/message.h"
#include "worker/transport/channel_private.h"

struct channel_call {
    struct channel *channel;
    grpc_call *grpc;
    channel_answer_fn *on_answer;
    void *user;
    struct call_metadata metadata;
    grpc_byte_buffer *sent;
    /* ---- what comes back ---- */
    grpc_metadata_array initial;
    grpc_metadata_array trailing;
    grpc_byte_buffer *received;
    grpc_status_code code;
    grpc_slice text;
};

/* ---- The answer ---- */

/* What came back, taken out of the call, which may be released as soon as its owner was told. */
struct received {
    grpc_metadata_array initial;
    grpc_metadata_array trailing;
    grpc_byte_buffer *buffer;
    grpc_slice text;
    grpc_slice message;
};

static struct tl_bytes bytes_of(const grpc_slice *slice)
{
    return (struct tl_bytes){GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice)};
}

static struct tl_bytes text_of(const char *text)
{
    return (struct tl_bytes){(const uint8_t *)text, strlen(text)};
}

static struct tl_bytes details_of(const grpc_metadata_array *trailing)
{
    for (size_t i = 0; i < trailing->count; i++) {
        if (grpc_slice_str_cmp(trailing->metadata[i].key, "grpc-status-details-bin") == 0) {
            return bytes_of(&trailing->metadata[i].value);
        }
    }
    return (struct tl_bytes){NULL, 0};
}

/* gRPC's own words (src/core/ext/filters/message_size), which are not those of a server that is out of something. */
static bool is_too_large(const struct channel_answer *answer)
{
    static const char words[] = "Received message larger than max";

    return answer->code == GRPC_STATUS_RESOURCE_EXHAUSTED &&
           memmem(answer->text.data, answer->text.len, words, sizeof(words) - 1) != NULL;
}

static void fail(struct channel_answer *answer, const char *why)
{
    answer->status = TL_INTERNAL;
    answer->code = GRPC_STATUS_INTERNAL;
    answer->text = text_of(why);
}

/* The message's bytes in one piece; those of a server that compresses are unpacked. */
static bool read_message(struct received *received)
{
    grpc_byte_buffer_reader reader;

    if (grpc_byte_buffer_reader_init(&reader, received->buffer) == 0) {
        return false;
    }
    received->message = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    return true;
}

static struct channel_answer read_answer(struct received *received, int code)
{
    struct channel_answer answer = {
        .status = tl_status_from_grpc(code),
        .code = code >= 0 && code <= 16 ? code : GRPC_STATUS_UNKNOWN,
        .text = bytes_of(&received->text),
        .details = details_of(&received->trailing),
    };

    if (is_too_large(&answer)) {
        answer.status = TL_TOO_LARGE;
    } else if (answer.code != GRPC_STATUS_OK) {
        answer.status = tl_status_from_grpc(answer.code);
    } else if (received->buffer == NULL) {
        fail(&answer, "the reply has no message");
    } else if (!read_message(received)) {
        fail(&answer, "the reply's message cannot be decompressed");
    } else {
        answer.message = bytes_of(&received->message);
    }
    return answer;
}

static void drop(struct received *received)
{
    grpc_slice_unref(received->message);
    grpc_slice_unref(received->text);
    grpc_byte_buffer_destroy(received->buffer);
    grpc_metadata_array_destroy(&received->initial);
    grpc_metadata_array_destroy(&received->trailing);
}

/* What gRPC hands from thread to thread in an order of its own, a sanitizer sees by the lock. */
static void pass(struct channel *channel)
{
    (void)pthread_mutex_lock(&channel->lock);
    (void)pthread_mutex_unlock(&channel->lock);
}

void exchange_finish(struct channel *channel, struct channel_call *call)
{
    pass(channel);
    struct received received = {
        .initial = call->initial,
        .trailing = call->trailing,
        .buffer = call->received,
        .text = call->text,
        .message = grpc_empty_slice(),
    };
    struct channel_answer answer = read_answer(&received, (int)call->code);

    call->on_answer(call->user, &answer);
    drop(&received);
}

/* ---- The question ---- */

static grpc_byte_buffer *pack(const ProtobufCMessage *message)
{
    size_t size = message_size(message);
    grpc_slice slice = grpc_slice_malloc(size);

    CHECK(protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(slice)) == size);
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return buffer;
}

static gpr_timespec deadline_after(tl_duration timeout)
{
    if (timeout == TL_NEVER) {
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    }
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(timeout, GPR_TIMESPAN));
}

/* gRPC refuses batches for mistakes of ours alone: metadata has been looked at. */
void channel_send(struct channel_call *call)
{
    grpc_op ops[6] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = call->sent},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA, .data.recv_initial_metadata.recv_initial_metadata = &call->initial},
        {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &call->received},
        {.op = GRPC_OP_RECV_STATUS_ON_CLIENT},
    };

    ops[0].data.send_initial_metadata.count = call->metadata.count;
    ops[0].data.send_initial_metadata.metadata = call->metadata.items;
    ops[5].data.recv_status_on_client.trailing_metadata = &call->trailing;
    ops[5].data.recv_status_on_client.status = &call->code;
    ops[5].data.recv_status_on_client.status_details = &call->text;
    pass(call->channel);
    CHECK(grpc_call_start_batch(call->grpc, ops, COUNT_OF(ops), call, NULL) == GRPC_CALL_OK);
}

static struct channel_call *
call_new(struct channel *channel, const struct channel_question *question, struct call_metadata metadata)
{
    struct channel_call *call = channel_take(channel, sizeof(*call));

    if (call == NULL) {
        return NULL;
    }
    memset(call, 0, sizeof(*call));
    call->channel = channel;
    call->metadata = metadata;
    call->sent = pack(question->message);
    call->text = grpc_empty_slice();
    grpc_metadata_array_init(&call->initial);
    grpc_metadata_array_init(&call->trailing);
    call->grpc = grpc_channel_create_call(
        channel->grpc,
        NULL,
        GRPC_PROPAGATE_DEFAULTS,
        channel->answers,
        grpc_slice_from_static_string(question->rpc->path),
        NULL,
        deadline_after(question->timeout),
        NULL);
    return call;
}

enum tl_status channel_ask(
    struct channel *channel, const struct channel_question *question, channel_answer_fn *on_answer, void *user,
    struct channel_call **out_call, struct tl_error *error)
{
    struct call_metadata metadata;
    enum tl_status status = call_metadata_make(&metadata, channel, question, error);

    if (status != TL_OK) {
        return status;
    }
    struct channel_call *call = call_new(channel, question, metadata);
    if (call == NULL) {
        call_metadata_done(&metadata, channel);
        return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
    }
    call->on_answer = on_answer;
    call->user = user;
    (void)pthread_mutex_lock(&channel->lock);
    channel->calls++;
    (void)pthread_mutex_unlock(&channel->lock);
    *out_call = call;
    return TL_OK;
}

void channel_cancel(struct channel_call *call)
{
    (void)grpc_call_cancel(call->grpc, NULL);
}

void channel_release(struct channel_call *call)
{
    struct channel *channel = call->channel;

    grpc_call_unref(call->grpc);
    grpc_byte_buffer_destroy(call->sent);
    call_metadata_done(&call->metadata, channel);
    (void)pthread_mutex_lock(&channel->lock);
    channel->calls--;
    pool_free(channel->pool, call, sizeof(*call));
    (void)pthread_mutex_unlock(&channel->lock);
}
