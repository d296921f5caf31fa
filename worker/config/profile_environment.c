/* SPDX-License-Identifier: MIT */
/*
 * The TEMPORAL_* variables. One that is set and empty takes back what the file says, as contrib/envconfig does
 * (client_config_load.go, ApplyEnvVars).
 */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "worker/config/profile.h"

#define META "TEMPORAL_GRPC_META_"

const char *environment_get(const char *const *environment, const char *name)
{
    size_t len = strlen(name);

    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=') {
            return *environment + len + 1;
        }
    }
    return NULL;
}

/* true, false, 1, 0 in any case; an empty one says nothing. Others are passed over by the Go SDK and taken for TLS by
 * sdk-core: whoever wrote it meant something else. */
static enum tl_status
apply_boolean(const struct setting *setting, const char *text, struct profile *profile, struct tl_error *error)
{
    bool yes = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;

    if (text[0] == '\0') {
        return TL_OK;
    }
    if (!yes && strcasecmp(text, "false") != 0 && strcmp(text, "0") != 0) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, setting->variable, "%s is neither true nor false, 1 nor 0", setting->variable);
    }
    *setting_boolean(setting, profile) = setting->kind == SETTING_NEGATED ? !yes : yes;
    setting_spoken_of(setting, profile);
    return TL_OK;
}

static enum tl_status
apply(const struct setting *setting, const char *text, struct profile *profile, struct tl_error *error)
{
    if (setting->kind != SETTING_STRING) {
        return apply_boolean(setting, text, profile, error);
    }
    *setting_string(setting, profile) = text;
    setting_spoken_of(setting, profile);
    return TL_OK;
}

/* Of two variables that make one header the later one counts. */
static void apply_headers(struct arena *arena, const char *const *environment, struct profile *profile)
{
    for (; *environment != NULL; environment++) {
        const char *equals = strchr(*environment, '=');

        if (strncmp(*environment, META, strlen(META)) == 0 && equals != NULL) {
            const char *start = *environment + strlen(META);
            const char *name = arena_strndup(arena, start, (size_t)(equals - start));

            profile_set_header(profile, arena, name, equals[1] == '\0' ? NULL : equals + 1);
        }
    }
}

enum tl_status profile_from_environment(
    struct arena *arena, const char *const *environment, struct profile *profile, struct tl_error *error)
{
    for (size_t i = 0; i < setting_count; i++) {
        const char *text = environment_get(environment, settings[i].variable);
        enum tl_status status = text == NULL ? TL_OK : apply(&settings[i], text, profile, error);

        if (status != TL_OK) {
            return status;
        }
    }
    apply_headers(arena, environment, profile);
    return TL_OK;
}
