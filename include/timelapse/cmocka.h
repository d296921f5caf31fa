/* SPDX-License-Identifier: MIT */
/*
 * libtimelapse-cmocka: the environment as a cmocka fixture, and cmocka's own asserts inside
 * workflows, activities and mocks. Linking the library is all it takes: it stands in front of
 * cmocka's _fail, and a failure on a coroutine becomes a verdict on the test's stack. It must stand
 * before cmocka on the linker's command line, as it does by CMake and pkg-config.
 *
 * A signal in a workflow or an activity (a NULL pointer, a division by zero) fails its test with a report, and the next
 * test runs. With a sanitizer it ends the process. Where it comes past the guards (no_guards of tl_env_options),
 * cmocka's own handler leaves the code, and the environment is lost, with its memory.
 *
 * TIMELAPSE_TEST runs the tests of that name alone, * and ? standing for any characters. The reports stand on standard
 * error; with CMOCKA_MESSAGE_OUTPUT=TAP or XML they are the test's own message, well-formed whatever is in them.
 *
 * Includes <cmocka.h>, and before it the four headers that it needs.
 */
#ifndef TIMELAPSE_CMOCKA_H
#define TIMELAPSE_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/env.h>
#include <timelapse/mock.h>

#include <cmocka.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reports through cmocka's _fail and print_message. Static storage. */
TL_API const struct tl_reporter *tl_cmocka_reporter(void);

/*
 * An environment for a cmocka setup function: *state becomes the struct tl_env. options: NULL for
 * defaults; the reporter is cmocka's unless one is given. Returns 0, or -1 after printing why.
 */
TL_API int tl_cmocka_setup(void **state, const struct tl_env_options *options);

/* A cmocka teardown: checks expectations, frees the environment; -1 fails the test. */
TL_API int tl_cmocka_teardown(void **state);

/*
 * cmocka's own queues for mocks: an attempt that calls tl_cmocka_returns takes the next JSON text (borrowed until then)
 * that tl_will_return queued for its activity type; none there fails the test, and so do those left over.
 *
 *     tl_mock_calls(tl_mock_activity(env, "ChargeCard"), TL_ANY_TIMES, tl_cmocka_returns, NULL);
 *     tl_will_return("ChargeCard", "\"receipt-1\"");
 */
#define tl_will_return(activity_type, json)                                                                            \
    _will_return((activity_type), __FILE__, __LINE__, cast_ptr_to_largest_integral_type(json), 1)
TL_API enum tl_status
tl_cmocka_returns(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result);

/*
 * Replays the histories below `directory` (tl_history_files), one cmocka test a file, strictly: all attributes of a
 * command are compared with its event; on stacks of 8 MiB. Returns the number of failed tests, as
 * cmocka_run_group_tests does; an empty directory fails.
 */
TL_API int tl_replay_directory(const char *directory, tl_register_fn *register_all);

#ifdef __cplusplus
}
#endif
#endif
