/* SPDX-License-Identifier: MIT */
/*
 * Stands in for libFuzzer where it is absent: gives the fuzz target the empty input and every file
 * of the folders named on the command line, in order of their names. Fails when there is none.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Returns 1 when the file was given, 0 when it could not be read. */
static int run_file(const char *directory, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    /* Exactly as large as the input, so that a sanitizer sees reads past its end. */
    uint8_t *data = malloc(size > 0 ? size : 1);
    int done = data != NULL && fread(data, 1, size, file) == size;
    if (done) {
        LLVMFuzzerTestOneInput(data, size);
    }
    free(data);
    fclose(file);
    return done;
}

static int run_directory(const char *directory)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_input, alphasort);
    int done = 0;

    for (int i = 0; i < count; i++) {
        done += run_file(directory, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    printf("%s: %d inputs\n", directory, done);
    return count > 0 && done == count;
}

int main(int argc, char **argv)
{
    int good = argc > 1;

    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        good = run_directory(argv[i]) && good;
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
