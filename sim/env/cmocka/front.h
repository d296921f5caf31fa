/* SPDX-License-Identifier: MIT */
/* What the files that stand in front of cmocka share. */
#ifndef TIMELAPSE_SIM_ENV_CMOCKA_FRONT_H
#define TIMELAPSE_SIM_ENV_CMOCKA_FRONT_H

#include <stddef.h>

/*
 * cmocka's function of that name: behind this library, or before it when the order is wrong and
 * that has to be told. *function is a pointer of `size` bytes; NULL: there is none.
 */
void front_find(void *function, size_t size, const char *name);

/* How cmocka was told to print. */
enum front_output {
    FRONT_TEXT,
    FRONT_TAP,
    FRONT_XML
};

enum front_output front_output(void);

/* The test that cmocka runs on this thread, or NULL. */
const char *front_test(void);

#endif
