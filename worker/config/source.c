/* SPDX-License-Identifier: MIT */
#include "worker/config/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/pool.h"
#include "worker/config/profile.h"

/* Read at once; what is more is seen by it. */
#define READ_SIZE (TOML_MAX_BYTES + 1)

const char *const *source_environment(const struct tl_config_source *source)
{
    static const char *const none[] = {NULL};

    if (source->environment != NULL) {
        return source->environment;
    }
    return environ == NULL ? none : (const char *const *)environ;
}

/* ---- Files of the process ---- */

static enum tl_status refuse_file(struct tl_error *error, const char *what, const char *path, int number)
{
    char reason[128];

    return tl_error_set(
        error,
        number == ENOENT ? TL_NOT_FOUND : TL_IO,
        NULL,
        "cannot %s %s: %s",
        what,
        path,
        strerror_r(number, reason, sizeof(reason)));
}

/* errno, or 0. Nothing in it unwinds, so that the file is closed. */
static int fill(int fd, char *data, size_t *out_len)
{
    size_t len = 0;

    while (len < READ_SIZE) {
        ssize_t got = read(fd, data + len, READ_SIZE - len);

        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return errno;
        }
        len += got < 0 ? 0 : (size_t)got;
    }
    *out_len = len;
    return 0;
}

static enum tl_status read_into(const char *path, char *data, size_t *out_len, struct tl_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return refuse_file(error, "open", path, errno);
    }
    int number = fill(fd, data, out_len);

    (void)close(fd);
    return number == 0 ? TL_OK : refuse_file(error, "read", path, number);
}

static enum tl_status
read_process_file(struct arena *arena, const char *path, struct tl_bytes *out, struct tl_error *error)
{
    char *data = pool_alloc(arena->pool, READ_SIZE);
    size_t len = 0;
    enum tl_status status = read_into(path, data, &len, error);

    if (status == TL_OK) {
        *out = (struct tl_bytes){(const uint8_t *)arena_strndup(arena, data, len), len};
    }
    pool_free(arena->pool, data, READ_SIZE);
    return status;
}

/* ---- Whichever ---- */

static enum tl_status read_given(
    const struct tl_config_source *source, struct arena *arena, const char *path, struct tl_bytes *out,
    struct tl_error *error)
{
    struct tl_bytes bytes = {NULL, 0};
    enum tl_status status = source->read_file(source->user, path, &bytes, error);

    if (status == TL_OK) {
        *out = (struct tl_bytes){(const uint8_t *)arena_strndup(arena, (const char *)bytes.data, bytes.len), bytes.len};
    }
    return status;
}

enum tl_status source_read(
    const struct tl_config_source *source, struct arena *arena, const char *path, struct tl_bytes *out,
    struct tl_error *error)
{
    enum tl_status status = source->read_file == NULL ? read_process_file(arena, path, out, error)
                                                      : read_given(source, arena, path, out, error);

    if (status == TL_OK && out->len > TOML_MAX_BYTES) {
        return tl_error_set(error, TL_TOO_LARGE, NULL, "%s is larger than %zu bytes", path, TOML_MAX_BYTES);
    }
    return status;
}

/* ---- Where ---- */

static bool is_said(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* A relative XDG_CONFIG_HOME is as none (XDG Base Directory Specification; as the dirs crate of sdk-core). */
static char *config_folder(struct arena *arena, const char *const *environment)
{
    const char *home = environment_get(environment, "HOME");

#ifdef __APPLE__
    return is_said(home) ? arena_format(arena, "%s/Library/Application Support", home) : NULL;
#else
    const char *xdg = environment_get(environment, "XDG_CONFIG_HOME");

    if (xdg != NULL && xdg[0] == '/') {
        return arena_strdup(arena, xdg);
    }
    return is_said(home) ? arena_format(arena, "%s/.config", home) : NULL;
#endif
}

char *source_default_file(struct arena *arena, const char *const *environment)
{
    char *folder = config_folder(arena, environment);

    return folder == NULL ? NULL : arena_format(arena, "%s/temporalio/temporal.toml", folder);
}
