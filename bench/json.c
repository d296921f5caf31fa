/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <timelapse/history.h>

#include "bench.h"
#include "tests/lib/history_builder.h"

struct json {
    struct tl_bytes text;
    const struct tl_history *history;
};

static void read_json(void *user)
{
    struct json *json = user;
    struct tl_history *history = NULL;

    bench_require(tl_history_from_json(json->text, NULL, &history, NULL) == TL_OK, "JSON is not read");
    tl_history_unref(history);
}

static void write_json(void *user)
{
    struct json *json = user;
    char *text = NULL;
    size_t len = 0;

    bench_require(tl_history_to_json(json->history, &text, &len, NULL) == TL_OK, "JSON is not written");
    tl_text_free(text);
}

/* A thousand turns with activities whose results are ordinary small objects. */
void bench_json(void)
{
    struct history_builder builder;
    char *text = NULL;
    size_t len = 0;

    builder_init(&builder);
    builder_start(&builder, "Loop", "1000");
    for (int i = 1; i <= 1000; i++) {
        char id[12];
        (void)snprintf(id, sizeof id, "%d", i);
        builder_task(&builder);
        int64_t scheduled = builder_activity_scheduled(&builder, id, "Step");
        int64_t started = builder_activity_started(&builder, scheduled);
        builder_activity_completed(
            &builder,
            scheduled,
            started,
            "{\"receipt\":\"receipt-1\",\"amount\":40,\"currency\":\"EUR\",\"lines\":[{\"sku\":\"a-1\",\"count\":2}]}");
    }
    struct tl_history history = builder_history(&builder);
    bench_require(tl_history_to_json(&history, &text, &len, NULL) == TL_OK, "JSON is not written");
    struct json json = {.text = {(const uint8_t *)text, len}, .history = &history};
    bench_print("JSON read", (double)len / bench_median(read_json, &json) * 1e3, "MB/s");
    bench_print("JSON written", (double)len / bench_median(write_json, &json) * 1e3, "MB/s");
    tl_text_free(text);
    builder_done(&builder);
}
