/* SPDX-License-Identifier: MIT */
/* Replays what was recorded while everything was interrupted: killing-replay DIRECTORY. */
#include <timelapse/cmocka.h>

#include "tests/conformance/killing/load.h"

int main(int argc, char **argv)
{
    return argc == 2 ? tl_replay_directory(argv[1], load_register_workflows) : 2;
}
