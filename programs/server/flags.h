/* SPDX-License-Identifier: MIT */
/* timelapse-server's command line. */
#ifndef TIMELAPSE_PROGRAMS_SERVER_FLAGS_H
#define TIMELAPSE_PROGRAMS_SERVER_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <timelapse/status.h>

enum flag {
#define FLAG(name, how, value, text) FLAG_##name,
#include "programs/server/flags.def"
    FLAG_COUNT
};

struct flags {
    const char *values[FLAG_COUNT]; /* of a switch: its own name; the last one given, NULL: none */
    bool is_dev_server;             /* `server start-dev`: real time */
    char **words;                   /* all, to look for the values of lists */
    int count;
};

/* TL_INVALID_ARGUMENT with `error` filled. What it does not know is named on `warnings`, and passed over. */
enum tl_status flags_read(struct flags *flags, int argc, char **argv, FILE *warnings, struct tl_error *error);

/* The values of a list, in order: the one after *place, which begins at 0; NULL: no more. */
const char *flags_next(const struct flags *flags, enum flag flag, int *place);

void flags_print_help(FILE *out);

#endif
