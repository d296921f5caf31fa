/* SPDX-License-Identifier: MIT */
/* tools/schemagen.c's files: made in memory, written only when they differ from what is there. */
#ifndef TIMELAPSE_TOOLS_SCHEMAGEN_OUTPUT_H
#define TIMELAPSE_TOOLS_SCHEMAGEN_OUTPUT_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemagen_names.h"

struct output {
    char *text;
    size_t len;
    FILE *file;
};

static inline void output_open(struct output *output)
{
    output->file = must(open_memstream(&output->text, &output->len));
}

static inline void output_close(struct output *output)
{
    if (fclose(output->file) != 0) {
        die("out of memory");
    }
}

static inline bool file_has(const char *path, const struct output *output)
{
    FILE *file = fopen(path, "rb");
    bool same = file != NULL;

    for (size_t i = 0; same && i < output->len; i++) {
        same = getc(file) == (unsigned char)output->text[i];
    }
    same = same && getc(file) == EOF;
    if (file != NULL) {
        fclose(file);
    }
    return same;
}

/* Writes unless the file holds the same already, so that nothing is rebuilt for nothing. */
static inline void output_write(struct output *output, const char *directory, const char *name)
{
    char path[4096];

    output_close(output);
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path)) {
        die("path too long");
    }
    if (!file_has(path, output)) {
        FILE *file = fopen(path, "wb");

        if (file == NULL || fwrite(output->text, 1, output->len, file) != output->len || fclose(file) != 0) {
            die("cannot write %s: %s", path, strerror(errno));
        }
    }
    free(output->text);
}

#endif
