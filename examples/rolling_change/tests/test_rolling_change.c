/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/cmocka.h>
#include <timelapse/mock.h>
#include <timelapse/replayer.h>
#include <timelapse/timelapse.h>

#include "rolling.h"

#define RECORDED(name) "fixtures/histories/rolling_change/" name ".json"

static int setup_1(void **state)
{
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = rolling_register_1});
}

static int setup_2(void **state)
{
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = rolling_register_2});
}

static int setup_3(void **state)
{
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = rolling_register_3});
}

/* Packs, and ships by `way`, which is an activity. */
static struct tl_handle *ship(struct tl_env *env, const char *way)
{
    tl_mock_returns(tl_mock_activity(env, "Pack"), TL_ONCE, NULL);
    tl_mock_returns(tl_mock_activity(env, way), TL_ONCE, "\"delivered\"");
    return tl_env_start(env, PARCEL, "parcel-1", "\"a lamp\"", NULL);
}

static void release_1_ships_by_road(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = ship(env, "ShipByRoad");

    tl_assert_result(env, run, "\"delivered\"");
    tl_assert_recorded(env, run, RECORDED("release_1"));
}

static void release_2_ships_by_air(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = ship(env, "ShipByAir");

    tl_assert_result(env, run, "\"delivered\"");
    tl_assert_recorded(env, run, RECORDED("release_2"));
}

static void release_3_ships_by_air(void **state)
{
    struct tl_env *env = *state;

    tl_assert_result(env, ship(env, "ShipByAir"), "\"delivered\"");
}

/* What a release makes of the history that another recorded. */
static enum tl_status replay(tl_register_fn *release, const char *path, struct tl_error *error)
{
    struct tl_registry *registry = tl_registry_new(NULL);
    const char *fixtures = getenv("TIMELAPSE_FIXTURES");
    char file[1024];

    (void)snprintf(file, sizeof(file), "%s/%s", fixtures == NULL ? "." : fixtures, path);
    release(registry);
    struct tl_replayer *replayer = tl_replayer_new(&(struct tl_replayer_options){.registry = registry}, error);
    assert_non_null(replayer);
    enum tl_status status = tl_replay_file(replayer, file, error);
    tl_replayer_free(replayer);
    tl_registry_free(registry);
    return status;
}

static void release_2_keeps_the_runs_of_release_1(void **state)
{
    struct tl_error error;

    (void)state;
    assert_int_equal(replay(rolling_register_2, RECORDED("release_1"), &error), TL_OK);
}

static void release_3_breaks_the_runs_of_release_1_and_keeps_those_of_release_2(void **state)
{
    struct tl_error error;

    (void)state;
    assert_int_equal(replay(rolling_register_3, RECORDED("release_2"), &error), TL_OK);
    assert_int_equal(replay(rolling_register_3, RECORDED("release_1"), &error), TL_NONDETERMINISM);
    assert_non_null(strstr(error.message, PARCEL_CHANGE));
}

/* Which is why nobody goes back. */
static void release_1_breaks_the_runs_of_release_2(void **state)
{
    struct tl_error error;

    (void)state;
    assert_int_equal(replay(rolling_register_1, RECORDED("release_2"), &error), TL_NONDETERMINISM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(release_1_ships_by_road, setup_1, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(release_2_ships_by_air, setup_2, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(release_3_ships_by_air, setup_3, tl_cmocka_teardown),
        cmocka_unit_test(release_2_keeps_the_runs_of_release_1),
        cmocka_unit_test(release_3_breaks_the_runs_of_release_1_and_keeps_those_of_release_2),
        cmocka_unit_test(release_1_breaks_the_runs_of_release_2),
    };
    return cmocka_run_group_tests_name("examples/rolling_change", tests, NULL, NULL);
}
