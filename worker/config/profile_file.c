/* SPDX-License-Identifier: MIT */
/* Profiles of a TOML document: [profile.NAME] and its tables tls, codec and grpc_meta. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "worker/config/profile.h"

struct reading {
    struct arena *arena;
    bool strict;
    bool in_profiles;     /* below the document's own keys */
    struct tl_bytes name; /* of the profile that is read */
    const char *table;    /* in it; "" for itself */
    struct profile *profile;
    struct tl_error *error;
};

static enum tl_status refuse(const struct reading *reading, const struct toml_entry *entry, const char *format, ...)
    TL_PRINTF(3, 4);

static enum tl_status refuse(const struct reading *reading, const struct toml_entry *entry, const char *format, ...)
{
    char message[sizeof(reading->error->message)];
    struct text path;
    va_list args;

    text_init(&path, reading->arena);
    text_add(&path, reading->in_profiles ? "profile." : "");
    if (reading->name.data != NULL) {
        toml_add_key(&path, reading->name);
        text_format(&path, "%s%s.", reading->table[0] == '\0' ? "" : ".", reading->table);
    }
    toml_add_key(&path, entry->key);
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    (void)tl_error_set(reading->error, TL_MALFORMED, path.data, "%s", message);
    if (reading->error != NULL) {
        reading->error->line = entry->place.line;
        reading->error->column = entry->place.column;
    }
    return TL_MALFORMED;
}

static enum tl_status check_type(const struct reading *reading, const struct toml_entry *entry, enum toml_type type)
{
    if (entry->value.type == type) {
        return TL_OK;
    }
    return refuse(reading, entry, "%s is needed here, not %s", toml_type_name(type), toml_type_name(entry->value.type));
}

/* C strings end at a NUL. */
static enum tl_status read_string(const struct reading *reading, const struct toml_entry *entry, const char **out)
{
    enum tl_status status = check_type(reading, entry, TOML_STRING);

    if (status == TL_OK && memchr(entry->value.string.data, '\0', entry->value.string.len) != NULL) {
        status = refuse(reading, entry, "the string holds a NUL");
    }
    if (status == TL_OK) {
        *out = (const char *)entry->value.string.data;
    }
    return status;
}

/* Keys are compared as they are, as sdk-core does; the Go SDK takes them in any case. */
static bool is_called(const struct toml_entry *entry, const char *name)
{
    return entry->key.len == strlen(name) && memcmp(entry->key.data, name, entry->key.len) == 0;
}

static enum tl_status refuse_unknown(const struct reading *reading, const struct toml_entry *entry)
{
    return reading->strict ? refuse(reading, entry, "there is no such key, and strict reading was asked for") : TL_OK;
}

/* ---- Settings ---- */

static enum tl_status
read_setting(const struct reading *reading, const struct toml_entry *entry, const struct setting *setting)
{
    if (setting->kind == SETTING_STRING) {
        return read_string(reading, entry, setting_string(setting, reading->profile));
    }
    enum tl_status status = check_type(reading, entry, TOML_BOOLEAN);

    if (status == TL_OK) {
        *setting_boolean(setting, reading->profile) = entry->value.boolean;
    }
    return status;
}

static enum tl_status
read_entry(const struct reading *reading, const struct toml_entry *entry, enum setting_table table)
{
    for (size_t i = 0; i < setting_count; i++) {
        if (settings[i].table == table && is_called(entry, settings[i].key)) {
            return read_setting(reading, entry, &settings[i]);
        }
    }
    return refuse_unknown(reading, entry);
}

static enum tl_status read_header(const struct reading *reading, const struct toml_entry *entry)
{
    const char *value = NULL;
    enum tl_status status = read_string(reading, entry, &value);

    if (status == TL_OK && memchr(entry->key.data, '\0', entry->key.len) != NULL) {
        status = refuse(reading, entry, "the key holds a NUL");
    }
    if (status == TL_OK) {
        profile_set_header(reading->profile, reading->arena, (const char *)entry->key.data, value);
    }
    return status;
}

/* ---- Tables ---- */

typedef enum tl_status read_fn(const struct reading *reading, const struct toml_entry *entry);

static enum tl_status read_tls(const struct reading *reading, const struct toml_entry *entry)
{
    return read_entry(reading, entry, SETTING_TLS);
}

static enum tl_status read_codec(const struct reading *reading, const struct toml_entry *entry)
{
    return read_entry(reading, entry, SETTING_CODEC);
}

static enum tl_status read_all(const struct reading *reading, const struct toml_table *table, read_fn *read)
{
    const struct map_entry *at = NULL;

    while ((at = map_next(&table->entries, at)) != NULL) {
        enum tl_status status = read(reading, at->value);

        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

static enum tl_status
read_table(const struct reading *reading, const struct toml_entry *entry, const char *name, read_fn *read)
{
    struct reading inner = *reading;
    enum tl_status status = check_type(reading, entry, TOML_TABLE);

    inner.table = name;
    return status == TL_OK ? read_all(&inner, entry->value.table, read) : status;
}

static enum tl_status read_profile_entry(const struct reading *reading, const struct toml_entry *entry)
{
    if (is_called(entry, "tls")) {
        reading->profile->has_tls = true;
        return read_table(reading, entry, "tls", read_tls);
    }
    if (is_called(entry, "codec")) {
        return read_table(reading, entry, "codec", read_codec);
    }
    if (is_called(entry, "grpc_meta")) {
        return read_table(reading, entry, "grpc_meta", read_header);
    }
    return read_entry(reading, entry, SETTING_PROFILE);
}

/* ---- Profiles ---- */

/* Said of one thing twice: told at the second one's place. */
static enum tl_status check_profile(const struct reading *reading, const struct toml_entry *entry)
{
    struct tl_error twice = {0};

    if (profile_check(reading->profile, &twice) == TL_OK) {
        return TL_OK;
    }
    const struct toml_entry *tls = toml_get(entry->value.table, "tls");
    char data[sizeof(twice.field) + 8];
    struct reading inner = *reading;

    inner.table = "tls";
    (void)snprintf(data, sizeof(data), "%s_data", twice.field);
    return refuse(&inner, toml_get(tls->value.table, data), "%s", twice.message);
}

static enum tl_status read_profile(struct reading *reading, const struct toml_entry *entry)
{
    enum tl_status status = check_type(reading, entry, TOML_TABLE);

    if (status == TL_OK) {
        reading->name = entry->key;
        status = read_all(reading, entry->value.table, read_profile_entry);
    }
    return status == TL_OK ? check_profile(reading, entry) : status;
}

struct profiles {
    struct reading *reading;
    const struct profile_request *request;
    struct profile *out;
    bool found;
};

static enum tl_status read_profiles(struct profiles *profiles, const struct toml_table *table)
{
    const struct map_entry *at = NULL;

    while ((at = map_next(&table->entries, at)) != NULL) {
        struct profile profile = {0};
        struct reading reading = *profiles->reading;
        const struct toml_entry *entry = at->value;

        reading.in_profiles = true;
        reading.profile = &profile;
        enum tl_status status = read_profile(&reading, entry);

        if (status != TL_OK) {
            return status;
        }
        if (is_called(entry, profiles->request->name)) {
            *profiles->out = profile;
            profiles->found = true;
        }
    }
    return TL_OK;
}

enum tl_status profile_from_toml(
    struct arena *arena, const struct toml_table *root, const struct profile_request *request, struct profile *out,
    bool *out_found, struct tl_error *error)
{
    struct reading reading = {.arena = arena, .strict = request->strict, .table = "", .error = error};
    struct profiles profiles = {.reading = &reading, .request = request, .out = out};
    enum tl_status status = TL_OK;
    const struct map_entry *at = NULL;

    while (status == TL_OK && (at = map_next(&root->entries, at)) != NULL) {
        const struct toml_entry *entry = at->value;

        if (!is_called(entry, "profile")) {
            status = refuse_unknown(&reading, entry);
        } else {
            status = check_type(&reading, entry, TOML_TABLE);
            status = status == TL_OK ? read_profiles(&profiles, entry->value.table) : status;
        }
    }
    if (status == TL_OK) {
        *out_found = profiles.found;
    }
    return status;
}
