/* SPDX-License-Identifier: MIT */
/*
 * An activity may run more than once: its answer may be lost after its work was done. This one first asks whether it
 * was: by the idempotency key, which is the same for every attempt.
 *
 *   input    {"card": "4242", "cents": 900}
 *   result   {"receipt": 1}
 */
#ifndef CHARGE_H
#define CHARGE_H

#include <timelapse/registry.h>

#include "ledger.h"

#define CHARGE_ONCE "ChargeOnce"

/* The workflow alone; and the activity, with the ledger that it writes to. */
tl_register_fn charge_register_workflow;
void charge_register_activity(struct tl_registry *registry, struct ledger *ledger);

tl_activity_fn charge;

#endif
