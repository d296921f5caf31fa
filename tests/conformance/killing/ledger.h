/* SPDX-License-Identifier: MIT */
/* Where effects are kept: an SQLite file, which survives the processes that write it. Any thread. */
#ifndef TIMELAPSE_TESTS_KILLING_LEDGER_H
#define TIMELAPSE_TESTS_KILLING_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

struct ledger;

/* NULL when the file cannot be opened. */
struct ledger *ledger_open(const char *path);
void ledger_close(struct ledger *ledger);

/* Notes an effect of the workflow, unless that key has been noted before. False when the file cannot be written. */
bool ledger_note(struct ledger *ledger, const char *key, const char *workflow_id, const char *step);

/* How many effects the workflow had, and how many of its steps. -1 when the file cannot be read. */
int ledger_effects(struct ledger *ledger, const char *workflow_id);
int ledger_steps(struct ledger *ledger, const char *workflow_id);

#endif
