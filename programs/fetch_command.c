/* SPDX-License-Identifier: MIT */
#include "fetch_command.h"

#include <getopt.h>

#include "history_command.h"

static const char usage[] =
    "usage: timelapse history fetch [--strip-payloads] [--output DIRECTORY] WORKFLOW_ID [RUN_ID]\n"
    "       timelapse history fetch [--strip-payloads] [--output DIRECTORY] --query QUERY\n"
    "\n"
    "Keeps histories of a Temporal service as fixtures: DIRECTORY/<workflow id>.<run id>.json, each with a\n"
    ".meta.json that says where it is from. Of a workflow the latest run, unless one is named; or all runs that\n"
    "match a query (\"WorkflowType = 'Order' AND ExecutionStatus = 'Completed'\"). A history that is not\n"
    "well-formed (timelapse history check) is kept, with a warning.\n"
    "\n"
    "The connection is that of the TEMPORAL_* variables and the profile of temporal.toml.\n"
    "\n"
    "  -q, --query QUERY          a List Filter\n"
    "  -o, --output DIRECTORY     where to; . unless it is given\n"
    "  -s, --strip-payloads       every payload becomes null\n"
    "  -h, --help                 prints this text\n"
    "\n"
    "Exit code: 0 when all were written, 2 for wrong usage and when something failed.\n";

static int wrong_usage(FILE *err, const char *what)
{
    fprintf(err, "timelapse: %s\n%s", what, usage);
    return EXIT_TROUBLE;
}

/* EXIT_FINE: go on; EXIT_FAULT: usage was asked for; EXIT_TROUBLE: an option that there is not. */
static int read_options(struct fetch_request *request, int argc, char **argv)
{
    static const struct option options[] = {
        {"query", required_argument, NULL, 'q'},
        {"output", required_argument, NULL, 'o'},
        {"strip-payloads", no_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    optind = 0; /* getopt starts afresh */
    opterr = 0;
    while ((option = getopt_long(argc, argv, "q:o:sh", options, NULL)) != -1) {
        if (option == 'q') {
            request->query = optarg;
        } else if (option == 'o') {
            request->directory = optarg;
        } else if (option == 's') {
            request->strip_payloads = 1;
        } else {
            return option == 'h' ? EXIT_FAULT : EXIT_TROUBLE;
        }
    }
    return EXIT_FINE;
}

int fetch_command(int argc, char **argv, fetch_connected_fn *fetch, FILE *out, FILE *err)
{
    struct fetch_request request = {.directory = "."};
    int code = read_options(&request, argc, argv);

    if (code == EXIT_FAULT) {
        fputs(usage, out);
        return EXIT_FINE;
    }
    if (code != EXIT_FINE) {
        return wrong_usage(err, "an option that there is not, or one without its value");
    }
    if (argc - optind > 2) {
        return wrong_usage(err, "more words than a workflow id and a run id");
    }
    request.workflow_id = optind < argc ? argv[optind] : NULL;
    request.run_id = argc - optind == 2 ? argv[optind + 1] : NULL;
    if ((request.workflow_id == NULL) == (request.query == NULL)) {
        return wrong_usage(err, "either a workflow id or a query is needed");
    }
    return fetch(&request, out, err);
}
