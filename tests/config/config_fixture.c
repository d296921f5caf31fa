/* SPDX-License-Identifier: MIT */
#include "tests/config/config_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum tl_status read_file(void *user, const char *path, struct tl_bytes *out, struct tl_error *error)
{
    const struct config_fixture *fixture = user;

    if (fixture->broken != NULL && strcmp(fixture->broken, path) == 0) {
        return tl_error_set(error, TL_IO, NULL, "the disk is broken");
    }
    for (size_t i = 0; i < fixture->file_count; i++) {
        if (strcmp(fixture->files[i].path, path) == 0) {
            *out = tl_bytes_of(fixture->files[i].text);
            return TL_OK;
        }
    }
    return tl_error_set(error, TL_NOT_FOUND, NULL, "there is no %s", path);
}

int config_fixture_setup(void **state)
{
    struct config_fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->options.source.environment = fixture->environment;
    fixture->options.source.read_file = read_file;
    fixture->options.source.user = fixture;
    *state = fixture;
    return 0;
}

int config_fixture_teardown(void **state)
{
    struct config_fixture *fixture = *state;

    tl_connection_config_free(fixture->config);
    free(fixture);
    return 0;
}

void config_set(struct config_fixture *fixture, const char *variable)
{
    assert_true(fixture->variables < CONFIG_MOST);
    fixture->environment[fixture->variables++] = variable;
}

void config_put(struct config_fixture *fixture, const char *path, const char *text)
{
    assert_true(fixture->file_count < CONFIG_MOST);
    fixture->files[fixture->file_count++] = (struct config_file){path, text};
}

static struct tl_connection_config *load(struct config_fixture *fixture)
{
    tl_connection_config_free(fixture->config);
    fixture->error = (struct tl_error){0};
    fixture->config = tl_connection_config_load(&fixture->options, &fixture->error);
    return fixture->config;
}

const struct tl_connection_config *config_load(struct config_fixture *fixture)
{
    if (load(fixture) == NULL) {
        const struct tl_error *error = &fixture->error;

        fail_msg("%d:%d %s: %s", error->line, error->column, error->field, error->message);
    }
    return fixture->config;
}

const struct tl_connection_config *config_load_text(struct config_fixture *fixture, const char *text)
{
    fixture->options.text = tl_bytes_of(text);
    return config_load(fixture);
}

void config_refused(struct config_fixture *fixture, enum tl_status status, const char *place, const char *said)
{
    char found[200];

    assert_null(load(fixture));
    snprintf(found, sizeof(found), "%d:%d %s", fixture->error.line, fixture->error.column, fixture->error.field);
    assert_string_equal(found, place);
    assert_string_equal(tl_status_name(fixture->error.status), tl_status_name(status));
    if (strstr(fixture->error.message, said) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", fixture->error.message, said);
    }
}

void config_text_refused(struct config_fixture *fixture, const char *text, const char *place, const char *said)
{
    fixture->options.text = tl_bytes_of(text);
    config_refused(fixture, TL_MALFORMED, place, said);
}

const char *config_header(const struct tl_connection_config *config, const char *key)
{
    for (size_t i = 0; i < config->connection.metadata_count; i++) {
        const struct tl_metadata *metadata = &config->connection.metadata[i];

        if (strcmp(metadata->key, key) == 0) {
            return (const char *)metadata->value.data;
        }
    }
    return NULL;
}

void config_assert_text(const char *found, const char *expected, const char *file, int line)
{
    if (found == NULL || expected == NULL) {
        _assert_true(found == expected, "both or none", file, line);
    } else {
        _assert_string_equal(found, expected, file, line);
    }
}
