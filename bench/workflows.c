/* SPDX-License-Identifier: MIT */
/* The workflows that are measured. */
#include <stdlib.h>
#include <string.h>
#include <timelapse/timelapse.h>

#include "bench.h"

static const struct tl_activity_options ten_seconds = {.start_to_close = TL_SECONDS(10)};

/* The number in a JSON argument. */
static long count_of(const struct tl_payloads *input)
{
    char text[24] = "";

    if (input->count > 0 && input->items[0].data.len < sizeof text) {
        memcpy(text, input->items[0].data.data, input->items[0].data.len);
    }
    return strtol(text, NULL, 10);
}

static enum tl_status loop(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = TL_OK;

    for (long i = count_of(input); i > 0 && status == TL_OK; i--) {
        status = tl_activity_run(wf, "Step", NULL, &ten_seconds, result);
    }
    return status;
}

static enum tl_status ten_activities(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    for (int i = 0; i < 10; i++) {
        enum tl_status status = tl_activity_run(wf, "Step", input, &ten_seconds, result);
        if (status != TL_OK) {
            return status;
        }
    }
    return tl_sleep(wf, TL_DAYS(30));
}

static enum tl_status sleeper(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(30));
}

static enum tl_status step(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    *result = tl_payload_json("\"done\"");
    return TL_OK;
}

void bench_register(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Loop", loop);
    tl_register_workflow(registry, "TenActivities", ten_activities);
    tl_register_workflow(registry, "Sleeper", sleeper);
    tl_register_activity(registry, "Step", step);
}
