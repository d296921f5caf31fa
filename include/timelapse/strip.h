/* SPDX-License-Identifier: MIT */
/* Histories without what users put into them: for fixtures that go into a repository. */
#ifndef TIMELAPSE_STRIP_H
#define TIMELAPSE_STRIP_H

#include <timelapse/history.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A copy in which every payload is null (binary/null): inputs, results, details, headers, memo, what side effects gave.
 * Kept are ids, names, the texts of failures, search attributes, and markers of versions and patches, without which
 * nothing replays. *out_history: returned owned, give back with tl_history_unref; it shares nothing with `history`.
 * TL_NO_MEMORY. One thread at a time.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_history_strip(const struct tl_history *history, struct tl_history **out_history, struct tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
