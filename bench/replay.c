/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <timelapse/replayer.h>
#include <unistd.h>

#include "bench.h"
#include "model/message.h"
#include "tests/lib/history_builder.h"

/* Events that one turn of the loop adds, and those around all turns. */
#define EVENTS_A_TURN 6
#define EVENTS_AROUND 5

struct replay {
    struct tl_replayer *replayer;
    const struct tl_history *history;
    struct tl_bytes bytes;
    const char *path;
};

/* A loop of activities as a server would have recorded it, `length` events or a few less. */
static void build(struct history_builder *builder, size_t length)
{
    size_t turns = (length - EVENTS_AROUND) / EVENTS_A_TURN;
    char number[24];

    (void)snprintf(number, sizeof number, "%zu", turns);
    builder_init(builder);
    builder_start(builder, "Loop", number);
    for (size_t i = 1; i <= turns; i++) {
        builder_task(builder);
        (void)snprintf(number, sizeof number, "%zu", i);
        int64_t scheduled = builder_activity_scheduled(builder, number, "Step");
        int64_t started = builder_activity_started(builder, scheduled);
        builder_activity_completed(builder, scheduled, started, "\"done\"");
    }
    builder_task(builder);
    builder_completed(builder, "\"done\"");
}

static void replay_events(void *user)
{
    struct replay *replay = user;

    bench_require(tl_replay(replay->replayer, replay->history, NULL) == TL_OK, "a history does not replay");
}

static void replay_bytes(void *user)
{
    struct replay *replay = user;
    struct tl_history *history = NULL;

    bench_require(tl_history_from_protobuf(replay->bytes, NULL, &history, NULL) == TL_OK, "protobuf is not read");
    bench_require(tl_replay(replay->replayer, history, NULL) == TL_OK, "a history does not replay");
    tl_history_unref(history);
}

static void replay_file(void *user)
{
    struct replay *replay = user;

    bench_require(tl_replay_file(replay->replayer, replay->path, NULL) == TL_OK, "a file does not replay");
}

static void measure_decoded(struct tl_replayer *replayer, size_t length)
{
    struct history_builder builder;
    char name[64];

    build(&builder, length);
    struct tl_history history = builder_history(&builder);
    struct replay replay = {.replayer = replayer, .history = &history};
    (void)snprintf(name, sizeof name, "replay of %zu decoded events", length);
    bench_print(name, (double)history.count / bench_median(replay_events, &replay) * 1e3, "M events/s");
    builder_done(&builder);
}

static void measure_encoded(struct tl_replayer *replayer, size_t length)
{
    char path[] = "/tmp/timelapse-bench-XXXXXX";
    struct history_builder builder;

    build(&builder, length);
    struct tl_history history = builder_history(&builder);
    Pb__History message = PB__HISTORY__INIT;
    message.n_events = history.count;
    message.events = builder.events;
    struct replay replay = {.replayer = replayer, .path = path, .bytes = message_pack(&builder.arena, &message)};
    bench_print(
        "replay of 50000 events from protobuf bytes",
        (double)history.count / bench_median(replay_bytes, &replay) * 1e3,
        "M events/s");
    int file = mkstemp(path);
    bench_require(file >= 0 && close(file) == 0, "no temporary file");
    bench_require(tl_history_to_file(&history, path, NULL) == TL_OK, "a history is not written");
    bench_print("replay of 50000 events from a JSON file", bench_median(replay_file, &replay) / 1e6, "ms");
    (void)unlink(path);
    builder_done(&builder);
}

void bench_replay(void)
{
    struct tl_registry *registry = tl_registry_new(NULL);

    bench_register(registry);
    struct tl_replayer *replayer = tl_replayer_new(&(const struct tl_replayer_options){.registry = registry}, NULL);
    bench_require(replayer != NULL, "no replayer");
    measure_decoded(replayer, 1000);
    measure_decoded(replayer, 10000);
    measure_decoded(replayer, 50000);
    measure_encoded(replayer, 50000);
    tl_replayer_free(replayer);
    tl_registry_free(registry);
}
