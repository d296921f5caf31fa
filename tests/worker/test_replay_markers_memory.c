/* SPDX-License-Identifier: MIT */
/* Each allocation of a replay with markers failed in turn: no crash, no leak, and it replays once memory is back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/failing_allocator.h"
#include "tests/lib/history_markers.h"
#include "tests/worker/replay_fixture.h"

static struct failing_allocator memory;

static int64_t never_called(void *user)
{
    (void)user;
    fail();
    return 0;
}

static const char *never_named(void *user)
{
    (void)user;
    fail();
    return "";
}

static void never_given(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)wf;
    (void)user;
    (void)value;
    fail();
}

static enum tl_status has_all(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payload rate;

    (void)input;
    (void)result;
    assert_int_equal(tl_get_version(wf, "a", TL_DEFAULT_VERSION, 1), 1);
    assert_int_equal(tl_patched(wf, "p"), 1);
    assert_int_equal(tl_side_effect_int(wf, never_called, NULL), 7);
    assert_string_equal(tl_side_effect_text(wf, never_named, NULL), "seven");
    tl_mutable_side_effect(wf, "rate", never_given, NULL, NULL, &rate);
    assert_int_equal(rate.data.len, 1);
    return tl_sleep(wf, TL_HOURS(1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "HasAll", has_all);
}

static int setup(void **state)
{
    int result = replay_fixture_open(state, register_all);
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "HasAll", NULL);
    builder_task(builder);
    builder_version(builder, "\"a\"", "1", "[\"a-1\"]");
    builder_patch(builder, "{\"id\":\"p\",\"deprecated\":false}", "[\"a-1\",\"p\"]");
    builder_side_effect(builder, "1", "7");
    builder_side_effect(builder, "2", "\"seven\"");
    builder_mutable(builder, "\"rate\"", "1", "NQ==");
    builder_patch(builder, "{\"id\":\"gone\",\"deprecated\":true}", "[\"a-1\",\"gone\",\"p\"]");
    builder_timer_fired(builder, "1", builder_timer_started(builder, "1", TL_HOURS(1)));
    builder_task(builder);
    builder_completed(builder, NULL);
    return result;
}

static enum tl_status replay_twice(struct replay_fixture *fixture, int evict_every_task)
{
    struct tl_history history = builder_history(&fixture->builder);
    const struct tl_replayer_options options = {
        .allocator = &memory.allocator,
        .registry = fixture->registry,
        .strict = 1,
        .evict_every_task = evict_every_task};
    struct tl_replayer *replayer = tl_replayer_new(&options, &fixture->error);

    if (replayer == NULL) {
        return fixture->error.status;
    }
    enum tl_status status = tl_replay(replayer, &history, &fixture->error);
    if (status == TL_NO_MEMORY) {
        assert_int_equal(tl_replay(replayer, &history, &fixture->error), TL_OK); /* memory is back */
    }
    tl_replayer_free(replayer);
    return status;
}

static void each_allocation_of_a_replay_may_fail(void **state)
{
    for (int evict = 0; evict < 2; evict++) {
        size_t nth = 0;
        do {
            failing_allocator_init(&memory);
            failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
            enum tl_status status = replay_twice(*state, evict);
            assert_int_equal(status, memory.failed > 0 ? TL_NO_MEMORY : TL_OK);
            assert_null(failing_allocator_complaint(&memory));
        } while (memory.failed > 0);
        assert_true(nth > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_allocation_of_a_replay_may_fail, setup, replay_fixture_close),
    };
    return cmocka_run_group_tests_name("memory of replayed markers", tests, NULL, NULL);
}
