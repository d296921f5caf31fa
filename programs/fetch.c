/* SPDX-License-Identifier: MIT */
#include "fetch.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <timelapse/describe.h>
#include <timelapse/history.h>
#include <timelapse/list.h>
#include <timelapse/strip.h>
#include <unistd.h>

#include "history_command.h"

#define MOST_PATH 4096

struct fetching {
    struct tl_client *client;
    const struct fetch_request *request;
    FILE *out;
    FILE *err;
};

static int complain(const struct fetching *fetching, const char *what, const struct tl_error *error)
{
    fprintf(
        fetching->err,
        "timelapse: %s:%s%s %s\n",
        what,
        error->field[0] == '\0' ? "" : " ",
        error->field,
        error->message);
    return EXIT_TROUBLE;
}

/* ---- Paths ---- */

static int is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

/* A name never begins with a dot: it would be hidden, or lead elsewhere. 0 when it is too long. */
static int path_of(const struct fetching *fetching, const struct tl_description *run, const char *suffix, char *path)
{
    size_t start = strlen(fetching->request->directory) + 1;
    int len =
        snprintf(path, MOST_PATH, "%s/%s.%s%s", fetching->request->directory, run->workflow_id, run->run_id, suffix);

    if (len < 0 || len >= MOST_PATH) {
        return 0;
    }
    for (char *at = path + start; *at != '\0'; at++) {
        *at = is_plain(*at) && !(at == path + start && *at == '.') ? *at : '_';
    }
    return 1;
}

/* What is there already is fine; writing a file says what is wrong. */
static void make_directories(const char *directory)
{
    char path[MOST_PATH];

    if (snprintf(path, sizeof(path), "%s/", directory) >= (int)sizeof(path)) {
        return;
    }
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '\0';
            (void)mkdir(path, 0777);
            *at = '/';
        }
    }
}

/* ---- The sidecar ---- */

static void put_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at < ' ' || *at == '"' || *at == '\\') {
            fprintf(file, "\\u%04x", *at);
        } else {
            fputc(*at, file);
        }
    }
    fputc('"', file);
}

static void describe(FILE *file, const struct tl_history *history, int stripped)
{
    fputs("{\n  \"source\": \"temporal service\",\n  \"version\": \"" TIMELAPSE_VERSION "\",\n", file);
    fputs("  \"workflowType\": ", file);
    put_string(file, tl_history_workflow_type(history));
    fprintf(file, ",\n  \"events\": %zu,\n  \"seed\": null,\n", tl_history_length(history));
    fprintf(
        file,
        "  \"stripped\": [%s],\n"
        "  \"scrubbed\": [\"ids made by a server\", \"times\", \"task ids\", \"identities\", \"sizes\"]\n"
        "}\n",
        stripped ? "\"payloads\"" : "");
}

static int write_beside(const char *beside, const struct tl_history *history, int stripped)
{
    FILE *file = fopen(beside, "w");

    if (file == NULL) {
        return 0;
    }
    describe(file, history, stripped);
    int written = fflush(file) == 0 && !ferror(file) && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && written;
}

static int write_sidecar(const struct fetching *fetching, const struct tl_history *history, const char *path)
{
    char beside[MOST_PATH + 8];

    (void)snprintf(beside, sizeof(beside), "%s.new", path);
    if (write_beside(beside, history, fetching->request->strip_payloads) && rename(beside, path) == 0) {
        return EXIT_FINE;
    }
    fprintf(fetching->err, "timelapse: %s: cannot be written: %s\n", path, strerror(errno));
    (void)unlink(beside);
    return EXIT_TROUBLE;
}

/* ---- One run ---- */

/* It is kept all the same: whatever a service shows is worth a look. */
static void warn_unless_well_formed(const struct fetching *fetching, const char *path, const struct tl_history *history)
{
    struct tl_error error = {0};

    if (tl_history_check(history, &error) != TL_OK) {
        fprintf(
            fetching->err,
            "timelapse: %s: warning:%s%s %s\n",
            path,
            error.field[0] == '\0' ? "" : " ",
            error.field,
            error.message);
    }
}

static int
write_history(const struct fetching *fetching, const struct tl_description *run, const struct tl_history *history)
{
    char path[MOST_PATH];
    char sidecar[MOST_PATH];
    struct tl_error error = {0};

    if (!path_of(fetching, run, ".json", path) || !path_of(fetching, run, ".meta.json", sidecar)) {
        fprintf(fetching->err, "timelapse: %s: the path is too long\n", run->workflow_id);
        return EXIT_TROUBLE;
    }
    if (tl_history_to_file(history, path, &error) != TL_OK) {
        return complain(fetching, path, &error);
    }
    int code = write_sidecar(fetching, history, sidecar);

    if (code == EXIT_FINE) {
        fprintf(fetching->out, "%s\n", path);
        warn_unless_well_formed(fetching, path, history);
    }
    return code;
}

static int
write_stripped(const struct fetching *fetching, const struct tl_description *run, const struct tl_history *history)
{
    struct tl_history *stripped = NULL;
    struct tl_error error = {0};

    if (tl_history_strip(history, &stripped, &error) != TL_OK) {
        return complain(fetching, run->workflow_id, &error);
    }
    int code = write_history(fetching, run, stripped);

    tl_history_unref(stripped);
    return code;
}

static int fetch_run(const struct fetching *fetching, const struct tl_description *run)
{
    struct tl_handle *handle = tl_client_handle(fetching->client, run->workflow_id, run->run_id);
    struct tl_history *history = NULL;
    struct tl_error error = {.message = "out of memory"};

    if (handle == NULL || tl_handle_history(handle, &history, &error) != TL_OK) {
        tl_handle_free(handle);
        return complain(fetching, run->workflow_id, &error);
    }
    int code = fetching->request->strip_payloads ? write_stripped(fetching, run, history)
                                                 : write_history(fetching, run, history);

    tl_history_unref(history);
    tl_handle_free(handle);
    return code;
}

/* ---- Which runs ---- */

/* Described first, so that the latest run has a name. */
static int fetch_one(const struct fetching *fetching)
{
    const struct fetch_request *request = fetching->request;
    struct tl_handle *handle = tl_client_handle(fetching->client, request->workflow_id, request->run_id);
    struct tl_description run;
    struct tl_error error = {.message = "out of memory"};
    int code;

    if (handle == NULL || tl_handle_describe(handle, &run, &error) != TL_OK) {
        code = complain(fetching, request->workflow_id, &error);
    } else {
        code = fetch_run(fetching, &run);
    }
    tl_handle_free(handle);
    return code;
}

static int fetch_listed(const struct fetching *fetching)
{
    const struct tl_list_options options = {.query = fetching->request->query};
    const struct tl_description *run = NULL;
    struct tl_list *list = NULL;
    struct tl_error error = {0};
    int code = EXIT_FINE;
    enum tl_status status = tl_client_list(fetching->client, &options, &list, &error);

    while (status == TL_OK && code == EXIT_FINE) {
        status = tl_list_next(list, &run, &error);
        if (status != TL_OK || run == NULL) {
            break;
        }
        code = fetch_run(fetching, run);
    }
    tl_list_free(list);
    return status == TL_OK ? code : complain(fetching, "the list", &error);
}

int fetch_histories(struct tl_client *client, const struct fetch_request *request, FILE *out, FILE *err)
{
    const struct fetching fetching = {.client = client, .request = request, .out = out, .err = err};

    make_directories(request->directory);
    return request->workflow_id == NULL ? fetch_listed(&fetching) : fetch_one(&fetching);
}
