/* SPDX-License-Identifier: MIT */
/* A configuration loaded from variables and files that a test names: no process's own. *state is the fixture. */
#ifndef TIMELAPSE_TESTS_CONFIG_CONFIG_FIXTURE_H
#define TIMELAPSE_TESTS_CONFIG_CONFIG_FIXTURE_H

#include <timelapse/connection_config.h>

#define CONFIG_MOST 16

struct config_file {
    const char *path;
    const char *text;
};

struct config_fixture {
    const char *environment[CONFIG_MOST + 1];
    size_t variables;
    struct config_file files[CONFIG_MOST];
    size_t file_count;
    const char *broken; /* the path that cannot be read; NULL: none */
    struct tl_connection_config_options options;
    struct tl_connection_config *config;
    struct tl_error error;
};

int config_fixture_setup(void **state);
int config_fixture_teardown(void **state);

#define CONFIG_TEST(test) cmocka_unit_test_setup_teardown(test, config_fixture_setup, config_fixture_teardown)

/* Adds NAME=value; adds a file. Borrowed. */
void config_set(struct config_fixture *fixture, const char *variable);
void config_put(struct config_fixture *fixture, const char *path, const char *text);

/* Loads, which must work; the result lives until the next load. */
const struct tl_connection_config *config_load(struct config_fixture *fixture);

/* Loads a text in place of a file, likewise. */
const struct tl_connection_config *config_load_text(struct config_fixture *fixture, const char *text);

/* Loading is refused so, with "line:column field" and words that the message holds. */
void config_refused(struct config_fixture *fixture, enum tl_status status, const char *place, const char *said);
void config_text_refused(struct config_fixture *fixture, const char *text, const char *place, const char *said);

/* The value of the metadata's key; NULL: there is none. */
const char *config_header(const struct tl_connection_config *config, const char *key);

/* Equal strings, or both NULL. */
#define assert_text(found, expected) config_assert_text(found, expected, __FILE__, __LINE__)
void config_assert_text(const char *found, const char *expected, const char *file, int line);

#endif
