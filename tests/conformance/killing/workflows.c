/* SPDX-License-Identifier: MIT */
#include <timelapse/continue_as_new.h>
#include <timelapse/json.h>
#include <timelapse/workflow.h>

#include "tests/conformance/killing/load.h"

#define RUN_LIMIT TL_MINUTES(10) /* of waits that only a lost event makes so long */

const struct shape shapes[] = {
    {"Sequence", TL_OK, SEQUENCE_STEPS, 0, false},
    {"Fan", TL_OK, FAN_WIDTH, 0, false},
    {"Asked", TL_OK, ASKED_SIGNALS, ASKED_SIGNALS, false},
    {"Followed", TL_OK, ROWS, 0, false},
    {"Canceled", TL_CANCELED, 1, 0, true},
    {"Chain", TL_OK, CHAIN_RUNS, 0, false},
};
const size_t shape_count = sizeof(shapes) / sizeof(shapes[0]);

static const struct tl_retry_policy soon = {
    .initial_interval = TL_MILLISECONDS(100), .maximum_interval = TL_MILLISECONDS(500)};
/* An attempt whose worker was killed is over when its time is. */
static const struct tl_activity_options quick = {.start_to_close = TL_SECONDS(2), .retry = &soon};
static const struct tl_activity_options beating = {
    .start_to_close = TL_MINUTES(2),
    .heartbeat = TL_SECONDS(1),
    .retry = &soon,
    .cancellation = TL_WAIT_CANCELLATION_COMPLETED,
};

static struct tl_payload step_name(struct tl_workflow *wf, const char *name, int64_t number)
{
    return tl_payload_json(tl_format(wf, "\"%s %lld\"", name, (long long)number));
}

static enum tl_status sequence(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    for (int i = 0; i < SEQUENCE_STEPS; i++) {
        enum tl_status status = tl_activity_run(wf, "Note", TL_ARGS(step_name(wf, "step", i)), &quick, result);
        if (status == TL_OK) {
            status = tl_sleep(wf, TL_MILLISECONDS(200));
        }
        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

static enum tl_status fan(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *futures[FAN_WIDTH];

    (void)input;
    (void)result;
    for (int i = 0; i < FAN_WIDTH; i++) {
        futures[i] = tl_activity_start(wf, "Note", TL_ARGS(step_name(wf, "branch", i)), &quick);
    }
    return tl_wait_all(futures, FAN_WIDTH);
}

static enum tl_status asked(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    for (int i = 0; i < ASKED_SIGNALS; i++) {
        enum tl_status status = tl_signal_wait(wf, GO_SIGNAL, RUN_LIMIT, NULL);
        if (status == TL_OK) {
            status = tl_activity_run(wf, "Note", TL_ARGS(step_name(wf, "answer", i)), &quick, result);
        }
        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

static enum tl_status followed(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_activity_run(wf, "Follow", NULL, &beating, result);
}

static enum tl_status clean_up(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_activity_run(wf, "Note", TL_ARGS(step_name(wf, "cleaned", 0)), &quick, NULL);
}

static enum tl_status canceled(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = tl_sleep(wf, RUN_LIMIT);
    enum tl_status cleaned = tl_shielded(wf, clean_up, NULL);

    (void)input;
    (void)result;
    return cleaned == TL_OK ? status : cleaned;
}

static enum tl_status chain(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t run = 0;

    if (input->count > 0 && tl_json_get_int(&input->items[0], NULL, &run, NULL) != TL_OK) {
        return TL_MALFORMED;
    }
    enum tl_status status = tl_activity_run(wf, "Note", TL_ARGS(step_name(wf, "run", run)), &quick, result);
    if (status != TL_OK || run + 1 == CHAIN_RUNS) {
        return status;
    }
    return tl_continue_as_new(wf, TL_ARGS(tl_payload_json(tl_format(wf, "%lld", (long long)run + 1))), NULL);
}

void load_register_workflows(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sequence", sequence);
    tl_register_workflow(registry, "Fan", fan);
    tl_register_workflow(registry, "Asked", asked);
    tl_register_workflow(registry, "Followed", followed);
    tl_register_workflow(registry, "Canceled", canceled);
    tl_register_workflow(registry, "Chain", chain);
}
