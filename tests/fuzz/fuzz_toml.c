/* SPDX-License-Identifier: MIT */
/*
 * temporal.toml of any kind: read or refused with a place, strictly and leniently, over variables that say the same
 * things. What strict reading takes lenient reading takes, too.
 */
#include <stdint.h>
#include <timelapse/connection_config.h>

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is named as a file is there. */
static enum tl_status read_file(void *user, const char *path, struct tl_bytes *out, struct tl_error *error)
{
    (void)user;
    (void)error;
    *out = tl_bytes_of(path);
    return TL_OK;
}

static int loads(struct tl_bytes text, int strict, const char *const *environment)
{
    const struct tl_connection_config_options options = {
        .text = text, .strict = strict, .source = {.environment = environment, .read_file = read_file}};
    struct tl_error error = {0};
    struct tl_connection_config *config = tl_connection_config_load(&options, &error);
    int loaded = config != NULL;

    CHECK(loaded == (error.status == TL_OK));
    CHECK(loaded || error.message[0] != '\0');
    CHECK(error.status != TL_MALFORMED || (error.line > 0 && error.column > 0));
    tl_connection_config_free(config);
    return loaded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const none[] = {NULL};
    static const char *const some[] = {
        "TEMPORAL_PROFILE=p", "TEMPORAL_TLS_CLIENT_CERT_DATA=x", "TEMPORAL_GRPC_META_A=", NULL};
    const struct tl_bytes text = {data, size};

    CHECK(!loads(text, 1, none) || loads(text, 0, none));
    (void)loads(text, 0, some);
    return 0;
}
