/* SPDX-License-Identifier: MIT */
/*
 * Histories into the replayer. The input is a program: its first byte picks a workflow, every
 * further pair of bytes adds an event - what kind, and which earlier event or number it names - so
 * that well-formed histories are near and damaged ones nearer. An input that begins with 0xff is
 * the protobuf encoding of a history instead.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <timelapse/replayer.h>
#include <timelapse/timelapse.h>

#include "base/check.h"
#include "tests/lib/history_builder.h"

#define MAX_EVENTS 400

static const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

static enum tl_status sequence(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    for (int i = 0; i < 50; i++) {
        if (tl_activity_run(wf, "Step", NULL, &options, result) != TL_OK) {
            return TL_FAILED;
        }
        if (tl_sleep(wf, TL_SECONDS(10)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

static enum tl_status listener(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payloads signal;

    (void)input;
    (void)result;
    while (tl_signal_wait(wf, "go", TL_DAYS(1), &signal) == TL_OK) {
        tl_log(wf, "%zu values", signal.count);
    }
    return tl_is_canceled(wf) ? TL_CANCELED : TL_OK;
}

static enum tl_status both(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *futures[] = {
        tl_activity_start(wf, "Step", input, &options),
        tl_timer_start(wf, TL_SECONDS(5)),
        tl_activity_start(wf, "Other", input, &options)};

    (void)result;
    while (tl_wait_any(futures, 2) == 1) {
        tl_future_cancel(futures[2]);
        futures[1] = tl_timer_start(wf, TL_SECONDS(5));
        if (tl_is_canceled(wf)) {
            return TL_CANCELED;
        }
    }
    struct tl_saga *saga = tl_saga_new(wf);
    tl_saga_add(saga, "Undo", input, NULL);
    return tl_wait_all(futures, 3) == TL_OK ? TL_OK : tl_saga_compensate(saga);
}

static int counted_to_two(void *user)
{
    return *(const int *)user >= 2;
}

static enum tl_status counts(struct tl_workflow *wf, void *user)
{
    const struct tl_activity_options patient = {
        .start_to_close = TL_SECONDS(10), .cancellation = TL_WAIT_CANCELLATION_COMPLETED};
    struct tl_future *step = tl_activity_start(wf, "Step", NULL, &patient);
    enum tl_status status = tl_future_wait_for(step, TL_SECONDS(10), NULL);

    tl_future_cancel(step);
    *(int *)user += 1;
    return tl_signal_wait(wf, "go", TL_SECONDS(10), NULL) == TL_OK ? status : tl_future_wait(step, NULL);
}

static enum tl_status leaves(struct tl_workflow *wf, void *user)
{
    *(struct tl_future **)user = tl_timer_start(wf, TL_SECONDS(10));
    return tl_sleep(wf, TL_SECONDS(10));
}

static enum tl_status party(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int *count = tl_alloc(wf, sizeof *count);
    struct tl_future *left = NULL;
    struct tl_future *both[] = {tl_spawn(wf, "one", counts, count), tl_spawn(wf, "two", counts, count)};

    (void)input;
    if (tl_wait_until(wf, counted_to_two, count, TL_SECONDS(10)) == TL_CANCELED) {
        TL_IGNORE(tl_shielded(wf, leaves, &left));
        return tl_future_wait(left, NULL) == TL_OK ? TL_CANCELED : TL_FAILED;
    }
    tl_future_cancel(both[1]);
    TL_IGNORE(tl_wait_all(both, 2));
    return tl_result_text(wf, result, "%d", *count);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sequence", sequence);
    tl_register_workflow(registry, "Listener", listener);
    tl_register_workflow(registry, "Both", both);
    tl_register_workflow(registry, "Party", party);
}

static const char *number(uint8_t value)
{
    static char text[8];

    (void)snprintf(text, sizeof text, "%u", value % 16U + 1U);
    return text;
}

static void add_activity(struct history_builder *builder, uint8_t kind, uint8_t value)
{
    switch (kind) {
    case 0:
        builder_activity_scheduled(builder, number(value), value < 128 ? "Step" : "Undo");
        return;
    case 1:
        builder_activity_started(builder, value);
        return;
    case 2:
        builder_activity_completed(builder, value, value + 1, value % 2 == 0 ? "1" : NULL);
        return;
    case 3:
        builder_activity_failed(builder, value, value + 1, "Busy");
        return;
    case 4:
        builder_activity_cancel_requested(builder, value);
        return;
    default:
        builder_activity_canceled(builder, value, value + 1);
        return;
    }
}

static void add_task(struct history_builder *builder, uint8_t kind, uint8_t value)
{
    switch (kind) {
    case 0:
        builder_task(builder);
        return;
    case 1:
        builder_task_starts(builder);
        return;
    case 2:
        builder_task_completes(builder);
        return;
    case 3:
        builder_task_fails(
            builder,
            value % 2 == 0 ? WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW : WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND);
        return;
    default:
        builder_task_times_out(builder);
        return;
    }
}

static void add_other(struct history_builder *builder, uint8_t kind, uint8_t value)
{
    switch (kind) {
    case 0:
        builder_timer_started(builder, number(value), TL_SECONDS(10));
        return;
    case 1:
        builder_timer_fired(builder, number(value), value);
        return;
    case 2:
        builder_timer_canceled(builder, number(value), value);
        return;
    case 3:
        builder_signaled(builder, value % 4 == 0 ? "other" : "go", "{}");
        return;
    case 4:
        builder_cancel_requested(builder);
        return;
    case 5:
        builder_completed(builder, NULL);
        return;
    case 6:
        builder_failed(builder, "Busy");
        return;
    case 7:
        builder_canceled(builder);
        return;
    case 8:
        builder_event(builder, value)->event_id += value % 3;
        return;
    default:
        builder_event(builder, value)->worker_may_ignore = true;
        return;
    }
}

static void build(struct history_builder *builder, const uint8_t *data, size_t size)
{
    static const char *const types[] = {"Sequence", "Listener", "Both", "Party", "Unknown"};

    builder_start(builder, types[data[0] % COUNT_OF(types)], "1");
    for (size_t i = 1; i + 1 < size && builder->count < MAX_EVENTS; i += 2) {
        uint8_t kind = data[i] % 21;
        if (kind < 5) {
            add_task(builder, kind, data[i + 1]);
        } else if (kind < 11) {
            add_activity(builder, (uint8_t)(kind - 5), data[i + 1]);
        } else {
            add_other(builder, (uint8_t)(kind - 11), data[i + 1]);
        }
    }
}

static void replay(const struct tl_history *history, struct tl_registry *registry)
{
    for (int mode = 0; mode < 3; mode++) {
        const struct tl_replayer_options how = {
            .registry = registry, .strict = mode == 1, .evict_every_task = mode == 2};
        struct tl_error error = {0};
        struct tl_replayer *replayer = tl_replayer_new(&how, &error);
        CHECK(replayer != NULL);
        enum tl_status status = tl_replay(replayer, history, &error);
        CHECK(status == TL_OK || (error.status == status && error.message[0] != '\0'));
        tl_replayer_free(replayer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tl_registry *registry = tl_registry_new(NULL);

    register_all(registry);
    if (size > 0 && data[0] == 0xff) {
        struct tl_history *history = NULL;
        if (tl_history_from_protobuf((struct tl_bytes){data + 1, size - 1}, NULL, &history, NULL) == TL_OK) {
            replay(history, registry);
            tl_history_unref(history);
        }
    } else if (size > 0) {
        struct history_builder builder;
        builder_init(&builder);
        build(&builder, data, size);
        struct tl_history history = builder_history(&builder);
        replay(&history, registry);
        builder_done(&builder);
    }
    tl_registry_free(registry);
    return 0;
}
