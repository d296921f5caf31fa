/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "bench/server/bed.h"
#include "bench/server/figures.h"
#include "bench/server/program.h"
#include "bench/transport/report.h"

#define DAY_MS 2

/* Each day is a timer that fires, a workflow task and its completion. */
void figure_day(const char *path)
{
    struct program program = program_start(path);
    struct bed bed = bed_open(program.address, 2);
    struct tl_client *client = bed_client(bed.connection);

    bed_run(client, "Days", "first", 0);
    double from = wall_seconds();
    bed_run(client, "Days", "second", 0);
    report_limited("server_day", (wall_seconds() - from) / BED_DAYS * 1e3, "ms", DAY_MS);
    tl_client_free(client);
    bed_close(&bed);
    program_stop(&program);
}
