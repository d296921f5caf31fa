/* SPDX-License-Identifier: MIT */
/* Histories in files: read whole; written beside, synced and renamed, so that no reader sees half of one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pool.h"
#include "model/history.h"
#include "model/history_source.h"

/* What is read first of something that is no regular file, a pipe say. */
#define FIRST_READ ((size_t)65536)

/* How many names are tried for the file beside: more leftovers of crashed writers than this are somebody's trouble. */
#define MAX_BESIDE 100

static enum tl_status io_error(struct tl_error *error, const char *what, const char *path, int number)
{
    char buffer[128];

    return tl_error_set(error, TL_IO, NULL, "cannot %s %s: %s", what, path, strerror_r(number, buffer, sizeof(buffer)));
}

/* ---- Reading ---- */

enum tl_status history_too_large(const struct history_source *source, struct tl_error *error)
{
    return tl_error_set(
        error,
        TL_TOO_LARGE,
        NULL,
        "%s%sthe history is larger than %zu bytes",
        source->path == NULL ? "" : source->path,
        source->path == NULL ? "" : ": ",
        source->options.max_bytes);
}

/* Blocks begin with their size, so that they can be given back. */
struct block {
    size_t size;
    size_t unused;
    uint8_t data[];
};

static struct block *new_block(struct pool *pool, size_t room)
{
    struct block *block = pool_alloc(pool, sizeof(*block) + room);

    block->size = sizeof(*block) + room;
    return block;
}

static struct block *grown(struct pool *pool, struct block *block, size_t used)
{
    struct block *larger = new_block(pool, 2 * (block->size - sizeof(*block)));

    memcpy(larger->data, block->data, used);
    pool_free(pool, block, block->size);
    return larger;
}

/* One byte more than the file has, so that the end is seen without growing. */
static size_t first_room(const struct history_source *source)
{
    struct stat info;

    if (fstat(source->fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0) {
        return FIRST_READ;
    }
    size_t size = (size_t)info.st_size;

    return (size < source->options.max_bytes ? size : source->options.max_bytes) + 1;
}

static ssize_t read_some(int fd, void *to, size_t room)
{
    ssize_t got;

    do {
        got = read(fd, to, room);
    } while (got < 0 && errno == EINTR);
    return got;
}

enum tl_status history_read_file(
    struct pool *pool, const struct history_source *source, struct tl_bytes *out_bytes, struct tl_error *error)
{
    struct block *block = new_block(pool, first_room(source));
    size_t used = 0;

    *out_bytes = (struct tl_bytes){NULL, 0};
    for (;;) {
        ssize_t got = read_some(source->fd, block->data + used, block->size - sizeof(*block) - used);

        if (got == 0) {
            break;
        }
        used += got > 0 ? (size_t)got : 0;
        if (got < 0 || used > source->options.max_bytes) {
            int number = errno;

            pool_free(pool, block, block->size);
            return got < 0 ? io_error(error, "read", source->path, number) : history_too_large(source, error);
        }
        if (used == block->size - sizeof(*block)) {
            block = grown(pool, block, used);
        }
    }
    *out_bytes = (struct tl_bytes){block->data, used};
    return TL_OK;
}

void history_drop_file(struct pool *pool, struct tl_bytes bytes)
{
    if (bytes.data != NULL) {
        struct block *block = (struct block *)((uintptr_t)bytes.data - offsetof(struct block, data));

        pool_free(pool, block, block->size);
    }
}

enum tl_status tl_history_from_file(
    const char *path, const struct tl_history_options *options, struct tl_history **out_history, struct tl_error *error)
{
    struct history_source source;

    history_source_init(&source, options);
    source.path = path;
    source.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (source.fd < 0) {
        return io_error(error, "open", path, errno);
    }
    enum tl_status status = history_read(&source, out_history, error);

    (void)close(source.fd);
    return status;
}

/* ---- Writing ---- */

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, text, len);

        if (wrote < 0 && errno != EINTR) {
            return false;
        }
        text += wrote < 0 ? 0 : wrote;
        len -= wrote < 0 ? 0 : (size_t)wrote;
    }
    return true;
}

/* Creates the file beside `path`, under the first name that nobody has. */
static int open_beside(const char *path, char *beside, size_t size)
{
    int fd = -1;

    for (int i = 0; i < MAX_BESIDE && fd < 0; i++) {
        if ((size_t)snprintf(beside, size, "%s.new%d", path, i) >= size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST) {
            return -1;
        }
    }
    return fd;
}

/* The new name is safe once its folder is on disk. Not every file system lets a folder be synced. */
static void sync_folder(char *path)
{
    char *slash = strrchr(path, '/');
    const char *folder = ".";

    if (slash == path) {
        folder = "/";
    } else if (slash != NULL) {
        *slash = '\0';
        folder = path;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
}

static enum tl_status write_file(const char *path, const char *text, size_t len, struct tl_error *error)
{
    char beside[4096 + 8];
    int fd = open_beside(path, beside, sizeof(beside));

    if (fd < 0) {
        return io_error(error, "create a file beside", path, errno);
    }
    bool ok = write_all(fd, text, len) && fsync(fd) == 0;
    int number = errno;

    if (close(fd) != 0 && ok) {
        ok = false;
        number = errno;
    }
    if (ok && rename(beside, path) != 0) {
        ok = false;
        number = errno;
    }
    if (!ok) {
        (void)unlink(beside);
        return io_error(error, "write", path, number);
    }
    sync_folder(beside);
    return TL_OK;
}

enum tl_status tl_history_to_file(const struct tl_history *history, const char *path, struct tl_error *error)
{
    char *text = NULL;
    size_t len = 0;
    enum tl_status status = tl_history_to_json(history, &text, &len, error);

    if (status == TL_OK) {
        status = write_file(path, text, len, error);
        tl_text_free(text);
    }
    return status;
}
