/* SPDX-License-Identifier: MIT */
#include "worker/config/profile.h"

#include <string.h>

#include "base/arena.h"

const struct setting settings[] = {
#define SETTING(variable, table, key, kind, member)                                                                    \
    {variable, SETTING_##table, key, SETTING_##kind, offsetof(struct profile, member)},
#include "worker/config/settings.def"
#undef SETTING
};

const size_t setting_count = sizeof(settings) / sizeof(settings[0]);

const char **setting_string(const struct setting *setting, struct profile *profile)
{
    return (const char **)(void *)((char *)profile + setting->offset);
}

bool *setting_boolean(const struct setting *setting, struct profile *profile)
{
    return (bool *)(void *)((char *)profile + setting->offset);
}

void setting_spoken_of(const struct setting *setting, struct profile *profile)
{
    if (setting->table == SETTING_TLS) {
        profile->has_tls = true;
    }
}

/* ---- Headers ---- */

static char *normal_name(struct arena *arena, const char *name)
{
    char *normal = arena_strdup(arena, name);

    for (char *at = normal; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z') {
            *at = (char)(*at - 'A' + 'a');
        } else if (*at == '_') {
            *at = '-';
        }
    }
    return normal;
}

/* Where it is, or would be; *out_there: which. */
static size_t place_of(const struct profile *profile, const char *name, bool *out_there)
{
    size_t place = 0;

    while (place < profile->header_count && strcmp(profile->headers[place].name, name) < 0) {
        place++;
    }
    *out_there = place < profile->header_count && strcmp(profile->headers[place].name, name) == 0;
    return place;
}

static void remove_header(struct profile *profile, size_t place)
{
    profile->header_count--;
    memmove(
        &profile->headers[place],
        &profile->headers[place + 1],
        (profile->header_count - place) * sizeof(profile->headers[0]));
}

static void insert_header(struct profile *profile, struct arena *arena, size_t place)
{
    profile->headers = arena_grow_array(
        arena, profile->headers, profile->header_count, &profile->header_capacity, sizeof(profile->headers[0]));
    memmove(
        &profile->headers[place + 1],
        &profile->headers[place],
        (profile->header_count - place) * sizeof(profile->headers[0]));
    profile->header_count++;
}

void profile_set_header(struct profile *profile, struct arena *arena, const char *name, const char *value)
{
    const char *normal = normal_name(arena, name);
    bool there;
    size_t place = place_of(profile, normal, &there);

    if (value == NULL) {
        if (there) {
            remove_header(profile, place);
        }
        return;
    }
    if (!there) {
        insert_header(profile, arena, place);
    }
    profile->headers[place] = (struct profile_header){normal, value};
}

/* ---- What may not be said together ---- */

static bool is_said(const char *text)
{
    return text != NULL && text[0] != '\0';
}

enum tl_status profile_check(const struct profile *profile, struct tl_error *error)
{
    const struct {
        const char *name;
        const struct material *material;
    } all[] = {
        {"client_cert", &profile->client_cert},
        {"client_key", &profile->client_key},
        {"server_ca_cert", &profile->server_ca_cert},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (is_said(all[i].material->path) && is_said(all[i].material->data)) {
            return tl_error_set(
                error,
                TL_INVALID_ARGUMENT,
                all[i].name,
                "%s is given as path and as data: only one of them can count",
                all[i].name);
        }
    }
    return TL_OK;
}
