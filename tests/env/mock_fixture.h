/* SPDX-License-Identifier: MIT */
/*
 * Tests of mocks: environments whose workflows run activities by the name and with the options that the test sets,
 * and whose verdicts are recorded.
 */
#ifndef TIMELAPSE_TESTS_ENV_MOCK_FIXTURE_H
#define TIMELAPSE_TESTS_ENV_MOCK_FIXTURE_H

#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include "tests/env/recorder.h"

/* What the workflows give their activities: ten seconds an attempt, one attempt; set anew by the setups. */
extern struct tl_activity_options mock_fixture_options;

/* How often the registered activities "Registered" and "ChargeCard" ran. */
extern int mock_fixture_ran;

/*
 * Setups. Workflows: "Calls" runs the activity "ChargeCard" with its input and completes whatever comes of it; "Names"
 * runs those that its input names, a string of letters each: "ab" is the activity "A", then "B".
 * mock_setup: no activity is registered; mock_setup_registered: "Registered" and "ChargeCard" are.
 */
int mock_setup(void **state);
int mock_setup_registered(void **state);
int mock_setup_with_codec(void **state);

/* The environment's; one workflow "Calls" with that input, until closed; one "Names". */
struct tl_mock *mock_charge(void **state);
struct tl_handle *mock_call(void **state, const char *id, const char *input_json);
void mock_run(void **state, const char *id, const char *input_json);
void mock_run_names(void **state, const char *letters);

#endif
