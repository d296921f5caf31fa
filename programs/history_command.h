/* SPDX-License-Identifier: MIT */
/* `timelapse history`: histories of any SDK, shown and checked. */
#ifndef TIMELAPSE_PROGRAMS_HISTORY_COMMAND_H
#define TIMELAPSE_PROGRAMS_HISTORY_COMMAND_H

#include <stdio.h>

/* What a command ends with: the worst of what it met. */
enum exit_code {
    EXIT_FINE = 0,
    EXIT_FAULT = 1,  /* a history that is not well-formed */
    EXIT_TROUBLE = 2 /* wrong usage, a file that cannot be read, no memory */
};

/* argv[0] is "history". Answers go to `out`, complaints to `err`. Returns an exit code. */
int history_command(int argc, char **argv, FILE *out, FILE *err);

#endif
