/* SPDX-License-Identifier: MIT */
/* What was charged, by the key of who charged it: the other side that an activity talks to. */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stdint.h>

struct ledger;

/* path: a file's, or ":memory:". NULL when it cannot be opened. */
struct ledger *ledger_open(const char *path);
void ledger_close(struct ledger *ledger);

/* Whether `key` has charged before, and its receipt. */
bool ledger_find(struct ledger *ledger, const char *key, int64_t *out_receipt);

/* Charges, once for each key: false when it has before, or when the ledger cannot be written. */
bool ledger_charge(struct ledger *ledger, const char *key, const char *card, int64_t cents, int64_t *out_receipt);

/* How often the card was charged. */
int64_t ledger_count(struct ledger *ledger, const char *card);

#endif
