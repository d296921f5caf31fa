/* SPDX-License-Identifier: MIT */
#include "history_command.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>
#include <timelapse/history.h>

#define OPTIONS                                                                                                        \
    "  -s, --strict   fields that this version does not know are faults, too\n"                                        \
    "  -h, --help     prints this text\n"                                                                              \
    "\n"                                                                                                               \
    "Exit code: 0 when all is well, 1 when a history is not well-formed, 2 for wrong usage and unreadable files.\n"

#define FILES "FILE is a history as the Temporal CLI, the web UI and the SDKs export it (JSON); - is standard input.\n"

static const char usage[] =
    "usage: timelapse history show FILE...\n"
    "       timelapse history check [--strict] FILE...\n"
    "       timelapse history fetch ... (with --help of its own)\n"
    "\n" FILES "\n"
    "  show      prints a timeline, one line an event\n"
    "  check     says whether a server could have written the history, and which event breaks it\n"
    "\n" OPTIONS;

static const char show_usage[] =
    "usage: timelapse history show [--strict] FILE...\n"
    "\n"
    "Prints a timeline of each history: event id, time since the run's start, event type,\n"
    "and what matters of the attributes, one line an event.\n"
    "\n" FILES "\n" OPTIONS;

static const char check_usage[] =
    "usage: timelapse history check [--strict] FILE...\n"
    "\n"
    "Says of each history whether a server could have written it: ids without a gap, times, which event\n"
    "goes back to which, workflow tasks and the events of their commands. Names the first event that\n"
    "breaks it, as file:line:column where the JSON is broken.\n"
    "\n" FILES "\n" OPTIONS;

struct command {
    FILE *out;
    FILE *err;
    struct tl_history_options options;
    bool many;  /* files: each is named before its timeline */
    bool helps; /* usage was asked for */
};

/* What a status makes the program end with. */
static int code_of(enum tl_status status)
{
    switch (status) {
    case TL_OK:
        return EXIT_FINE;
    case TL_IO:
    case TL_NO_MEMORY:
        return EXIT_TROUBLE;
    default:
        return EXIT_FAULT;
    }
}

static const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* "file:line:column: field: what", as compilers do; parts that are not known are left out. */
static int complain(const struct command *command, const char *path, const struct tl_error *error)
{
    fprintf(command->err, "timelapse: %s:", name_of(path));
    if (error->line > 0) {
        fprintf(command->err, "%d:%d:", error->line, error->column);
    }
    if (error->field[0] != '\0') {
        fprintf(command->err, " %s:", error->field);
    }
    fprintf(command->err, " %s\n", error->message);
    return code_of(error->status);
}

static int show(const struct command *command, const char *path, const struct tl_history *history)
{
    struct tl_error error = {0};
    char *text = NULL;

    if (tl_history_show(history, &text, &error) != TL_OK) {
        return complain(command, path, &error);
    }
    if (command->many) {
        fprintf(command->out, "%s\n", name_of(path));
    }
    fputs(text, command->out);
    tl_text_free(text);
    return EXIT_FINE;
}

static int check(const struct command *command, const char *path, const struct tl_history *history)
{
    struct tl_error error = {0};

    if (tl_history_check(history, &error) != TL_OK) {
        return complain(command, path, &error);
    }
    fprintf(
        command->out,
        "%s: well-formed, %zu events of %s\n",
        name_of(path),
        tl_history_length(history),
        tl_history_workflow_type(history));
    return EXIT_FINE;
}

typedef int verb_fn(const struct command *command, const char *path, const struct tl_history *history);

static const struct verb {
    const char *name;
    const char *usage;
    verb_fn *run;
} verbs[] = {
    {"show", show_usage, show},
    {"check", check_usage, check},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static int do_file(const struct command *command, verb_fn *verb, const char *path)
{
    const char *real = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    struct tl_history *history = NULL;
    struct tl_error error = {0};

    if (tl_history_from_file(real, &command->options, &history, &error) != TL_OK) {
        return complain(command, path, &error);
    }
    int code = verb(command, path, history);

    tl_history_unref(history);
    return code;
}

static int do_files(const struct command *command, verb_fn *verb, char **paths)
{
    int worst = EXIT_FINE;

    for (; *paths != NULL; paths++) {
        int code = do_file(command, verb, *paths);

        worst = code > worst ? code : worst;
    }
    if (fflush(command->out) != 0 || ferror(command->out)) {
        fprintf(command->err, "timelapse: cannot write the answer\n");
        return EXIT_TROUBLE;
    }
    return worst;
}

static int wrong_usage(const struct command *command, const char *what)
{
    fprintf(command->err, "timelapse: %s\n%s", what, usage);
    return EXIT_TROUBLE;
}

/* Takes the options; false when there is one that there is not. */
static bool read_options(struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"strict", no_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    optind = 0; /* getopt starts afresh */
    opterr = 0;
    while ((option = getopt_long(argc, argv, "sh", options, NULL)) != -1) {
        if (option == 's') {
            command->options.refuse_unknown_fields = 1;
        } else if (option == 'h') {
            command->helps = true;
        } else {
            return false;
        }
    }
    return true;
}

int history_command(int argc, char **argv, FILE *out, FILE *err)
{
    struct command command = {.out = out, .err = err};

    if (!read_options(&command, argc, argv)) {
        return wrong_usage(&command, "an option that there is not");
    }
    char **words = argv + optind; /* getopt has moved the options before them; NULL ends them */
    const struct verb *verb = find_verb(words[0]);

    if (command.helps) {
        fputs(verb == NULL ? usage : verb->usage, out);
        return EXIT_FINE;
    }
    if (words[0] == NULL) {
        return wrong_usage(&command, "what to do with the history is missing");
    }
    if (verb == NULL) {
        return wrong_usage(&command, "histories can be shown, checked and fetched, nothing else");
    }
    if (words[1] == NULL) {
        return wrong_usage(&command, "the file is missing");
    }
    command.many = words[2] != NULL;
    return do_files(&command, verb->run, words + 1);
}
