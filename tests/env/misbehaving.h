/* SPDX-License-Identifier: MIT */
/* Workflows that end no task by themselves: a program of tests has to survive them. */
#ifndef TIMELAPSE_TESTS_ENV_MISBEHAVING_H
#define TIMELAPSE_TESTS_ENV_MISBEHAVING_H

#include <timelapse/timelapse.h>

/* "Crashes" writes to address 0, "Overflows" calls itself until its stack ends, "Spins" never gives way. */
void misbehaving_register(struct tl_registry *registry);

#endif
