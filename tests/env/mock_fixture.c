/* SPDX-License-Identifier: MIT */
#include "tests/env/mock_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <timelapse/converter.h>
#include <timelapse/json.h>

#include <cmocka.h>

static const struct tl_retry_policy no_retry = {.maximum_attempts = 1};

struct tl_activity_options mock_fixture_options;
int mock_fixture_ran;

static enum tl_status calls(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    TL_IGNORE(tl_activity_run(wf, "ChargeCard", input, &mock_fixture_options, result));
    return TL_OK;
}

/* Each letter of the first argument, as a big one, is an activity. */
static enum tl_status names(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    char letters[64];

    if (tl_json_get_string(&input->items[0], NULL, letters, sizeof letters, NULL) != TL_OK) {
        return TL_FAILED;
    }
    for (const char *letter = letters; *letter != '\0'; letter++) {
        const char name[] = {(char)(*letter & ~0x20), '\0'};
        TL_IGNORE(tl_activity_run(wf, name, NULL, &mock_fixture_options, result));
    }
    return TL_OK;
}

static enum tl_status
registered(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    mock_fixture_ran += 1;
    return tl_activity_result_text(activity, result, "\"registered\"");
}

static void register_workflows(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Calls", calls);
    tl_register_workflow(registry, "Names", names);
}

static void register_all(struct tl_registry *registry)
{
    register_workflows(registry);
    tl_register_activity(registry, "Registered", registered);
    tl_register_activity(registry, "ChargeCard", registered);
}

/* ---- A codec that hides everything ---- */

static enum tl_status hide(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    static const struct tl_metadata hidden = {"encoding", {(const uint8_t *)"binary/hidden", 13}};
    uint8_t *data = tl_codec_alloc(memory, in->data.len);

    (void)user;
    (void)error;
    for (size_t i = 0; i < in->data.len; i++) {
        data[i] = in->data.data[i] ^ 0x55U;
    }
    *out = (struct tl_payload){{data, in->data.len}, &hidden, 1};
    return TL_OK;
}

static enum tl_status show(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    static const struct tl_metadata json = {"encoding", {(const uint8_t *)"json/plain", 10}};

    if (!tl_payload_is(in, "binary/hidden")) {
        *out = *in;
        return TL_OK;
    }
    enum tl_status status = hide(user, memory, in, out, error);
    out->metadata = &json;
    return status;
}

static void register_with_codec(struct tl_registry *registry)
{
    register_workflows(registry);
    tl_register_codec(registry, &(struct tl_codec){.name = "hide", .encode = hide, .decode = show});
}

/* ---- Setups ---- */

static int set_up(void **state, tl_register_fn *fill)
{
    mock_fixture_ran = 0;
    mock_fixture_options = (struct tl_activity_options){.start_to_close = TL_SECONDS(10), .retry = &no_retry};
    return recorder_setup(state, &(struct tl_env_options){.register_all = fill});
}

int mock_setup(void **state)
{
    return set_up(state, register_workflows);
}

int mock_setup_registered(void **state)
{
    return set_up(state, register_all);
}

int mock_setup_with_codec(void **state)
{
    return set_up(state, register_with_codec);
}

struct tl_mock *mock_charge(void **state)
{
    const struct recorder *recorder = *state;

    return tl_mock_activity(recorder->env, "ChargeCard");
}

struct tl_handle *mock_call(void **state, const char *id, const char *input_json)
{
    const struct recorder *recorder = *state;

    return tl_env_start(recorder->env, "Calls", id, input_json, NULL);
}

void mock_run(void **state, const char *id, const char *input_json)
{
    const struct recorder *recorder = *state;

    tl_env_run_until_closed(recorder->env, mock_call(state, id, input_json));
}

void mock_run_names(void **state, const char *letters)
{
    const struct recorder *recorder = *state;
    char json[64];

    (void)snprintf(json, sizeof json, "\"%s\"", letters);
    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Names", "names", json, NULL));
}
