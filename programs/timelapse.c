/* SPDX-License-Identifier: MIT */
/* The program `timelapse`: finds the command and leaves the rest to it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "fetch_command.h"
#include "history_command.h"

static const char usage[] = "usage: timelapse COMMAND\n"
                            "\n"
                            "  history show FILE...    prints the timeline of a history of any SDK\n"
                            "  history check FILE...   says whether a server could have written it\n"
                            "  history fetch ID        keeps histories of a Temporal service as fixtures\n"
                            "\n"
                            "`timelapse COMMAND --help` tells more of a command.\n"
                            "\n"
                            "  -h, --help      prints this text\n"
                            "  -V, --version   prints the version\n";

static int wrong_usage(const char *what, const char *word)
{
    fprintf(stderr, "timelapse: %s%s\n%s", what, word, usage);
    return EXIT_TROUBLE;
}

/* `history fetch` alone needs a service. */
static int run_history(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "fetch") == 0) {
        return fetch_command(argc - 1, argv + 1, fetch_connected, stdout, stderr);
    }
    return history_command(argc, argv, stdout, stderr);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };

    opterr = 0;
    /* The plus sign: options behind the command are the command's. */
    switch (getopt_long(argc, argv, "+hV", options, NULL)) {
    case 'h':
        fputs(usage, stdout);
        return EXIT_FINE;
    case 'V':
        puts("timelapse " TIMELAPSE_VERSION);
        return EXIT_FINE;
    case -1:
        break;
    default:
        return wrong_usage("an option that there is not", "");
    }
    if (optind == argc) {
        return wrong_usage("the command is missing", "");
    }
    if (strcmp(argv[optind], "history") == 0) {
        return run_history(argc - optind, argv + optind);
    }
    return wrong_usage("there is no command ", argv[optind]);
}
