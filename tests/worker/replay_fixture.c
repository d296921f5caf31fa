/* SPDX-License-Identifier: MIT */
#include "tests/worker/replay_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "model/history.h"

int replay_fixture_open(void **state, tl_register_fn *register_all)
{
    static struct replay_fixture fixture;

    memset(&fixture, 0, sizeof fixture);
    builder_init(&fixture.builder);
    fixture.registry = tl_registry_new(NULL);
    register_all(fixture.registry);
    *state = &fixture;
    return 0;
}

int replay_fixture_close(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_done(&fixture->builder);
    tl_registry_free(fixture->registry);
    return 0;
}

enum tl_status replay_fixture_replay_with(struct replay_fixture *fixture, struct tl_replayer_options options)
{
    struct tl_history history = builder_history(&fixture->builder);

    options.registry = fixture->registry;
    memset(&fixture->error, 0, sizeof fixture->error);
    struct tl_replayer *replayer = tl_replayer_new(&options, &fixture->error);
    if (replayer == NULL) {
        assert_int_equal(fixture->error.status, TL_NO_MEMORY);
        return TL_NO_MEMORY;
    }
    enum tl_status status = tl_replay(replayer, &history, &fixture->error);
    tl_replayer_free(replayer);
    return status;
}

enum tl_status replay_fixture_replay(struct replay_fixture *fixture)
{
    enum tl_status status = replay_fixture_replay_with(fixture, (struct tl_replayer_options){0});

    assert_int_equal(status, replay_fixture_replay_with(fixture, (struct tl_replayer_options){.strict = 1}));
    assert_int_equal(status, replay_fixture_replay_with(fixture, (struct tl_replayer_options){.evict_every_task = 1}));
    return status;
}

void replay_fixture_says(const struct replay_fixture *fixture, const char *words)
{
    if (strstr(fixture->error.message, words) == NULL) {
        print_error("\"%s\" is not said in: %s\n", words, fixture->error.message);
        fail();
    }
}

struct history_builder *replay_fixture_begin(struct replay_fixture *fixture, const char *type)
{
    builder_start(&fixture->builder, type, NULL);
    builder_task(&fixture->builder);
    return &fixture->builder;
}

void replay_fixture_sleep_and_end(struct history_builder *builder, tl_duration duration)
{
    builder_timer_fired(builder, "1", builder_timer_started(builder, "1", duration));
    builder_task(builder);
    builder_completed(builder, NULL);
}

void replay_fixture_differs(struct replay_fixture *fixture, const char *words)
{
    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, words);
}
