/* SPDX-License-Identifier: MIT */
/* The judge's verbs: each ends with 0 when all is right, 1 when not, 2 when it could not look. */
#ifndef TIMELAPSE_TESTS_CONFORMANCE_JUDGE_H
#define TIMELAPSE_TESTS_CONFORMANCE_JUDGE_H

/* compare SIMULATED REAL: history by history; rows of differences.def that nothing needs are told when all were run. */
int judge_compare(int count, char **arguments);

/* repeats RECORDED RUN: what the real server did now is what was recorded. */
int judge_repeats(int count, char **arguments);

/* accept RECORDED RUN...: histories that are the same in all runs are recorded, unless they are already. */
int judge_accept(int count, char **arguments);

/* listed PROGRAM: its tests that are not compared, each between two spaces. */
int judge_listed(int count, char **arguments);

/* coverage RECORDED: what of the events in scope (coverage.def) no recording shows. */
int judge_coverage(int count, char **arguments);

/* document FILE [--check]: the part of the document that is written from the tables. */
int judge_document(int count, char **arguments);

#endif
