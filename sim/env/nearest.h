/* SPDX-License-Identifier: MIT */
/* Which of the names that are known was probably meant: by edit distance, for words of verdicts. */
#ifndef TIMELAPSE_SIM_ENV_NEAREST_H
#define TIMELAPSE_SIM_ENV_NEAREST_H

#include <stddef.h>

/* The search for one name; candidates are offered one by one. Strings are borrowed until it is over. */
struct nearest {
    const char *wanted;
    const char *name; /* the nearest of those offered so far; NULL: none is near */
    size_t least;     /* the edits that it is away */
};

/* How many bytes must be put in, left out or changed (Levenshtein), of the first 63 of each; case aside. */
size_t nearest_distance(const char *left, const char *right);

void nearest_init(struct nearest *nearest, const char *wanted);

/*
 * Offers a candidate. Near is what at most half of the wanted name's bytes tell apart, case aside; of equals
 * the first offered counts. The name itself is no candidate.
 */
void nearest_offer(struct nearest *nearest, const char *candidate);

/*
 * Whether one name is the other misspelt, beyond reasonable doubt: letters' case and separators aside they are the
 * same, or one edit tells them apart that is not at their end (StepA and StepB, Charge and Charge2 are two names), nor
 * one number for another (step-1-done and step-2-done).
 */
int nearest_is_slip(const char *name, const char *other);

#endif
