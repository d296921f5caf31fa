/* SPDX-License-Identifier: MIT */
#include <timelapse/connection_config.h>

#include <string.h>

#include "base/arena.h"
#include "base/pool.h"
#include "worker/config/profile.h"
#include "worker/config/source.h"

#define DEFAULT_PROFILE "default"

/* What is handed out, in a pool of its own. */
struct owned {
    struct tl_connection_config config;
    struct pool *pool;
};

struct loading {
    struct tl_connection_config_options options;
    const char *const *environment;
    struct arena arena;
    struct profile profile;
    struct owned *owned;
    struct tl_error *error;
};

static bool is_said(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* ---- The file ---- */

/* Errors of a text name the file it is from. */
static enum tl_status name_file(struct loading *loading, enum tl_status status)
{
    struct tl_error *error = loading->error;
    const char *file = loading->owned->config.file;
    char message[sizeof(error->message)];

    if (error != NULL && file != NULL && error->line > 0) {
        memcpy(message, error->message, sizeof(message));
        struct tl_error named = *error;
        (void)tl_error_set(&named, status, named.field, "%s: %s", file, message);
        memcpy(error->message, named.message, sizeof(named.message));
    }
    return status;
}

static const char *file_asked_for(const struct loading *loading)
{
    return is_said(loading->options.file) ? loading->options.file
                                          : environment_get(loading->environment, "TEMPORAL_CONFIG_FILE");
}

/* A file that is not there is an empty text, whoever named it. */
static enum tl_status read_text(struct loading *loading, struct tl_bytes *out)
{
    const char *file = file_asked_for(loading);
    struct tl_error missing = {0};

    if (loading->options.text.len > 0) {
        *out = loading->options.text;
        return TL_OK;
    }
    if (!is_said(file)) {
        file = source_default_file(&loading->arena, loading->environment);
    }
    if (file == NULL) {
        return TL_OK;
    }
    enum tl_status status = source_read(&loading->options.source, &loading->arena, file, out, &missing);

    if (status == TL_OK) {
        loading->owned->config.file = arena_strdup(&loading->arena, file);
    } else if (status != TL_NOT_FOUND && loading->error != NULL) {
        *loading->error = missing;
    }
    return status == TL_NOT_FOUND ? TL_OK : status;
}

static enum tl_status read_profile(struct loading *loading, const char *name, bool *out_found)
{
    const struct profile_request request = {.name = name, .strict = loading->options.strict != 0};
    struct tl_bytes text = {NULL, 0};
    const struct toml_table *root = NULL;
    enum tl_status status = read_text(loading, &text);

    if (status == TL_OK) {
        status = name_file(loading, toml_read(&loading->arena, text, &root, loading->error));
    }
    if (status == TL_OK) {
        status = name_file(
            loading, profile_from_toml(&loading->arena, root, &request, &loading->profile, out_found, loading->error));
    }
    return status;
}

static enum tl_status load_file(struct loading *loading)
{
    struct tl_connection_config *config = &loading->owned->config;
    const char *name = is_said(loading->options.profile) ? loading->options.profile
                                                         : environment_get(loading->environment, "TEMPORAL_PROFILE");
    bool found = false;

    config->profile = arena_strdup(&loading->arena, is_said(name) ? name : DEFAULT_PROFILE);
    enum tl_status status = loading->options.ignore_file ? TL_OK : read_profile(loading, config->profile, &found);

    if (status != TL_OK || found || !is_said(name) || loading->options.ignore_file) {
        return status;
    }
    return tl_error_set(
        loading->error,
        TL_NOT_FOUND,
        "profile",
        "there is no profile %s in %s",
        config->profile,
        config->file == NULL ? "the configuration, which has no file" : config->file);
}

/* ---- What it makes of the options ---- */

static const char *kept(struct loading *loading, const char *text)
{
    return is_said(text) ? arena_strdup(&loading->arena, text) : NULL;
}

static enum tl_status
read_material(struct loading *loading, const struct material *material, const char *name, const char **out)
{
    struct tl_error reason = {0};
    struct tl_bytes bytes;

    *out = kept(loading, material->data);
    if (!is_said(material->path)) {
        return TL_OK;
    }
    enum tl_status status = source_read(&loading->options.source, &loading->arena, material->path, &bytes, &reason);

    if (status == TL_OK && memchr(bytes.data, '\0', bytes.len) != NULL) {
        return tl_error_set(
            loading->error, TL_INVALID_ARGUMENT, name, "%s holds a NUL: it is no PEM text", material->path);
    }
    if (status != TL_OK) {
        return tl_error_set(loading->error, status == TL_NOT_FOUND ? TL_IO : status, name, "%s", reason.message);
    }
    *out = (const char *)bytes.data;
    return TL_OK;
}

static bool has_material(const struct material *material)
{
    return is_said(material->path) || is_said(material->data);
}

static enum tl_status fill_certificates(struct loading *loading, struct tl_connection_options *connection)
{
    const struct profile *profile = &loading->profile;
    bool certificate = has_material(&profile->client_cert);

    if (certificate != has_material(&profile->client_key)) {
        return tl_error_set(
            loading->error,
            TL_INVALID_ARGUMENT,
            certificate ? "client_key" : "client_cert",
            "client_cert and client_key go together, and %s is missing",
            certificate ? "client_key" : "client_cert");
    }
    enum tl_status status =
        read_material(loading, &profile->client_cert, "client_cert", &connection->tls_client_cert_pem);

    if (status == TL_OK) {
        status = read_material(loading, &profile->client_key, "client_key", &connection->tls_client_key_pem);
    }
    if (status == TL_OK) {
        status = read_material(loading, &profile->server_ca_cert, "server_ca_cert", &connection->tls_server_ca_pem);
    }
    return status;
}

/* What is said of TLS counts unless it is disabled; without a word the API key decides. */
static enum tl_status fill_tls(struct loading *loading, struct tl_connection_options *connection)
{
    const struct profile *profile = &loading->profile;

    if (!profile->has_tls) {
        connection->tls = TL_TLS_AUTO;
        return TL_OK;
    }
    if (profile->tls_disabled) {
        connection->tls = TL_TLS_OFF;
        return TL_OK;
    }
    connection->tls = TL_TLS_ON;
    connection->tls_server_name = kept(loading, profile->tls_server_name);
    connection->tls_disable_host_verification = profile->tls_disable_host_verification;
    return fill_certificates(loading, connection);
}

static void fill_metadata(struct loading *loading, struct tl_connection_options *connection)
{
    const struct profile *profile = &loading->profile;
    struct tl_metadata *metadata = ARENA_ARRAY(&loading->arena, struct tl_metadata, profile->header_count);

    for (size_t i = 0; i < profile->header_count; i++) {
        metadata[i].key = profile->headers[i].name;
        metadata[i].value = tl_bytes_of(arena_strdup(&loading->arena, profile->headers[i].value));
    }
    connection->metadata = profile->header_count == 0 ? NULL : metadata;
    connection->metadata_count = profile->header_count;
}

static enum tl_status fill(struct loading *loading)
{
    const struct profile *profile = &loading->profile;
    struct tl_connection_config *config = &loading->owned->config;

    config->connection.address = kept(loading, profile->address);
    config->connection.name_space = kept(loading, profile->name_space);
    config->connection.api_key = kept(loading, profile->api_key);
    config->connection.authority = kept(loading, profile->authority);
    config->codec_endpoint = kept(loading, profile->codec_endpoint);
    config->codec_auth = kept(loading, profile->codec_auth);
    fill_metadata(loading, &config->connection);
    return fill_tls(loading, &config->connection);
}

/* ---- Loading ---- */

static enum tl_status load(struct loading *loading)
{
    enum tl_status status = load_file(loading);

    if (status == TL_OK && !loading->options.ignore_environment) {
        status = profile_from_environment(&loading->arena, loading->environment, &loading->profile, loading->error);
    }
    if (status == TL_OK) {
        status = profile_check(&loading->profile, loading->error);
    }
    return status == TL_OK ? fill(loading) : status;
}

/* Kept tiny: nothing but the guard's own state may live across its return. */
static enum tl_status guarded_load(struct loading *loading)
{
    struct pool *pool = loading->owned->pool;
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return tl_error_set(loading->error, TL_NO_MEMORY, NULL, "no memory for the configuration");
    }
    enum tl_status status = load(loading);

    pool_guard_pop(pool, &guard);
    return status;
}

static struct owned *new_owned(const struct tl_allocator *allocator)
{
    struct pool *pool = pool_new(allocator);
    struct owned *owned = pool == NULL ? NULL : pool_zalloc(pool, sizeof(*owned));

    if (owned == NULL) {
        pool_free_all(pool);
        return NULL;
    }
    owned->pool = pool;
    return owned;
}

static enum tl_status check_options(const struct tl_connection_config_options *options, struct tl_error *error)
{
    if (options->ignore_file && options->ignore_environment) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "ignore_environment", "file and environment are both to be ignored");
    }
    if (options->text.len > 0 && is_said(options->file)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "file", "a text is given in place of a file, and a file, too");
    }
    return TL_OK;
}

struct tl_connection_config *
tl_connection_config_load(const struct tl_connection_config_options *options, struct tl_error *error)
{
    struct loading loading = {.error = error};

    if (options != NULL) {
        loading.options = *options;
    }
    if (check_options(&loading.options, error) != TL_OK) {
        return NULL;
    }
    loading.environment = source_environment(&loading.options.source);
    loading.owned = new_owned(loading.options.allocator);
    if (loading.owned == NULL) {
        (void)tl_error_set(error, TL_NO_MEMORY, NULL, "no memory for the configuration");
        return NULL;
    }
    arena_init(&loading.arena, loading.owned->pool);
    if (guarded_load(&loading) != TL_OK) {
        pool_free_all(loading.owned->pool);
        return NULL;
    }
    return &loading.owned->config;
}

void tl_connection_config_free(struct tl_connection_config *config)
{
    if (config != NULL) {
        pool_free_all(((struct owned *)(void *)config)->pool);
    }
}
