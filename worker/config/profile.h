/* SPDX-License-Identifier: MIT */
/*
 * A profile: what temporal.toml and the TEMPORAL_* variables say of one connection, before files are read that it
 * names. Reading path: settings.def -> profile.c -> profile_file.c, profile_environment.c -> connection_config.c.
 */
#ifndef TIMELAPSE_WORKER_CONFIG_PROFILE_H
#define TIMELAPSE_WORKER_CONFIG_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <timelapse/status.h>

#include "worker/config/toml.h"

struct arena;

/* A certificate or key: in a file, or itself. Both is refused. */
struct material {
    const char *path;
    const char *data;
};

struct profile_header {
    const char *name; /* in lower case, - for _ */
    const char *value;
};

/* Strings live in the arena it was read into, or are the environment's; NULL: not said. "" takes back what was said. */
struct profile {
    const char *address;
    const char *name_space;
    const char *api_key;
    const char *authority;
    bool has_tls; /* anything was said of it */
    bool tls_disabled;
    bool tls_disable_host_verification;
    struct material client_cert;
    struct material client_key;
    struct material server_ca_cert;
    const char *tls_server_name;
    const char *codec_endpoint;
    const char *codec_auth;
    struct profile_header *headers; /* sorted by name */
    size_t header_count;
    size_t header_capacity;
};

/* The tables of a profile that settings stand in. */
enum setting_table {
    SETTING_PROFILE,
    SETTING_TLS,
    SETTING_CODEC
};

enum setting_kind {
    SETTING_STRING,
    SETTING_BOOLEAN,
    SETTING_NEGATED /* a boolean whose variable says the opposite */
};

struct setting {
    const char *variable;
    enum setting_table table;
    const char *key;
    enum setting_kind kind;
    size_t offset; /* of its member in struct profile */
};

/* The rows of settings.def. */
extern const struct setting settings[];
extern const size_t setting_count;

/* The member; and that its table was spoken of. */
const char **setting_string(const struct setting *setting, struct profile *profile);
bool *setting_boolean(const struct setting *setting, struct profile *profile);
void setting_spoken_of(const struct setting *setting, struct profile *profile);

/* Sets the header, or takes it away where the value is NULL. name: of a key or variable, as it is written. */
void profile_set_header(struct profile *profile, struct arena *arena, const char *name, const char *value);

/*
 * Reads the profile called `name` out of a document; all profiles are checked. strict: keys that are not known are
 * refused. *out_found: whether it is there. TL_MALFORMED with line, column and key. No error quotes a value.
 */
struct profile_request {
    const char *name;
    bool strict;
};
enum tl_status profile_from_toml(
    struct arena *arena, const struct toml_table *root, const struct profile_request *request, struct profile *out,
    bool *out_found, struct tl_error *error);

/* The value of a variable, or NULL. environment: NAME=value, NULL-terminated. */
const char *environment_get(const char *const *environment, const char *name);

/* Lays the variables over the profile. TL_INVALID_ARGUMENT names the variable. */
enum tl_status profile_from_environment(
    struct arena *arena, const char *const *environment, struct profile *profile, struct tl_error *error);

/* No certificate or key is given twice. TL_INVALID_ARGUMENT with its name as field. */
enum tl_status profile_check(const struct profile *profile, struct tl_error *error);

#endif
