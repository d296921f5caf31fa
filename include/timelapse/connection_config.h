/* SPDX-License-Identifier: MIT */
/*
 * Where to connect to, as the environment says: the TEMPORAL_* variables over a profile of temporal.toml, as the
 * official SDKs read them (go.temporal.io/sdk/contrib/envconfig; sdk-core, crates/common/src/envconfig.rs). tl_connect
 * without options does just this; whoever wants another profile, or to change something, loads it and passes the
 * options on:
 *
 *     struct tl_connection_config *config = tl_connection_config_load(NULL, &error);
 *     config->connection.identity = "billing";
 *     struct tl_connection *connection = tl_connect(&config->connection, &error);
 *     tl_connection_config_free(config);
 *
 * The file: TEMPORAL_CONFIG_FILE, or temporalio/temporal.toml in $XDG_CONFIG_HOME, else in $HOME/.config (macOS: in
 * $HOME/Library/Application Support). One that is not there says nothing. The profile: TEMPORAL_PROFILE, or "default";
 * one that was asked for has to be there.
 *
 *     [profile.default]                    TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
 *     address = "localhost:7233"           TEMPORAL_CLIENT_AUTHORITY
 *     namespace = "default"
 *     api_key = "..."
 *     authority = "..."
 *     [profile.default.tls]                TEMPORAL_TLS_CLIENT_CERT_PATH ..., TEMPORAL_TLS=true is disabled = false
 *     disabled = false
 *     client_cert_path = "..."             or client_cert_data: the PEM text itself
 *     client_key_path = "..."              or client_key_data
 *     server_ca_cert_path = "..."          or server_ca_cert_data
 *     server_name = "..."
 *     disable_host_verification = false
 *     [profile.default.codec]              TEMPORAL_CODEC_ENDPOINT, TEMPORAL_CODEC_AUTH
 *     endpoint = "..."
 *     auth = "..."
 *     [profile.default.grpc_meta]          TEMPORAL_GRPC_META_SOME_KEY
 *     some-key = "..."                     names are put in lower case, _ becomes -
 *
 * A variable goes before the file; one that is set and empty takes back what the file says. TLS is on when anything
 * is said of it and it is not disabled, and when there is an API key.
 *
 * Where the SDKs differ among themselves: giving one certificate or key as path and as data is refused always (as
 * sdk-core), keys of the file are told apart by case (as sdk-core), ignoring the environment still takes
 * TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE (as Go); a certificate's path and its key's text go together, a value
 * where a table belongs is refused, a relative XDG_CONFIG_HOME is as none (all as sdk-core); a boolean variable that is
 * none is refused, which Go passes over and sdk-core takes for TLS. A string that holds a NUL is refused.
 * `./dev conformance envconfig` holds the rest against the Go SDK.
 */
#ifndef TIMELAPSE_CONNECTION_CONFIG_H
#define TIMELAPSE_CONNECTION_CONFIG_H

#include <timelapse/allocator.h>
#include <timelapse/connection.h>
#include <timelapse/payload.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where the configuration comes from: the process, unless a test says otherwise. */
struct tl_config_source {
    /* NAME=value, NULL-terminated, as `environ`; NULL: the process's own. Borrowed for the call. */
    const char *const *environment;
    /*
     * Reads a file: TL_OK with *out borrowed until the load is over; TL_NOT_FOUND when there is none; TL_IO, with
     * `error` filled. NULL: files of the process.
     */
    enum tl_status (*read_file)(void *user, const char *path, struct tl_bytes *out, struct tl_error *error);
    void *user;
};

/* Zero means default. All borrowed for the call. */
struct tl_connection_config_options {
    const char *profile;    /* NULL, "": TEMPORAL_PROFILE, else "default" */
    const char *file;       /* NULL, "": TEMPORAL_CONFIG_FILE, else the one above */
    struct tl_bytes text;   /* TOML to read in place of any file; with it `file` must be NULL */
    int strict;             /* 1: keys of the file that are not known are refused */
    int ignore_file;        /* 1: no file is read; not together with ignore_environment */
    int ignore_environment; /* 1: of the variables only those count that say which file and profile */
    struct tl_config_source source;
    const struct tl_allocator *allocator; /* NULL: malloc */
};

/* What was found. Strings are its own and live as long as it does; members of `connection` may be changed. */
struct tl_connection_config {
    struct tl_connection_options connection; /* files are read: PEM texts stand in it */
    const char *profile;                     /* the name of the one that counted; never NULL */
    const char *file;                        /* the one that was read; NULL: none was there */
    const char *codec_endpoint; /* of a remote codec, NULL: none; as in the other SDKs, tl_connect uses none */
    const char *codec_auth;
};

/*
 * Loads the configuration. options: NULL for defaults. Returns owned, free with tl_connection_config_free; NULL with
 * `error` filled: TL_MALFORMED (the file's line and column, the key in `field`), TL_NOT_FOUND (no such profile),
 * TL_INVALID_ARGUMENT (what is said does not go together; the variable or key in `field`), TL_IO (a file that cannot
 * be read), TL_TOO_LARGE (a file above 1 MiB), TL_NO_MEMORY. No error quotes a value. Any thread, as long as none
 * changes the process's environment.
 */
TL_API struct tl_connection_config *
tl_connection_config_load(const struct tl_connection_config_options *options, struct tl_error *error);

/* NULL is fine. */
TL_API void tl_connection_config_free(struct tl_connection_config *config);

#ifdef __cplusplus
}
#endif
#endif
