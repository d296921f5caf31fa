/* SPDX-License-Identifier: MIT */
/* Every row of the query's machine, for test_machine_rows.c. */
#ifndef TIMELAPSE_TESTS_SIM_QUERY_ROWS_H
#define TIMELAPSE_TESTS_SIM_QUERY_ROWS_H

#include "tests/lib/service_client.h"

/* Ends with NULL; each gets a client of its own. */
extern void (*const query_rows[])(struct service_client *client);

#endif
