/* SPDX-License-Identifier: MIT */
/* Histories without the values that rules leave out, compared. */
#ifndef TIMELAPSE_SIM_ENV_SCRUB_H
#define TIMELAPSE_SIM_ENV_SCRUB_H

#include <timelapse/scrub.h>

#include "sim/env/report_text.h"

/* Whether the rules can be. TL_OK, or TL_INVALID_ARGUMENT naming the member. */
enum tl_status scrub_check(const struct tl_scrubs *scrubs, struct tl_error *error);

/*
 * tl_history_compare of both without what the rules leave out; scrubs may be NULL. Appends to `text` why they differ,
 * with both events as JSON. TL_OK, TL_FAILED, TL_NOT_FOUND (a rule found nothing in `expected`), TL_MALFORMED,
 * TL_NO_MEMORY.
 */
enum tl_status scrub_compare(
    const struct tl_history *expected, const struct tl_history *found, const struct tl_scrubs *scrubs,
    struct report_text *text, struct tl_error *error);

#endif
