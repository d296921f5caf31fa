/* SPDX-License-Identifier: MIT */
/*
 * Histories with markers that real servers wrote for workflows of the Go SDK, replayed by the same workflows in C.
 * They are not part of the project: TIMELAPSE_HISTORIES names their folder, and without it these tests are skipped.
 * Their timers are named after events, ours are counted: ids of timers are put right before the replay.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/worker/replay_fixture.h"

/* ---- Workflows: test/replaytests/workflows.go of the Go SDK ---- */

static int64_t never_called(void *user)
{
    (void)user;
    fail_msg("a replay calls no function");
    return 0;
}

static enum tl_status greet(struct tl_workflow *wf, const char *activity_id)
{
    const struct tl_activity_options options = {.activity_id = activity_id, .start_to_close = TL_MINUTES(1)};

    return tl_activity_run(wf, "helloworldActivity", NULL, &options, NULL);
}

static enum tl_status side_effect(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    assert_int_equal(tl_side_effect_int(wf, never_called, NULL), 81);
    return greet(wf, "6");
}

static enum tl_status in_parallel(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(tl_side_effect_int(wf, never_called, NULL), i);
    }
    return tl_result_text(wf, result, "\"\"");
}

static void never_given(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    (void)wf;
    (void)value;
    (void)never_called(user);
}

/* A version, an upsert and a mutable side effect in one task. */
static enum tl_status version_and_id(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payload id;

    (void)input;
    assert_int_equal(tl_get_version(wf, "mutable-side-effect-bug", TL_DEFAULT_VERSION, 1), 1);
    tl_mutable_side_effect(wf, "generate-random-uuid", never_given, NULL, NULL, &id);
    *result = id;
    return greet(wf, "8");
}

static int64_t setting(struct tl_workflow *wf)
{
    struct tl_payload value;
    int64_t number = -1;

    tl_mutable_side_effect(wf, "side-effect-1", never_given, NULL, NULL, &value);
    assert_int_equal(tl_json_get_int(&value, NULL, &number, NULL), TL_OK);
    return number;
}

static enum tl_status watches(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const int64_t expected[] = {0, 0, 0, 1, 1, 2, 3, 3, 4, 4, 5};

    (void)input;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        if ((i == 6 || i == 9) && tl_sleep(wf, TL_SECONDS(1)) != TL_OK) {
            return TL_CANCELED;
        }
        assert_int_equal(setting(wf), expected[i]);
    }
    return tl_result_text(wf, result, "[0,0,0,1,1,2,3,3,4,4,5]");
}

static enum tl_status loops(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    char id[64];
    int64_t rounds = 0;

    (void)result;
    assert_int_equal(tl_json_get_string(&input->items[0], NULL, id, sizeof id, NULL), TL_OK);
    assert_int_equal(tl_json_get_int(&input->items[1], NULL, &rounds, NULL), TL_OK);
    for (int64_t i = 0; i < rounds; i++) {
        const char *change = tl_format(wf, "%s:%lld", id, (long long)i);
        assert_int_equal(tl_get_version(wf, change, TL_DEFAULT_VERSION, 1), 1);
    }
    return tl_sleep(wf, TL_SECONDS(1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "SideEffectWorkflow", side_effect);
    tl_register_workflow(registry, "WorkflowWithParallelSideEffects", in_parallel);
    tl_register_workflow(registry, "VersionAndMutableSideEffectWorkflow", version_and_id);
    tl_register_workflow(registry, "MutableSideEffectWorkflow", watches);
    tl_register_workflow(registry, "VersionLoopWorkflow", loops);
}

/* ---- Replaying files ---- */

static char *read_text(const char *name)
{
    const char *folder = getenv("TIMELAPSE_HISTORIES");
    char path[4096];

    if (folder == NULL || folder[0] == '\0') {
        skip();
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s cannot be read", path);
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t len = (size_t)ftell(file);
    char *text = calloc(len + 1, 1);
    rewind(file);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, len, file), len);
    (void)fclose(file);
    return text;
}

/* The id that every timer event names becomes how many timers were started before it, itself included. */
static void count_timers(Pb__HistoryEvent *const *events, size_t count)
{
    static char ids[][2] = {"0", "1", "2", "3"};
    size_t started = 0;

    for (size_t i = 0; i < count; i++) {
        if (events[i]->event_type == EVENT_TYPE_TIMER_STARTED) {
            events[i]->timer_started_event_attributes->timer_id = ids[++started];
        } else if (events[i]->event_type == EVENT_TYPE_TIMER_FIRED) {
            events[i]->timer_fired_event_attributes->timer_id = ids[started];
        }
    }
}

static void replay(const char *name)
{
    char *text = read_text(name);
    struct tl_registry *registry = tl_registry_new(NULL);
    struct tl_history *history = NULL;
    struct tl_error error = {0};

    register_all(registry);
    assert_int_equal(tl_history_from_json(tl_bytes_of(text), NULL, &history, &error), TL_OK);
    count_timers(history->events, history->count);
    for (int evict = 0; evict < 2; evict++) {
        struct tl_replayer *replayer =
            tl_replayer_new(&(struct tl_replayer_options){.registry = registry, .evict_every_task = evict}, NULL);
        assert_non_null(replayer);
        if (tl_replay(replayer, history, &error) != TL_OK) {
            fail_msg("%s: %s: %s", name, error.field, error.message);
        }
        tl_replayer_free(replayer);
    }
    tl_history_unref(history);
    tl_registry_free(registry);
    free(text);
}

static void side_effects_are_replayed(void **state)
{
    (void)state;
    replay("side-effect.json");
    replay("parallel-side-effect.json");
}

static void mutable_side_effects_are_replayed(void **state)
{
    (void)state;
    replay("mutable-side-effect.json");
}

static void a_version_beside_a_mutable_side_effect_is_replayed(void **state)
{
    (void)state;
    replay("replay-tests-version-and-mutable-side-effect.json");
}

/* The last of them with a list that grew too long for its search attribute. */
static void loops_of_versions_are_replayed(void **state)
{
    (void)state;
    replay("version-loop-workflow-10.json");
    replay("version-loop-workflow-legacy-10.json");
    replay("version-loop-workflow-256.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(side_effects_are_replayed),
        cmocka_unit_test(mutable_side_effects_are_replayed),
        cmocka_unit_test(a_version_beside_a_mutable_side_effect_is_replayed),
        cmocka_unit_test(loops_of_versions_are_replayed),
    };
    return cmocka_run_group_tests_name("recorded histories", tests, NULL, NULL);
}
