/* SPDX-License-Identifier: MIT */
/*
 * timelapse-server as its users meet it: a process, on the loopback interface. One JSON object a line; what has a limit
 * and misses it fails the program.
 *
 *   timelapse-bench-server SERVER [STATIC_SERVER]
 */
#include <stdio.h>

#include "bench/server/figures.h"
#include "bench/transport/report.h"

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        (void)fprintf(stderr, "usage: %s SERVER [STATIC_SERVER]\n", argv[0]);
        return 2;
    }
    figure_start(argv[1], "shared");
    if (argc == 3) {
        figure_start(argv[2], "static");
    }
    figure_throughput(argv[1]);
    figure_day(argv[1]);
    figure_open(argv[1]);
    figure_polls(argv[1]);
    return report_failed();
}
