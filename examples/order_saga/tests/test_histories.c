/* SPDX-License-Identifier: MIT */
/* Every recorded order still replays: the argument is the directory of the recordings. */
#include <stdio.h>
#include <timelapse/cmocka.h>

#include "order_saga.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    return tl_replay_directory(argv[1], order_saga_register_workflow);
}
